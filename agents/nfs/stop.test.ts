import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createFakeNfs, type FakeNfs } from "./fake.ts";

let nfs: FakeNfs;
beforeEach(async () => {
  nfs = await createFakeNfs();
});
afterEach(() => nfs.close());

const quick = { OCF_RESKEY_CRM_meta_timeout: "1500" };
const etab = () => readFileSync(`${nfs.bench.directory}/lib/nfs/etab`, "utf8");

/** Stops, and returns what was called for it. */
async function stop(parameters: Record<string, string> = {}, env: Record<string, string> = {}) {
  const before = nfs.calls().length;
  const ended = await nfs.act("stop", parameters, env);
  return { ...ended, calls: nfs.calls().slice(before) };
}

test("stop: the server, then the exports, then the database", async () => {
  await nfs.act("start");
  const ended = await stop();
  expect(ended).toMatchObject({ code: 0, reason: undefined });
  expect(ended.calls).toEqual([
    "systemctl stop nfs-server.service",
    "rpc.nfsd 0",
    "exportfs -au",
    "exportfs -f",
    "systemctl stop nfsdcld.service",
  ]);
  expect(existsSync(nfs.exportsFile)).toBe(false);
  expect((await nfs.act("monitor", {}, { OCF_RESKEY_CRM_meta_interval: "0" })).code).toBe(7);
  expect((await stop()).code).toBe(0);
});

test("what was never started is stopped, without any program", async () => {
  expect(await stop()).toMatchObject({ code: 0, reason: undefined, calls: [] });
});

test("a start that was given up is called off, though no thread runs yet", async () => {
  await nfs.act("start");
  nfs.put("proc/fs/nfsd/threads", "0\n");
  nfs.remove("proc/4200001");
  const { code, calls } = await stop();
  expect(code).toBe(0);
  expect(calls).toContain("systemctl stop nfs-server.service");
  expect(calls).toContain("systemctl stop nfsdcld.service");
});

for (const trouble of ["fail", "hang", "lie"] as const) {
  test(`systemctl stop: ${trouble}. The threads are closed without it`, async () => {
    await nfs.act("start");
    nfs.trouble("systemctl stop nfs-server.service", trouble);
    const ended = await stop({}, quick);
    expect(ended).toMatchObject({ code: 0, reason: undefined });
    expect(ended.ms).toBeLessThan(1500);
    // systemd has not cleared the table of exports.
    expect(ended.calls).toContain(`exportfs -u 10.78.0.0/24:${nfs.share}`);
    expect(etab()).toBe("");
  });
}

for (const trouble of ["fail", "hang", "lie"] as const) {
  test(`threads that stay (rpc.nfsd: ${trouble}) keep stop from being done`, async () => {
    await nfs.act("start");
    nfs.trouble("systemctl stop nfs-server.service", "fail");
    nfs.trouble("rpc.nfsd 0", trouble);
    const ended = await stop({}, quick);
    expect(ended.code).toBe(1);
    expect(ended.reason).toContain("8 threads of the NFS server still run");
    expect(ended.ms).toBeLessThan(1500);
    // The next try, or a monitor, has to know it for ours.
    expect(existsSync(nfs.exportsFile)).toBe(true);
  });
}

test("an export that stays keeps stop from being done; others' exports stay", async () => {
  await nfs.act("start");
  nfs.trouble("systemctl stop nfs-server.service", "fail");
  nfs.put("lib/nfs/etab", `${nfs.share}\tfd00::/64(rw,fsid=1)\n/srv\t*(ro)\n`);
  nfs.trouble(`exportfs -u [fd00::]/64:${nfs.share}`, "fail");
  const ended = await stop();
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain(`${nfs.share} is still exported to fd00::/64`);
  expect(etab()).toContain("/srv");
});

test("a start that comes to nothing leaves nothing behind after its stop", async () => {
  nfs.trouble("systemctl restart nfs-server.service", "fail");
  expect((await nfs.act("start")).code).toBe(1);
  expect((await stop()).code).toBe(0);
  expect(existsSync(nfs.exportsFile)).toBe(false);
  expect(existsSync(`${nfs.bench.directory}/proc/4200001`)).toBe(false);
});

test("nfsdcld that stays keeps stop from being done", async () => {
  await nfs.act("start");
  nfs.trouble("systemctl stop nfsdcld.service", "lie");
  const ended = await stop({}, quick);
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("nfsdcld (process 4200001) still runs");
  expect(ended.ms).toBeLessThan(1500);
  nfs.remove("fault/systemctl stop nfsdcld.service");
  expect((await stop()).code).toBe(0);
});

test("wrong parameters do not keep a server running", async () => {
  await nfs.act("start");
  const ended = await stop({ exports: "/ oops", state_directory: "two\nlines", mount_check: "x", port: "0" });
  expect(ended).toMatchObject({ code: 0, reason: undefined });
  expect(ended.stderr).toContain("stopping all the same: port");
  expect(ended.calls).toContain("systemctl stop nfsdcld.service");
  expect(existsSync(nfs.exportsFile)).toBe(false);
});

test("stop works while the volume is away", async () => {
  await nfs.act("start");
  nfs.bench.mounts([]);
  rmSync(`${nfs.bench.directory}/vol`, { recursive: true });
  expect((await stop()).code).toBe(0);
});

test("exports of other parameters are ended too", async () => {
  await nfs.act("start");
  nfs.trouble("systemctl stop nfs-server.service", "lie");
  expect((await stop({ exports: "/srv/new *(fsid=7)" })).code).toBe(0);
  expect(etab()).toBe("");
});

test("somebody else's server and its nfsdcld are left alone", async () => {
  nfs.put("proc/fs/nfsd/threads", "8\n");
  nfs.put("lib/nfs/etab", "/srv\t*(ro,fsid=9)\n");
  nfs.put("proc/4200001/comm", "nfsdcld\n");
  nfs.put("proc/4200001/stat", "4200001 (nfsdcld) S 1");
  const ended = await stop();
  expect(ended).toMatchObject({ code: 0, calls: ["exportfs -f"] });
  expect(ended.stderr).toContain("left alone");
});

test("the lost file does not hide a server that exports our directories", async () => {
  await nfs.act("start");
  rmSync(nfs.exportsFile);
  const { code, calls } = await stop();
  expect(code).toBe(0);
  expect(calls).toContain("systemctl stop nfs-server.service");
});

test("systemd without the unit: what the kernel shows counts", async () => {
  nfs.put("etc/exports.d/skyha-nfs.exports", "");
  nfs.trouble("systemctl stop nfs-server.service", "fail");
  nfs.trouble("systemctl stop nfsdcld.service", "fail");
  expect((await stop()).code).toBe(0);
});
