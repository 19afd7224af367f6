import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { bindsOf, mounted } from "../testing/created.ts";
import { fakeContainer } from "../testing/fake-docker.ts";
import { createRedisBench, type RedisBench } from "./bench.ts";

const probe = { OCF_RESKEY_CRM_meta_interval: "0" };
const level20 = { OCF_CHECK_LEVEL: "20" };
const PASSWORD = 'sw0rd"fi\\sh one';

let host: RedisBench;
beforeEach(async () => {
  host = await createRedisBench();
});
afterEach(() => host.clean());

/** A container that this resource has started before. */
function running(): void {
  host.docker.containers.set("kv", fakeContainer("kv"));
}

test("a life: probed, started twice, watched, stopped twice", async () => {
  expect(await host.act("monitor", {}, probe)).toMatchObject({ code: 7, stderr: "" });
  for (const _twice of [1, 2]) expect((await host.act("start")).code).toBe(0);
  expect(host.docker.calls.filter((call) => call.includes("create"))).toHaveLength(1);
  expect(host.created()["Cmd"]).toEqual([
    "redis-server",
    ...["--port", String(host.redis.port)],
    ...["--dir", "/data"],
    ...["--appendonly", "yes"],
    ...["--appendfsync", "always"],
  ]);
  expect(bindsOf(host.created())).toEqual([`${host.data}:/data`]);
  expect(await host.act("monitor")).toMatchObject({ code: 0, stderr: "" });
  for (const _twice of [1, 2]) expect((await host.act("stop")).code).toBe(0);
  expect(host.docker.containers.size).toBe(0);
  expect(await host.act("monitor", {}, probe)).toMatchObject({ code: 7, stderr: "" });
});

test("a monitor asks the daemon once, and the server on one connection", async () => {
  running();
  await host.act("monitor", {}, level20);
  expect(host.docker.calls).toEqual(["GET /containers/kv/json"]);
  expect(host.redis.connections).toBe(1);
});

test("the program follows the image's name, unless it is told", async () => {
  host.docker.images.add("docker.io/valkey/valkey:8");
  await host.act("start", { image: "docker.io/valkey/valkey:8", appendfsync: "everysec" });
  expect(host.created()["Cmd"]).toMatchObject({ 0: "valkey-server", 6: "yes", 8: "everysec" });
  await host.act("start", { image: "docker.io/valkey/valkey:8", server: "redis-server" });
  expect(host.created()["Cmd"]).toMatchObject({ 0: "redis-server" });
});

test("a command of one's own is run as it is, with the data mounted", async () => {
  expect((await host.act("start", { run_cmd: "keydb /etc/keydb.conf" })).code).toBe(0);
  expect(host.created()["Cmd"]).toEqual(["keydb", "/etc/keydb.conf"]);
  expect(bindsOf(host.created())).toEqual([`${host.data}:/data`]);
});

test("a password goes by a file that nobody but root can reach, and nowhere else", async () => {
  host.redis.password = PASSWORD;
  const password_file = host.file("password", `${PASSWORD}\n`);
  // As Pacemaker's, or stricter.
  const umask = process.umask(0o077);
  const started = await host.act("start", { password_file }, { OCF_TRACE_RA: "1" });
  process.umask(umask);
  expect(started.code).toBe(0);
  const body = host.created();
  expect(body["Cmd"]).toMatchObject({ 0: "redis-server", 1: "/run/skyha/redis-secret.conf" });
  expect(mounted(body, "/run/skyha/redis-secret.conf")).toBe('requirepass "sw0rd\\"fi\\\\sh one"\n');
  const path = bindsOf(body).at(-1)?.split(":")[0] ?? "";
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  // The server in the container is not root any more.
  expect(statSync(path).mode & 0o777).toBe(0o444);
  const watched = await host.act("monitor", { password_file }, { ...level20, OCF_TRACE_RA: "1" });
  expect(watched.code).toBe(0);
  const outside = JSON.stringify([started, watched, body]);
  for (const word of ["sw0rd", "fi\\\\\\\\sh"]) expect(outside).not.toContain(word);
  expect((await host.act("stop", { password_file })).code).toBe(0);
  expect(existsSync(path)).toBe(false);
});

test("the password is found in a configuration that is given", async () => {
  host.redis.password = "aB_-9";
  const config_file = host.file("redis.conf", "# ours\nrequirepass old\nrequirepass aB_-9\n");
  expect((await host.act("start", { config_file })).code).toBe(0);
  expect(host.created()["Cmd"]).toMatchObject({ 1: "/run/skyha/redis.conf" });
  expect(bindsOf(host.created())).toContain(`${config_file}:/run/skyha/redis.conf:ro`);
  expect((await host.act("monitor", { config_file }, level20)).code).toBe(0);
  expect(host.redis.commands).toContainEqual(["AUTH", "aB_-9"]);
});

test("with both files the server reads both, and password_file wins", async () => {
  host.redis.password = PASSWORD;
  const config_file = host.file("redis.conf", "requirepass other\n");
  const password_file = host.file("password", PASSWORD);
  expect((await host.act("start", { config_file, password_file })).code).toBe(0);
  expect(mounted(host.created(), "/run/skyha/redis-secret.conf")).toStartWith(
    "include /run/skyha/redis.conf\nrequirepass ",
  );
  expect(host.redis.commands).toContainEqual(["AUTH", PASSWORD]);
});

test("a password that was changed on the server: start fails after a moment, monitor calls it degraded", async () => {
  host.redis.password = "changed";
  const password_file = host.file("password", "swordfish\n");
  const started = await host.act("start", { password_file });
  expect(started).toMatchObject({ code: 1 });
  expect(started.reason).toContain("refuses the password");
  expect(started.ms).toBeGreaterThan(1500);
  expect(started.ms).toBeLessThan(5000);
  const watched = await host.act("monitor", { password_file });
  expect(watched.code).toBe(190);
  expect(watched.reason).toContain("refuses the password");
  expect(JSON.stringify([started, watched])).not.toContain("swordfish");
});

test("a server that demands a password nobody gave us is alive", async () => {
  host.redis.password = PASSWORD;
  for (const action of ["start", "monitor"]) {
    expect(await host.act(action, {}, level20)).toMatchObject({ code: 0, reasons: [] });
  }
});

test("a password file that went away is worth a look, not a restart; but nothing starts without it", async () => {
  running();
  host.redis.password = PASSWORD;
  const password_file = `${host.bench.directory}/gone`;
  const watched = await host.act("monitor", { password_file });
  expect(watched.code).toBe(190);
  expect(watched.reason).toContain("password_file");
  expect((await host.act("stop", { password_file })).code).toBe(0);
  expect((await host.act("start", { password_file })).code).toBe(2);
  expect(host.docker.containers.size).toBe(0);
  const empty = host.file("empty", "\n");
  expect((await host.act("start", { password_file: empty })).reason).toContain("one line");
  expect((await host.act("start", { password_file: "/dev/zero" })).reason).toContain("not a file");
});

test("validate-all at level 10 looks at the files and the image", async () => {
  expect((await host.act("validate-all", {}, { OCF_CHECK_LEVEL: "10" })).code).toBe(0);
  const password_file = `${host.bench.directory}/gone`;
  expect((await host.act("validate-all", { password_file })).code).toBe(0);
  expect((await host.act("validate-all", { password_file }, { OCF_CHECK_LEVEL: "10" })).code).toBe(2);
  expect((await host.act("validate-all", { image: "x" }, { OCF_CHECK_LEVEL: "10" })).code).toBe(5);
});

test("stop works whatever is written in the parameters", async () => {
  running();
  const wrong = { data_directory: "relative", port: "0", appendfsync: "perhaps", password_file: "x y" };
  expect((await host.act("stop", wrong)).code).toBe(0);
  expect(host.docker.containers.size).toBe(0);
});

const HOSTILE = [
  "a b",
  "; reboot",
  "$(reboot)",
  "`id`",
  "'",
  '"',
  "a\nb",
  "--x",
  "a|b",
  "../../etc",
  "a:b",
  "a,b",
];
for (const name of ["data_directory", "container_data", "password_file", "config_file", "server", "port"]) {
  test(`${name} takes nothing that an engine or a server would read otherwise`, async () => {
    for (const value of HOSTILE.flatMap((word) => [word, `/${word}`])) {
      if (value === "/--x" && name !== "server" && name !== "port") continue;
      for (const action of ["start", "monitor", "validate-all"]) {
        const ended = await host.act(action, { [name]: value });
        expect({ value, code: ended.code }).toEqual({ value, code: 6 });
        expect(ended.reason).toStartWith(name);
      }
    }
    expect(host.docker.calls).toEqual([]);
  });
}
