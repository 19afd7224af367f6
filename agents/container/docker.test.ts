import { afterEach, beforeEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Bench, createBench } from "../testing/bench.ts";
import { type FakeDocker, fakeContainer, startFakeDocker } from "../testing/fake-docker.ts";

let bench: Bench;
let docker: FakeDocker;

beforeEach(async () => {
  bench = createBench();
  docker = await startFakeDocker(join(bench.directory, "docker.sock"));
});
afterEach(async () => {
  await docker.kill();
  bench.clean();
});

const act = (action: string, parameters: Record<string, string> = {}, env: Record<string, string> = {}) =>
  bench.act(action, { image: "img:1", engine_host: docker.socket, ...parameters }, env);

test("a container lives: probe, start, monitor, stop, probe", async () => {
  expect((await act("monitor", {}, { OCF_RESKEY_CRM_meta_interval: "0" })).code).toBe(7);
  expect((await act("start", { run_opts: "--net=host -v /tmp:/data -e 'A=b c'" })).code).toBe(0);
  expect(docker.containers.get("pg")?.body).toMatchObject({
    Image: "img:1",
    Env: ["A=b c"],
    Labels: { "skyha.resource": "pg" },
    HostConfig: { NetworkMode: "host", Binds: ["/tmp:/data"], RestartPolicy: { Name: "no" } },
  });
  expect((await act("monitor")).code).toBe(0);
  expect((await act("stop")).code).toBe(0);
  expect(docker.containers.size).toBe(0);
  expect((await act("monitor", {}, { OCF_RESKEY_CRM_meta_interval: "0" })).stderr).toBe("");
});

test("a monitor asks the daemon once and says nothing", async () => {
  docker.containers.set("pg", fakeContainer("pg"));
  const ended = await act("monitor");
  expect(ended).toMatchObject({ code: 0, stderr: "", stdout: "" });
  expect(docker.calls).toEqual(["GET /containers/pg/json"]);
});

test("starting twice creates once, stopping twice is fine", async () => {
  await act("start");
  docker.calls.length = 0;
  expect((await act("start")).code).toBe(0);
  expect(docker.calls.some((call) => call.includes("create"))).toBe(false);
  expect((await act("stop")).code).toBe(0);
  expect((await act("stop")).code).toBe(0);
});

test("changed parameters make a new container", async () => {
  await act("start");
  const ended = await act("start", { run_cmd: "postgres -c 'work_mem=1 MB'" });
  expect(ended.code).toBe(0);
  expect(docker.containers.get("pg")?.body["Cmd"]).toEqual(["postgres", "-c", "work_mem=1 MB"]);
});

const STATES: readonly [status: string, code: number, text: string][] = [
  ["running", 0, ""],
  ["created", 7, "never started"],
  ["exited", 7, "ended with code 137"],
  ["paused", 1, "paused"],
  ["restarting", 1, "restarted by the engine"],
  ["removing", 1, "being removed"],
  ["dead", 1, "dead"],
  ["something new", 1, "does not know"],
];
for (const [status, code, text] of STATES) {
  test(`monitor of a container that is ${status}: ${code}`, async () => {
    docker.containers.set("pg", fakeContainer("pg", { status, exitCode: 137 }));
    const ended = await act("monitor");
    expect(ended.code).toBe(code);
    expect(ended.reason ?? "").toContain(text);
  });
  test(`start and stop of a container that is ${status}`, async () => {
    docker.containers.set("pg", fakeContainer("pg", { status }));
    if (status !== "something new") expect((await act("start")).code).toBe(0);
    expect((await act("stop")).code).toBe(0);
    expect(docker.containers.size).toBe(0);
  });
}

test("the reason names the kill for lack of memory", async () => {
  docker.containers.set("pg", fakeContainer("pg", { status: "exited", exitCode: 137, oomKilled: true }));
  expect((await act("monitor")).reason).toContain("memory ran out");
});

test("a paused container is resumed before it is asked to stop", async () => {
  const container = fakeContainer("pg", { status: "paused" });
  docker.containers.set("pg", container);
  await act("stop");
  const verbs = docker.calls.filter((call) => call.startsWith("POST"));
  // By its id: whatever has the name by then is not touched.
  expect(verbs).toEqual(["unpause", "stop"].map((verb) => `POST /containers/${container.id}/${verb}`));
});

test("a container of somebody else is never touched", async () => {
  for (const labels of [{}, { "skyha.resource": "other" }]) {
    docker.containers.set("pg", fakeContainer("pg", { labels }));
    docker.calls.length = 0;
    const start = await act("start");
    expect(start.code).toBe(1);
    expect(start.reason).toContain("container pg (abababababab)");
    expect((await act("monitor")).code).toBe(7);
    expect((await act("stop")).code).toBe(0);
    expect(docker.calls.every((call) => call.startsWith("GET"))).toBe(true);
  }
});

test("a missing image: 5 with the command that loads it", async () => {
  const ended = await act("start", { image: "gone:1" });
  expect(ended.code).toBe(5);
  expect(ended.reason).toContain("docker load -i");
});

test("a missing image is loaded from its archive", async () => {
  const archive = join(bench.directory, "image.tar");
  writeFileSync(archive, "tar");
  docker.archive = ["late:1"];
  expect((await act("start", { image: "late:1", image_archive: archive })).code).toBe(0);
  const wrong = await act("start", { name: "x", image: "other:1", image_archive: archive });
  expect(wrong.code).toBe(5);
  expect(wrong.reason).toContain("does not hold it");
});

test("no start on the empty directory under an unmounted volume", async () => {
  const data = join(bench.directory, "drbd");
  const ended = await act("start", { mount_check: data });
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("refusing to start");
  bench.mounts(["/", data]);
  const wrong = await act("start", { mount_check: data });
  expect(wrong.code).toBe(5);
  expect(wrong.reason).toContain(".skyha-volume");
  expect(docker.calls.some((call) => call.includes("create"))).toBe(false);
  await Bun.write(join(data, ".skyha-volume"), "");
  expect((await act("start", { mount_check: data })).code).toBe(0);
});

test("a bind source that is missing on this host is not made by docker", async () => {
  const ended = await act("start", { run_opts: "-v /nowhere/data:/data" });
  expect(ended).toMatchObject({ code: 2 });
  expect(ended.reason).toContain("/nowhere/data");
});

test("start waits until the port answers, monitor fails when it does not", async () => {
  const server = createServer((socket) => {
    socket.on("data", (data) => {
      if (data.toString() === "stats\r\n") socket.write("OK 900\r\n---\n");
    });
  });
  const port = 20000 + Math.floor(Math.random() * 20000);
  const parameters = {
    monitor_port: String(port),
    monitor_send: "stats\\r\\n",
    monitor_expect: "OK",
  };
  docker.onStart = () => void setTimeout(() => server.listen(port, "127.0.0.1"), 300);
  const start = await act("start", parameters);
  expect(start.code).toBe(0);
  expect(start.ms).toBeGreaterThan(290);
  expect(start.ms).toBeLessThan(900);
  expect((await act("monitor", parameters)).code).toBe(0);
  const mute = await act(
    "monitor",
    { ...parameters, monitor_expect: "PONG" },
    { OCF_RESKEY_CRM_meta_timeout: "1000" },
  );
  expect(mute.code).toBe(1);
  expect(mute.reason).toContain('answered only "OK 900');
  server.close();
  const refused = await act("monitor", parameters);
  expect(refused.code).toBe(1);
  expect(refused.reason).toContain("does not answer");
});

test("monitor_cmd runs in the container, without a shell", async () => {
  docker.containers.set("pg", fakeContainer("pg"));
  const seen: (readonly string[])[] = [];
  docker.onExec = (argv) => {
    seen.push(argv);
    return { code: 3, output: "first\nno connection\n" };
  };
  const ended = await act("monitor", { monitor_cmd: `sh -c 'a | b' "x y"` });
  expect(ended.code).toBe(1);
  expect(ended.reason).toBe("container pg: monitor_cmd sh ended with code 3: no connection");
  expect(seen[0]).toEqual(["sh", "-c", "a | b", "x y"]);
});

test("the image's health check counts only when asked for", async () => {
  docker.containers.set("pg", fakeContainer("pg", { health: "unhealthy" }));
  expect((await act("monitor")).code).toBe(0);
  const ended = await act("monitor", { use_healthcheck: "true" });
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("last check");
});

test("a container that ends at once: its last words are in the reason", async () => {
  docker.onStart = (container) => {
    container.status = "exited";
    container.exitCode = 1;
  };
  docker.logs = "starting version 1\nFATAL: data directory has wrong ownership\n";
  const ended = await act("start");
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain(
    "ended with code 1; its last words: FATAL: data directory has wrong ownership / starting version 1",
  );
});

test("whatever a service says, the reason stays one line", async () => {
  docker.containers.set("pg", fakeContainer("pg"));
  docker.onExec = () => ({ code: 1, output: "a\rocf-exit-reason:forged\u001b[31m" });
  const ended = await act("monitor", { monitor_cmd: "true" });
  expect(ended.reasons).toEqual([
    "container pg: monitor_cmd true ended with code 1: a ocf-exit-reason:forged[31m",
  ]);
});

test("start_timeout ends the wait for readiness", async () => {
  docker.onExec = () => ({ code: 1, output: "not yet" });
  const ended = await act("start", { monitor_cmd: "true", start_timeout: "1" });
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("not ready: monitor_cmd true ended with code 1: not yet");
  expect(ended.ms).toBeLessThan(1500);
});

test("secrets of env_file reach the container and nothing else", async () => {
  const file = join(bench.directory, "pg.env");
  writeFileSync(file, "# comment\nPOSTGRES_PASSWORD=topsecret\n");
  docker.onStart = (container) => {
    container.status = "exited";
  };
  docker.logs = "password topsecret refused";
  const ended = await act("start", { env_file: file }, { OCF_TRACE_RA: "1" });
  expect(docker.containers.get("pg")?.body["Env"]).toEqual(["POSTGRES_PASSWORD=topsecret"]);
  expect(ended.reason).toContain("password ****** refused");
  expect(ended.stderr).not.toContain("topsecret");
  expect(JSON.stringify(docker.containers.get("pg")?.labels)).not.toContain("topsecret");
});

test("an engine that answers with an error proves nothing", async () => {
  docker.fail.add("GET /containers");
  for (const action of ["monitor", "stop", "start"]) expect((await act(action)).code).toBe(1);
});

test("stop succeeds although the engine cannot remove a container that has ended", async () => {
  docker.containers.set("pg", fakeContainer("pg"));
  docker.fail.add("DELETE");
  const ended = await act("stop");
  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain("has not removed it");
});
