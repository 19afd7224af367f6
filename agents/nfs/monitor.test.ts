import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { type Answer, createFakeNfs, type FakeNfs } from "./fake.ts";

let nfs: FakeNfs;
beforeEach(async () => {
  nfs = await createFakeNfs();
});
afterEach(() => nfs.close());

const probe = { OCF_RESKEY_CRM_meta_interval: "0" };
const quick = { OCF_RESKEY_CRM_meta_timeout: "1000" };

/** What is looked at, without any program having run. */
async function look(env: Record<string, string> = {}, parameters: Record<string, string> = {}) {
  const before = nfs.calls().length;
  const ended = await nfs.act("monitor", parameters, env);
  expect(nfs.calls().length).toBe(before);
  return ended;
}

test("a host without NFS: not running, and a probe says nothing about it", async () => {
  expect(await look(probe)).toMatchObject({ code: 7, stderr: "" });
  expect((await look()).reason).toContain("no thread");
  nfs.put("proc/fs/nfsd/threads", "0\n");
  expect(await look(probe)).toMatchObject({ code: 7, stderr: "" });
});

test("a monitor of a server in service starts no program and says nothing", async () => {
  await nfs.act("start");
  for (const env of [{}, probe, { OCF_CHECK_LEVEL: "10" }]) {
    expect(await look(env)).toMatchObject({ code: 0, stdout: "", stderr: "" });
  }
});

test("the exports file of a host that lost power is no sign of life", async () => {
  await nfs.act("start");
  nfs.remove("proc/fs");
  for (const env of [{}, probe]) expect((await look(env)).code).toBe(7);
  expect(existsSync(nfs.exportsFile)).toBe(true);
});

test("/proc/fs/nfsd unmounted under a running server is not the proof of its end", async () => {
  await nfs.act("start");
  nfs.remove("proc/fs");
  nfs.put("proc/4200009/comm", "nfsd\n");
  nfs.put("proc/4200009/stat", "4200009 (nfsd) S 2");
  expect((await look()).code).toBe(0);
  nfs.put("proc/4200009/stat", "4200009 (nfsd) Z 2");
  expect((await look()).code).toBe(7);
});

test("what the kernel shows and nobody understands is not taken for an end", async () => {
  nfs.put("proc/fs/nfsd/threads", "");
  for (const env of [{}, probe]) expect((await look(env)).code).toBe(1);
  nfs.remove("proc/fs/nfsd/threads");
  nfs.put("proc/fs/nfsd/threads/x", "");
  expect((await look(probe)).reason).toContain("cannot find out");
});

test("somebody else's server is not ours to a probe, unless it exports our directories", async () => {
  nfs.put("proc/fs/nfsd/threads", "8\n");
  nfs.put("lib/nfs/etab", "/srv\t*(ro,fsid=9)\n");
  const foreign = await look(probe);
  expect(foreign).toMatchObject({ code: 7, reason: undefined });
  expect(foreign.stderr).toContain("has not started");
  expect((await look()).code).toBe(1);
  nfs.put("lib/nfs/etab", `${nfs.share}\t*(ro,fsid=9)\n`);
  expect((await look(probe)).code).toBe(1);
});

const BROKEN: readonly [what: string, breakIt: (nfs: FakeNfs) => void, reason: string][] = [
  ["the exports file is gone", ({ exportsFile }) => rmSync(exportsFile), "is gone"],
  ["mountd has ended", (nfs) => nfs.remove("proc/4200002"), "rpc.mountd"],
  ["mountd is a zombie", (nfs) => nfs.put("proc/4200002/stat", "4200002 (rpc.mountd) Z 1"), "rpc.mountd"],
  ["nfsdcld has ended", (nfs) => nfs.remove("proc/4200001"), "nfsdcld"],
  ["the directory is not exported", (nfs) => nfs.put("lib/nfs/etab", "/x\t*(fsid=1)\n"), "not exported"],
  ["the volume is not mounted", (nfs) => nfs.bench.mounts([]), "not mounted"],
];
for (const [what, breakIt, reason] of BROKEN) {
  test(`${what}: failed`, async () => {
    await nfs.act("start");
    breakIt(nfs);
    const ended = await look();
    expect(ended.code).toBe(1);
    expect(ended.reason).toContain(reason);
  });
}

const ANSWERS: readonly [answer: Answer, reason: string][] = [
  ["silence", "no answer in"],
  ["denied", "denies the call"],
  ["mismatch", "does not serve NFSv4 (RPC state 2)"],
  ["other call", "not to the call"],
  ["noise", "does not speak RPC"],
  ["close", "closed the connection"],
];
for (const [answer, reason] of ANSWERS) {
  test(`a server that answers with ${answer}: failed, in time`, async () => {
    await nfs.act("start");
    nfs.answer = answer;
    const ended = await look(quick);
    expect(ended.code).toBe(1);
    expect(ended.reason).toContain(reason);
    expect(ended.ms).toBeLessThan(950);
  });
}

test("nobody listens: failed", async () => {
  await nfs.act("start");
  expect((await look({}, { port: "1" })).reason).toContain("ECONNREFUSED");
});

test("level 10 reads the directories", async () => {
  await nfs.act("start");
  rmSync(nfs.share, { recursive: true });
  expect((await look()).code).toBe(0);
  const ended = await look({ OCF_CHECK_LEVEL: "10" });
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain(nfs.share);
});
