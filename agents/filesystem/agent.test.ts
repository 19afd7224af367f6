import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createVolumeBench, DEVICE, mountLine, OTHER, type VolumeBench } from "./fake-volume.ts";

const probe = { OCF_RESKEY_CRM_meta_interval: "0" };
const level = (text: string) => ({ OCF_CHECK_LEVEL: text, OCF_RESKEY_CRM_meta_on_node: "db/1" });

let host: VolumeBench;
beforeEach(() => {
  host = createVolumeBench();
});
afterEach(() => host.clean());

test("a life: probed, started twice, watched, stopped twice", async () => {
  expect(await host.act("monitor", {}, probe)).toMatchObject({ code: 7, stderr: "" });
  expect((await host.act("stop")).code).toBe(0);
  for (const _twice of [1, 2]) expect((await host.act("start")).code).toBe(0);
  expect(await host.act("monitor")).toMatchObject({ code: 0, stderr: "" });
  expect(await host.act("monitor", {}, probe)).toMatchObject({ code: 0, stderr: "" });
  for (const _twice of [1, 2]) expect((await host.act("stop")).code).toBe(0);
  expect(host.calls()).toEqual([
    `mount -t xfs -o noatime -- ${DEVICE.path} ${host.directory}`,
    `umount -- ${host.directory}`,
  ]);
  expect(await host.act("monitor")).toMatchObject({
    code: 7,
    reason: `nothing is mounted at ${host.directory}`,
  });
});

test("a slash at the end and a link to the directory mean the same mount", async () => {
  const link = join(host.bench.directory, "link");
  symlinkSync(host.directory, link);
  expect((await host.act("start", { directory: `${link}/` })).code).toBe(0);
  expect(host.points()).toEqual([host.directory]);
  expect((await host.act("monitor", { directory: link })).code).toBe(0);
});

test.skipIf(!existsSync("/dev/shm"))(
  "a device is told by its number, whatever its link is called",
  async () => {
    const link = `/dev/shm/skyha-test-${process.pid}`;
    symlinkSync(DEVICE.path, link);
    try {
      host.table(mountLine(host.directory, { device: { path: "/dev/renamed", number: DEVICE.number } }));
      expect((await host.act("monitor", { device: link })).code).toBe(0);
    } finally {
      rmSync(link);
    }
  },
);

test("a device of the same name and another number is another device", async () => {
  host.table(mountLine(host.directory, { device: { path: DEVICE.path, number: "1:99" } }));
  expect((await host.act("monitor")).code).toBe(1);
});

test("a device that has vanished is still told by its name", async () => {
  const gone = { path: "/dev/gone1", number: "9:9" };
  host.table(mountLine(host.directory, { device: gone }));
  expect((await host.act("monitor", { device: gone.path })).code).toBe(0);
  expect((await host.act("stop", { device: gone.path })).code).toBe(0);
  expect(host.points()).toEqual([]);
});

test("another device at the directory: start and monitor fail, a probe and stop leave it alone", async () => {
  host.table(mountLine(host.directory, { device: OTHER }));
  expect((await host.act("start")).reason).toContain(`${OTHER.path} is mounted at ${host.directory}`);
  expect((await host.act("monitor")).code).toBe(1);
  const probed = await host.act("monitor", {}, probe);
  expect(probed.code).toBe(7);
  expect(probed.stderr).toContain("WARNING: /dev/zero is mounted at");
  const stopped = await host.act("stop");
  expect(stopped.code).toBe(0);
  expect(stopped.stderr).toContain("leaving /dev/zero mounted");
  expect(host.points()).toEqual([host.directory]);
  expect(host.calls()).toEqual([]);
});

test("a device that is mounted elsewhere is not mounted twice", async () => {
  host.table(mountLine("/srv/elsewhere"));
  const ended = await host.act("start");
  expect(ended).toMatchObject({ code: 1, reason: `${DEVICE.path} is mounted already, at /srv/elsewhere` });
  expect((await host.act("stop")).stderr).toContain("still mounted at /srv/elsewhere");
});

test("what is missing on this host is 5 and named", async () => {
  const directory = join(host.bench.directory, "none");
  expect(await host.act("start", { directory })).toMatchObject({
    code: 5,
    reason: `${directory} does not exist on this host: mkdir -p ${directory}`,
  });
  expect(await host.act("start", { device: "/dev/none" })).toMatchObject({
    code: 5,
    reason: "/dev/none does not exist on this host",
  });
  expect((await host.act("validate-all", { directory })).code).toBe(0);
  expect((await host.act("validate-all", { directory }, level("10"))).code).toBe(5);
  expect((await host.act("monitor", { device: "/dev/none" }, probe)).code).toBe(7);
  rmSync(join(host.bench.binDir, "mount"));
  // The PATH of the bench goes on to the host's own mount, which refuses a character device.
  expect((await host.act("start")).code).toBe(1);
});

test("an empty mount table is no proof of anything", async () => {
  writeFileSync(join(host.bench.procDir, "self/mountinfo"), "");
  for (const action of ["monitor", "stop"]) expect((await host.act(action)).code).toBe(1);
});

test("mount fails, or only says that it succeeded", async () => {
  host.set("fail-mount");
  expect((await host.act("start")).reason).toContain("wrong fs type");
  host.unset("fail-mount");
  host.set("lie-mount");
  expect((await host.act("start")).reason).toContain("shows no mount");
});

test("ext4 is checked before it is mounted; what a human has to decide ends the start", async () => {
  for (const code of [0, 1, 2, 3]) {
    host.set("e2fsck-code", String(code));
    expect((await host.act("start", { fstype: "ext4" })).code).toBe(0);
    await host.act("stop");
  }
  expect(host.calls()[0]).toBe(`e2fsck -p ${DEVICE.path}`);
  for (const code of [4, 8, 139]) {
    host.set("e2fsck-code", String(code));
    const ended = await host.act("start", { fstype: "ext4" });
    expect(ended.code).toBe(1);
    expect(ended.reason).toContain("run fsck manually");
  }
});

test("the wrong volume is unmounted again", async () => {
  const ended = await host.act("start", { sentinel: ".skyha-volume" });
  expect(ended.code).toBe(5);
  expect(ended.reason).toContain("holds no .skyha-volume: it is the wrong volume");
  expect(host.points()).toEqual([]);
  writeFileSync(join(host.directory, ".skyha-volume"), "");
  expect((await host.act("start", { sentinel: ".skyha-volume" })).code).toBe(0);
});

for (const [superOptions, code] of [
  ["ro,attr2", 1],
  ["rw,emergency_ro", 1],
  ["rw,shutdown", 1],
  ["rw,errors=remount-ro", 0],
] as const) {
  test(`a file system that says ${superOptions} is ${code}`, async () => {
    host.table(mountLine(host.directory, { superOptions }));
    for (const action of ["monitor", "start"]) expect((await host.act(action)).code).toBe(code);
  });
}

test("read-only is fine when it is asked for", async () => {
  host.table(mountLine(host.directory, { options: "ro", superOptions: "ro" }));
  expect((await host.act("monitor", { options: "noatime,ro" }, level("20"))).code).toBe(0);
  expect((await host.act("monitor", { options: "ro,rw" })).reason).toContain("is read-only after an error");
});

test("level 10 reads, level 20 writes as well and cleans up", async () => {
  host.table(mountLine(host.directory));
  for (const depth of ["10", "20"]) {
    expect(await host.act("monitor", {}, level(depth))).toMatchObject({ code: 0, stderr: "" });
    const missing = await host.act("monitor", { sentinel: "s" }, level(depth));
    expect(missing.reason).toContain("wrong volume");
  }
  writeFileSync(join(host.directory, "s"), "");
  expect((await host.act("monitor", { sentinel: "s" }, level("20"))).code).toBe(0);
  expect(existsSync(join(host.directory, ".skyha-write-test-db_1"))).toBe(false);
});

test("the write test does not follow a link that somebody planted", async () => {
  host.table(mountLine(host.directory));
  const victim = join(host.bench.directory, "victim");
  writeFileSync(victim, "precious");
  symlinkSync(victim, join(host.directory, ".skyha-write-test-db_1"));
  expect((await host.act("monitor", {}, level("20"))).code).toBe(1);
  expect(readFileSync(victim, "utf8")).toBe("precious");
});

for (const [program, script, text] of [
  ["dd", "echo \"dd: error writing 'x': No space left on device\" >&2; exit 1", "is full"],
  ["dd", "echo \"dd: failed to open 'x': Input/output error\" >&2; exit 1", "cannot be written"],
  ["cat", "echo other", "does not read back"],
  ["ls", "echo \"ls: reading directory '.': Input/output error\" >&2; exit 2", "cannot be read"],
  ["ls", "sleep 61.3", "the disk under it may hang"],
  ["dd", "sleep 61.3", "the disk under it may hang"],
] as const) {
  test(`level 20 says "${text}" when ${program} shows it (${script.slice(0, 5)})`, async () => {
    host.table(mountLine(host.directory));
    host.program(program, `#!/bin/sh\n${script}\n`);
    const ended = await host.act("monitor", {}, { ...level("20"), OCF_RESKEY_CRM_meta_timeout: "1000" });
    expect(ended.code).toBe(1);
    expect(ended.reason).toContain(text);
    expect(ended.ms).toBeLessThan(950);
  });
}

test("a mount that hangs is ended before the deadline", async () => {
  host.set("hang-mount");
  const ended = await host.act("start", {}, { OCF_RESKEY_CRM_meta_timeout: "1000" });
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("mount -t xfs");
  expect(ended.ms).toBeLessThan(950);
});
