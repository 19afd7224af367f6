import { afterEach, beforeEach, expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { createVolumeBench, DEVICE, mountLine, OTHER, type VolumeBench } from "./fake-volume.ts";

let host: VolumeBench;
beforeEach(() => {
  host = createVolumeBench();
  host.table(mountLine(host.directory));
});
afterEach(() => host.clean());

const stop = (timeout = "1500") => host.act("stop", {}, { OCF_RESKEY_CRM_meta_timeout: timeout });

/** A live process that the bench's process table shows as `files` and `links` say. */
function disguised(files: Record<string, string>, links: Record<string, string> = {}): ChildProcess {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  host.show(child.pid ?? 0, { comm: "sleep\n", stat: `1 (a (b) c) S 1 1 1 0 -1 0 0`, ...files }, links);
  return child;
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

test("nested mounts go first, deepest first, and of two on one directory the later", async () => {
  const inside = (path: string, device = OTHER) => mountLine(join(host.directory, path), { device });
  host.table(
    inside("a"),
    mountLine(host.directory),
    inside("a"),
    inside("a/b/c"),
    inside("z"),
    mountLine(`${host.directory}-other`, { device: OTHER }),
    inside("a", DEVICE),
  );
  expect((await stop()).code).toBe(0);
  const order = host.calls().map((call) => call.replace(`umount -- ${host.directory}`, "."));
  expect(order).toEqual(["./a/b/c", "./a", "./z", "./a", "./a", "."]);
  expect(host.points()).toEqual([`${host.directory}-other`]);
});

test("a process with its directory there is asked to end, then unmounting succeeds", async () => {
  mkdirSync(join(host.directory, "data"));
  const holder = host.hold(["sleep", "60"], { cwd: join(host.directory, "data") });
  const bystander = host.hold(["sleep", "60"], { cwd: host.bench.directory });
  host.set("holder", String(holder.pid));
  const ended = once(holder, "exit");
  const stopped = await stop("5000");
  expect(stopped.code).toBe(0);
  expect(stopped.ms).toBeLessThan(2000);
  expect(stopped.stderr).toContain(`is busy: ending sleep (${holder.pid})`);
  expect((await ended)[1]).toBe("SIGTERM");
  expect(isAlive(bystander)).toBe(true);
  expect(host.points()).toEqual([]);
});

test("a process that ignores SIGTERM is killed after half of the time", async () => {
  const holder = host.hold(["sh", "-c", 'trap "" TERM; while :; do sleep 0.2; done'], {
    cwd: host.directory,
  });
  host.set("holder", String(holder.pid));
  const ended = once(holder, "exit");
  const stopped = await stop("3000");
  expect(stopped.code).toBe(0);
  expect(stopped.ms).toBeGreaterThan(1000);
  expect(stopped.ms).toBeLessThan(2650);
  expect((await ended)[1]).toBe("SIGKILL");
});

test("an open file and a mapped file hold as well", async () => {
  const mapped = disguised({
    maps: `7f00-7f01 r-xp 00000000 01:03 12  ${host.directory}/lib.so (deleted)\n`,
  });
  const root = disguised({}, { root: host.directory });
  host.set("holder", String(mapped.pid));
  expect((await stop("3000")).code).toBe(0);
  await Promise.all([mapped, root].map((child) => (isAlive(child) ? once(child, "exit") : undefined)));
});

test("neither kernel threads nor the agent itself are signalled, and the reason names who holds", async () => {
  const kernel = disguised(
    { stat: "9 (kworker) S 2 0 0 0 -1 2097152 0", comm: "kworker\n" },
    { cwd: host.directory },
  );
  const file = openSync(join(host.directory, "file"), "w");
  symlinkSync(`/proc/${process.pid}`, join(host.bench.procDir, String(process.pid)));
  host.show(1, { comm: "systemd\n", stat: "1 (systemd) S 0 1 1 0 -1 0 0" }, { cwd: host.directory });
  host.set("busy");
  try {
    const stopped = await stop();
    expect(stopped.code).toBe(1);
    expect(stopped.reason).toContain(`${host.directory} stays mounted, held by `);
    for (const name of [`kworker (${kernel.pid})`, `(${process.pid})`, "systemd (1)"]) {
      expect(stopped.reason).toContain(name);
    }
    expect(stopped.ms).toBeLessThan(1450);
    expect(isAlive(kernel)).toBe(true);
  } finally {
    closeSync(file);
    kernel.kill("SIGKILL");
  }
});

test("at most five holders are named", async () => {
  host.set("busy");
  const flags = "S 2 0 0 0 -1 2097152 0";
  for (let pid = 9_000_001; pid <= 9_000_007; pid += 1) {
    host.show(pid, { comm: "x\n", stat: `${pid} (x) ${flags}` }, { cwd: host.directory });
  }
  expect((await stop("800")).reason).toMatch(/held by (x \(\d+\)(, )?){5} and 2 more$/);
});

test("no process holds it: the reason says so, and which namespaces have it mounted", async () => {
  host.set("busy");
  symlink("self/ns/mnt", "mnt:[1]");
  for (const [pid, namespace] of [
    [9_000_001, "mnt:[1]"],
    [9_000_002, "mnt:[2]"],
    [9_000_003, "mnt:[2]"],
    [9_000_004, "mnt:[3]"],
  ] as const) {
    const mounts = pid === 9_000_004 ? mountLine("/data", { device: OTHER }) : mountLine("/data");
    host.show(pid, { comm: "postgres\n", mountinfo: `${mounts}\n` }, { "ns/mnt": namespace });
  }
  const { reason } = await stop("800");
  expect(reason).toContain("no process of this host holds it");
  expect(reason).toContain("also mounted in the mount namespaces of postgres (9000002)");
  expect(reason).toContain("target is busy");
  expect(reason).not.toContain("9000003");
  expect(reason).not.toContain("9000004");
  host.unset("busy");
  const stopped = await stop();
  expect(stopped.code).toBe(0);
  expect(stopped.stderr).toContain("WARNING: /dev/null is still mounted in the mount namespaces of postgres");
});

test("the same path in another namespace is a holder only when it is the same device", async () => {
  symlink("self/ns/mnt", "mnt:[1]");
  const child = disguised({}, { cwd: host.directory, "ns/mnt": "mnt:[2]" });
  host.set("busy");
  expect((await stop("800")).reason).toContain("no process of this host holds it");
  expect(isAlive(child)).toBe(true);
  child.kill("SIGKILL");
});

test("an umount that hangs is ended before the deadline", async () => {
  host.set("hang-umount");
  const stopped = await stop("1000");
  expect(stopped.code).toBe(1);
  expect(stopped.reason).toContain("the disk under it may hang");
  expect(stopped.ms).toBeLessThan(950);
});

test("an umount that reports success over a mount that stays is not believed", async () => {
  host.program("umount", "#!/bin/sh\nexit 0\n");
  expect((await stop("800")).reason).toContain("stays mounted");
});

test("stop goes on without parameters it does not need, and without identity has nothing to stop", async () => {
  expect((await host.act("stop", { directory: "no" })).code).toBe(0);
  expect(host.points()).toEqual([host.directory]);
  expect((await host.act("stop", { fstype: "", options: "bind" })).code).toBe(0);
  expect(host.points()).toEqual([]);
});

function symlink(name: string, target: string): void {
  rmSync(join(host.bench.procDir, name));
  symlinkSync(target, join(host.bench.procDir, name));
}
