import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
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

describe("a recorded container whose first process lives, and whose server answers", () => {
  const PID = 4711;
  let server: Server;
  let answer = "OK 1\r\n";

  beforeEach(async () => {
    answer = "OK 1\r\n";
    server = createServer((socket) => void socket.on("data", () => void socket.write(answer)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    podman.put("pg", "running");
    podman.pid(PID);
    process("S 99");
    expect((await look()).code).toBe(0);
    expect(asked()).toBe(1);
  });
  afterEach(() => server.close());

  /** State and start time of the container's first process; undefined: it has ended. */
  const process = (is: "S 99" | "S 100" | undefined) => {
    const directory = join(bench.procDir, String(PID));
    rmSync(directory, { recursive: true, force: true });
    if (is === undefined) return;
    const [state, started] = is.split(" ");
    mkdirSync(directory);
    writeFileSync(join(directory, "stat"), `${PID} (beans) ${state} ${"0 ".repeat(18)}${started} 0`);
  };
  const asked = () => podman.calls().filter((call) => call.startsWith("container inspect")).length;
  const look = (parameters: Record<string, string> = {}, env: Record<string, string> = {}) => {
    const address = server.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const question = { monitor_port: port, monitor_send: "stats\\r\\n", monitor_expect: "OK" };
    return act("monitor", { ...question, ...parameters }, env);
  };

  test("is not asked for at podman again", async () => {
    expect((await look()).code).toBe(0);
    podman.trouble("fail");
    expect((await look()).code).toBe(0);
    expect(asked()).toBe(1);
  });

  test("is asked for when its server does not answer, and what podman says is the reason", async () => {
    answer = "no";
    podman.put("pg", "paused");
    const soon = { OCF_RESKEY_CRM_meta_timeout: "1500" };
    expect((await look({}, soon)).reason).toContain("is paused");
    podman.put("pg", "running");
    const ended = await look({}, soon);
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.reason).toContain('answered only "no"');
    expect(ended.ms).toBeLessThan(1450);
  });

  test.each([undefined, "S 100"] as const)("is asked for when its process is now %p", async (is) => {
    process(is);
    podman.put("pg", "exited");
    expect((await look()).code).toBe(7);
  });

  test.each([
    ["a probe", {}, { OCF_RESKEY_CRM_meta_interval: "0" }],
    ["a connection without a word of the server's", { monitor_expect: "", monitor_send: "" }, {}],
    ["the image's own health check", { use_healthcheck: "yes" }, {}],
  ] as const)("is asked for by %s", async (_what, parameters, env) => {
    podman.put("pg", "paused");
    expect((await look(parameters, env)).code).toBe(1);
    expect(asked()).toBe(2);
  });
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

const ID = "7".padStart(64, "0");

test("a stop of a container of which nothing is recorded asks first, and removes what it has seen", async () => {
  podman.put("pg", "running");
  podman.pid(4711);
  expect((await act("stop", { stop_timeout: "7" })).code).toBe(0);
  // The process is gone in this bench, so there is nothing to wait for.
  expect(podman.calls()).toEqual([
    "container inspect --format json pg",
    `rm --force --ignore --time 0 ${ID}`,
  ]);
});

describe("a container whose processes the kernel shows", () => {
  beforeEach(() => podman.showProcesses(4711));
  const begin = async () => {
    expect((await act("start")).code).toBe(0);
    expect(podman.calls().map((call) => call.split(" ")[0])).toEqual(["run"]);
  };

  test("is started with one call of podman, and stopped with one, by its id", async () => {
    await begin();
    expect((await act("stop", { stop_timeout: "7" })).code).toBe(0);
    expect(podman.calls().slice(1)).toEqual([`rm --force --ignore --time 7 ${ID}`]);
    expect(podman.has("pg")).toBe(false);
  });

  test("is let go on first when it is paused, so that it can end in order", async () => {
    await begin();
    const events = join(bench.directory, "cgroup", `libpod-${ID}.scope`, "cgroup.events");
    writeFileSync(events, "populated 1\nfrozen 1\n");
    podman.put("pg", "paused");
    expect((await act("stop")).code).toBe(0);
    expect(podman.calls().slice(1, 3)).toEqual(["container inspect --format json pg", `unpause ${ID}`]);
  });

  test("is not started twice", async () => {
    await begin();
    expect((await act("start")).code).toBe(0);
    expect(podman.calls().filter((call) => call.startsWith("run "))).toHaveLength(1);
  });

  test("is found by its monitor when nothing is recorded any more", async () => {
    await begin();
    rmSync(bench.stateFile);
    expect((await act("start")).code).toBe(0);
    expect(podman.calls().filter((call) => call.startsWith("run "))).toHaveLength(1);
  });

  test("whose process is another one by now is asked for", async () => {
    await begin();
    const stat = join(bench.procDir, "4711", "stat");
    writeFileSync(stat, readFileSync(stat, "utf8").replace(" 99 0", " 100 0"));
    expect((await act("stop")).code).toBe(0);
    expect(podman.calls()[1]).toBe("container inspect --format json pg");
  });
});

test("a name that a container of ours still has after a power cut is made free", async () => {
  podman.put("pg", "exited");
  podman.showProcesses(4711);
  expect((await act("start")).code).toBe(0);
  expect(podman.calls().map((call) => call.split(" ")[0])).toEqual([
    "run",
    "image",
    "container",
    "container",
    "rm",
    "run",
  ]);
});

test("a name that somebody else's container has is left to it", async () => {
  podman.put("pg", "exited", "other");
  const ended = await act("start");
  expect(ended).toMatchObject({ code: 1 });
  expect(ended.reason).toContain("belongs to the resource other");
  expect(podman.has("pg")).toBe(true);
  expect(podman.calls().some((call) => call.startsWith("rm "))).toBe(false);
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
