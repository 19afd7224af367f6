import { afterEach, beforeEach, expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bench, createBench } from "../testing/bench.ts";
import { type FakeDocker, startFakeDocker } from "../testing/fake-docker.ts";

/** What is said of a container while its daemon is dead or hangs; its "first process" is a real one. */

const ID = "ab".repeat(32);
let bench: Bench;
let docker: FakeDocker;
let service: ChildProcess | undefined;

beforeEach(async () => {
  bench = createBench();
  writeFileSync(join(bench.binDir, "dockerd"), "");
  docker = await startFakeDocker(join(bench.directory, "docker.sock"));
  docker.nextPid = () => {
    service = spawn("sleep", ["60"]);
    const pid = service.pid ?? 0;
    show(pid, `0::/system.slice/docker-${ID}.scope\n`, "sleep\x0060\0");
    return pid;
  };
});
afterEach(async () => {
  service?.kill("SIGKILL");
  service = undefined;
  await docker.kill();
  bench.clean();
});

/** Puts a process into the bench's process table; while it lives, its stat file is the real one. */
function show(pid: number, cgroup: string, cmdline: string): void {
  const directory = join(bench.procDir, String(pid));
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "cgroup"), cgroup);
  writeFileSync(join(directory, "cmdline"), cmdline);
  writeFileSync(join(directory, "stat"), `${pid} (a (b) c) S ${"0 ".repeat(18)}4711 0`);
}

const act = (action: string, parameters: Record<string, string> = {}, env: Record<string, string> = {}) =>
  bench.act(
    action,
    { image: "img:1", engine_host: docker.socket, ...parameters },
    { OCF_RESKEY_CRM_meta_timeout: "1200", ...env },
  );

const shim = `/usr/bin/containerd-shim-runc-v2\0-namespace\0moby\0-id\0${ID}\0`;
const probe = { OCF_RESKEY_CRM_meta_interval: "0" };

test("the daemon dies over a running container: failed, never stopped", async () => {
  await act("start");
  await docker.kill();
  for (const env of [{}, probe]) {
    const ended = await act("monitor", {}, env);
    expect(ended.code).toBe(1);
    expect(ended.reason).toContain("still run (process");
  }
});

test("the daemon and the container are dead: that is proof", async () => {
  await act("start");
  await docker.kill();
  vanish();
  expect((await act("monitor", {}, probe)).code).toBe(7);
  const ended = await act("monitor");
  expect(ended.code).toBe(7);
  expect(ended.reason).toContain("no process of container pg is left");
  // What the dead daemon has left behind does not change that, however often it is asked.
  show(4711, "0::/system.slice/containerd.service\n", shim);
  for (const action of ["stop", "stop"]) expect((await act(action)).code).toBe(0);
  expect((await act("monitor", {}, probe)).code).toBe(7);
});

test("a server that was stopped (SIGSTOP) goes on when it is to end, with its daemon and without", async () => {
  for (const daemon of [true, false]) {
    await act("start");
    const pid = service?.pid ?? 0;
    process.kill(pid, "SIGSTOP");
    const real = () => readFileSync(`/proc/${pid}/stat`, "utf8");
    while (!/\) T /.test(real())) await Bun.sleep(5);
    const stat = join(bench.procDir, String(pid), "stat");
    writeFileSync(stat, readFileSync(stat, "utf8").replace(") S ", ") T "));
    if (!daemon) await docker.kill();
    await act("stop", { stop_timeout: "1" }, { OCF_RESKEY_CRM_meta_timeout: "5000" });
    await Bun.sleep(50);
    expect(service?.exitCode !== null || service?.signalCode !== null || !/\) T /.test(real())).toBe(true);
  }
});

test("a process number that went to another process is not the container", async () => {
  await act("start");
  const known = JSON.parse(readFileSync(bench.stateFile, "utf8"));
  await docker.kill();
  writeFileSync(join(bench.procDir, String(known.pid), "cgroup"), "0::/user.slice\n");
  expect((await act("monitor")).code).toBe(1);
  const stat = readFileSync(join(bench.procDir, String(known.pid), "stat"), "utf8");
  writeFileSync(join(bench.procDir, String(known.pid), "stat"), stat.replace("4711", "4712"));
  expect((await act("monitor")).code).toBe(7);
});

test("without a record, a container of unknown name could be ours", async () => {
  await docker.kill();
  expect((await act("stop")).code).toBe(0);
  show(4711, `0::/docker/${"cd".repeat(32)}\n`, "postgres\0");
  for (const action of ["stop", "monitor"]) {
    const ended = await act(action);
    expect(ended.code).toBe(1);
    expect(ended.reason).toContain("its owner is not known");
  }
});

test("a monitor process alone may be a start under way", async () => {
  await docker.kill();
  show(
    4711,
    "0::/system.slice/docker.service\n",
    `/usr/bin/containerd-shim-runc-v2\0-namespace\0moby\0-id\0${ID}\0`,
  );
  expect((await act("stop")).code).toBe(1);
});

test("stop ends the processes itself when the daemon is dead", async () => {
  await act("start");
  const ended = new Promise((resolve) => service?.once("exit", (_code, signal) => resolve(signal)));
  service?.once("exit", vanish);
  await docker.kill();
  const stopped = await act("stop", { stop_signal: "INT" });
  expect(stopped).toMatchObject({ code: 0 });
  expect(await ended).toBe("SIGINT");
  expect(stopped.stderr).toContain("ending container pg without it");
});

test("the record is lost: docker's own files tell whose container it is", async () => {
  await act("start");
  rmSync(bench.stateFile);
  await docker.kill();
  const files = join(bench.directory, "lib/docker/containers", ID);
  mkdirSync(files, { recursive: true });
  const config = { Name: "/pg", Config: { Labels: { "skyha.resource": "pg" } } };
  writeFileSync(join(files, "config.v2.json"), JSON.stringify(config));
  service?.once("exit", vanish);
  expect((await act("stop")).code).toBe(0);
  show(4711, "0::/system.slice/containerd.service\n", shim);
  expect((await act("stop")).code).toBe(0);
});

test("a hanging daemon: an answer before the deadline, and no false one", async () => {
  await act("start");
  docker.hang.add("GET");
  const monitor = await act("monitor");
  expect(monitor.code).toBe(1);
  expect(monitor.ms).toBeLessThan(1150);
  service?.once("exit", vanish);
  const stop = await act("stop");
  expect(stop.code).toBe(0);
  expect(stop.ms).toBeLessThan(1150);
});

test("stop is not done while a process that ignores everything is left", async () => {
  await act("start");
  await docker.kill();
  const stop = await act("stop");
  expect(stop.code).toBe(1);
  expect(stop.reason).toContain("still runs");
  expect(stop.ms).toBeLessThan(1150);
});

test("a daemon that comes back within the monitor's time is no failure", async () => {
  await act("start");
  const { containers } = docker;
  await docker.kill();
  setTimeout(async () => {
    docker = await startFakeDocker(join(bench.directory, "docker.sock"));
    for (const [name, container] of containers) docker.containers.set(name, container);
  }, 400);
  expect((await act("monitor", {}, { OCF_RESKEY_CRM_meta_timeout: "6000" })).code).toBe(0);
});

test("no engine installed: a probe is told so, stop has nothing to do", async () => {
  await docker.kill();
  const away = { engine_host: "/nowhere/docker.sock", engine: "podman" };
  expect((await act("monitor", away, probe)).code).toBe(5);
  expect((await act("stop", away)).code).toBe(0);
  expect((await act("start", away)).reason).toContain("podman is not installed on this host");
});

test("the record is gone after a stop", async () => {
  await act("start");
  expect(existsSync(bench.stateFile)).toBe(true);
  await act("stop");
  expect(existsSync(bench.stateFile)).toBe(false);
});

/** Takes the service's process out of the bench's process table. */
function vanish(): void {
  const pid = service?.pid;
  if (pid === undefined) return;
  writeFileSync(join(bench.procDir, String(pid), "stat"), "");
  writeFileSync(join(bench.procDir, String(pid), "cgroup"), "");
}
