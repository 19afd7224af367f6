import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bench, createBench } from "../testing/bench.ts";
import { type FakePodman, installFakePodman } from "../testing/fake-podman.ts";

let bench: Bench;
let podman: FakePodman;

beforeEach(() => {
  bench = createBench();
  podman = installFakePodman(bench);
});
afterEach(() => bench.clean());

const act = (action: string, parameters: Record<string, string> = {}, env: Record<string, string> = {}) =>
  bench.act(action, { image: "img", engine: "podman", ...parameters }, env);

test("a container lives under podman as it does under docker", async () => {
  expect((await act("monitor")).code).toBe(7);
  expect((await act("start", { run_opts: "--net=host -v /tmp:/data", run_cmd: "serve 'a b'" })).code).toBe(0);
  const run = podman.calls().find((call) => call.startsWith("run ")) ?? "";
  expect(run).toStartWith(
    "run --detach --pull=never --restart=no --name=pg --network=host --volume=/tmp:/data",
  );
  expect(run).toEndWith("img serve a b");
  expect((await act("monitor")).code).toBe(0);
  expect((await act("stop")).code).toBe(0);
  expect(podman.has("pg")).toBe(false);
  expect((await act("stop")).code).toBe(0);
});

test("a monitor calls podman once", async () => {
  podman.put("pg", "running");
  expect((await act("monitor")).code).toBe(0);
  expect(podman.calls().filter(Boolean)).toEqual(["container inspect --format json pg"]);
});

test("auto finds podman where there is no docker", async () => {
  expect((await act("start", { engine: "auto" })).code).toBe(0);
});

for (const [status, code] of [
  ["paused", 1],
  ["stopping", 1],
  ["configured", 7],
  ["exited", 7],
  ["stopped", 7],
] as const) {
  test(`podman's ${status} means ${code}`, async () => {
    podman.put("pg", status);
    expect((await act("monitor")).code).toBe(code);
  });
}

test("a container whose monitor process was killed with it runs only in podman's books", async () => {
  podman.put("pg", "running");
  podman.pid(4711);
  const ended = await act("monitor");
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("its process is gone");
  podman.pid(0);
  expect((await act("start")).code).toBe(0);
});

test("a stop calls podman three times", async () => {
  podman.put("pg", "running");
  expect((await act("stop", { stop_timeout: "7" })).code).toBe(0);
  expect(podman.calls().slice(1)).toEqual(["rm --force --ignore --time 7 pg", "container exists pg"]);
});

test("podman's own failure is no answer about the container", async () => {
  podman.put("pg", "running");
  podman.trouble("fail");
  for (const action of ["monitor", "stop"]) expect((await act(action)).code).toBe(1);
});

test("the code of a command in the container is told from podman's own", async () => {
  podman.put("pg", "running");
  podman.execCode(2);
  expect((await act("monitor", { monitor_cmd: "check" })).reason).toContain("ended with code 2: said");
  podman.execCode(125);
  expect((await act("monitor", { monitor_cmd: "check" })).reason).toContain("podman exec failed (code 125)");
});

test("a hanging podman is ended with its children before the deadline", async () => {
  podman.trouble("hang");
  for (const action of ["start", "monitor", "stop"]) {
    const ended = await act(action, {}, { OCF_RESKEY_CRM_meta_timeout: "1500" });
    expect(ended.ms).toBeLessThan(1450);
    expect(ended.reasons.length).toBeLessThanOrEqual(1);
    if (action === "start") expect(ended).toMatchObject({ code: 1 });
  }
  const sleepers = readdirSync("/proc").filter((pid) => commandLine(pid).startsWith("sleep\0" + "61.7"));
  expect(sleepers).toEqual([]);
});

test("env_file goes to podman by name, not by content", async () => {
  const file = join(bench.directory, "pg.env");
  writeFileSync(file, "PASSWORD=topsecret\n");
  expect((await act("start", { env_file: file })).code).toBe(0);
  expect(podman.calls().join("\n")).toContain(`--env-file=${file}`);
  expect(podman.calls().join("\n")).not.toContain("topsecret");
});

test("a missing image is loaded from its archive, else named with the command that loads it", async () => {
  const ended = await act("start", { image: "late" });
  expect(ended.code).toBe(5);
  expect(ended.reason).toContain("podman load -i");
  writeFileSync(join(bench.directory, "late.tar"), "");
  expect((await act("start", { image: "late", image_archive: join(bench.directory, "late.tar") })).code).toBe(
    0,
  );
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
