import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createFakeNfs, type FakeNfs } from "./fake.ts";

let nfs: FakeNfs;
beforeEach(async () => {
  nfs = await createFakeNfs();
});
afterEach(() => nfs.close());

const quick = { OCF_RESKEY_CRM_meta_timeout: "1500" };

test("start: the database, then the exports, then the threads", async () => {
  const ended = await nfs.act("start");
  expect(ended).toMatchObject({ code: 0, reason: undefined });
  expect(nfs.calls().filter((call) => !call.includes("show"))).toEqual([
    "systemctl restart nfsdcld.service",
    "systemctl restart nfs-server.service",
    "exportfs -r",
    `threads with ${nfs.share}`,
  ]);
  expect(readFileSync(nfs.exportsFile, "utf8")).toContain(`\n${nfs.share} 10.78.0.0/24(rw,sync,fsid=1)\n`);
  expect(statSync(nfs.exportsFile).mode & 0o777).toBe(0o644);
  expect(statSync(nfs.stateDirectory).mode & 0o777).toBe(0o700);
  expect((await nfs.act("monitor")).code).toBe(0);
});

test("starting twice restarts nothing", async () => {
  await nfs.act("start");
  const before = nfs.calls().length;
  expect((await nfs.act("start")).code).toBe(0);
  expect(
    nfs
      .calls()
      .slice(before)
      .filter((call) => !call.includes("show")),
  ).toEqual(["exportfs -r"]);
});

test("without a state directory nfsdcld is nobody's business", async () => {
  const none = { state_directory: "" };
  expect((await nfs.act("start", none)).code).toBe(0);
  expect((await nfs.act("monitor", none)).code).toBe(0);
  expect((await nfs.act("stop", none)).code).toBe(0);
  expect(nfs.calls().join()).not.toContain("nfsdcld");
});

test("on an unmounted volume nothing is started and nothing written", async () => {
  nfs.bench.mounts([]);
  const ended = await nfs.act("start");
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("is not mounted");
  nfs.bench.mounts([`${nfs.bench.directory}/vol`]);
  rmSync(`${nfs.bench.directory}/vol/.skyha-volume`);
  expect((await nfs.act("start")).code).toBe(5);
  expect(existsSync(nfs.exportsFile)).toBe(false);
  expect(existsSync(nfs.stateDirectory)).toBe(false);
  expect(nfs.calls()).toEqual([]);
});

test("a directory that is missing, no directory or a link is refused", async () => {
  nfs.put("vol/file", "");
  mkdirSync(`${nfs.bench.directory}/vol/real`);
  symlinkSync("real", `${nfs.bench.directory}/vol/link`);
  for (const [name, why] of [
    ["missing", "cannot be used"],
    ["file", "no directory"],
    ["link", "symbolic link: write "],
  ]) {
    const ended = await nfs.act("start", { exports: `${nfs.bench.directory}/vol/${name} *(fsid=1)` });
    expect(ended.code).toBe(2);
    expect(ended.reason).toContain(why ?? "");
  }
  expect(existsSync(nfs.exportsFile)).toBe(false);
});

for (const [unit, state, why] of [
  ["nfs-server.service", "masked", "systemctl unmask"],
  ["nfs-server.service", "not-found", "not installed"],
  ["nfsdcld.service", "masked", "systemctl unmask"],
] as const) {
  test(`${unit} ${state}: not installed on this host`, async () => {
    nfs.put(`load/${unit}`, `${state}\n`);
    for (const [action, env] of [
      ["start", {}],
      ["validate-all", { OCF_CHECK_LEVEL: "10" }],
    ] as const) {
      const ended = await nfs.act(action, {}, env);
      expect(ended.code).toBe(5);
      expect(ended.reason).toContain(why);
    }
    expect(existsSync(nfs.exportsFile)).toBe(false);
  });
}

test("a server that was started without the database on the volume starts anew", async () => {
  await nfs.act("start");
  nfs.remove("proc/4200001");
  const before = nfs.calls().length;
  expect((await nfs.act("start")).code).toBe(0);
  const calls = nfs.calls().slice(before);
  const order = ["stop nfs-server", "restart nfsdcld", "restart nfs-server"];
  const places = order.map((text) => calls.findIndex((call) => call.includes(text)));
  expect(places.every((place, index) => place >= 0 && place > (places[index - 1] ?? -1))).toBe(true);
});

test("nfsdcld with its database elsewhere is an error of this host's configuration", async () => {
  nfs.put("storagedir", "/var/lib/nfs/nfsdcld");
  const ended = await nfs.act("start", {}, quick);
  expect(ended.code).toBe(5);
  expect(ended.reason).toContain("storagedir");
  expect(nfs.calls().join()).not.toContain("restart nfs-server");
});

test("a server that does not come up is a failure with its reason", async () => {
  nfs.trouble("systemctl restart nfs-server.service", "fail");
  expect((await nfs.act("start")).reason).toContain("made to fail (journalctl -u nfs-server.service");
});

test("a server that starts and does not answer: failed before the time is up", async () => {
  nfs.answer = "silence";
  const ended = await nfs.act("start", {}, quick);
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("no answer in");
  expect(ended.ms).toBeLessThan(1500);
});

test("what exportfs refuses is told", async () => {
  await nfs.act("start");
  nfs.put("lib/nfs/etab", "");
  nfs.trouble("exportfs -r", "fail");
  const ended = await nfs.act("start", {}, quick);
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain(
    `${nfs.share} is not exported (exportfs -r ended with code 1: made to fail)`,
  );
});

test("changed exports reach the running server", async () => {
  const other = `${nfs.bench.directory}/vol/other`;
  mkdirSync(other);
  expect((await nfs.act("reload-agent")).code).toBe(7);
  await nfs.act("start");
  const before = nfs.calls().length;
  const exports = `${other} 10.0.0.1(rw,fsid=2)`;
  expect((await nfs.act("reload-agent", { exports })).code).toBe(0);
  expect(nfs.calls().slice(before)).toEqual(["exportfs -r"]);
  expect((await nfs.act("monitor", { exports })).code).toBe(0);
  expect((await nfs.act("monitor")).reason).toContain(`${nfs.share} is not exported`);
  nfs.trouble("exportfs -r", "lie");
  expect((await nfs.act("reload-agent")).reason).toContain(`not exported: ${nfs.share}`);
});
