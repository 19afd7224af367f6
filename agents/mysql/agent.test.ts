import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { bindsOf, mounted } from "../testing/created.ts";
import { fakeContainer } from "../testing/fake-docker.ts";
import { createMysqlBench, type MysqlBench, PASSWORD } from "./bench.ts";

const probe = { OCF_RESKEY_CRM_meta_interval: "0" };
const level20 = { OCF_CHECK_LEVEL: "20" };
const TARGET = "/run/skyha/mysql-root.password";

let host: MysqlBench;
beforeEach(async () => {
  host = await createMysqlBench();
});
afterEach(() => host.clean());

/** A container that this resource has started before. */
function running(): void {
  host.docker.containers.set("db", fakeContainer("db"));
}

test("a life: probed, started twice, watched, stopped twice", async () => {
  expect(await host.act("monitor", {}, probe)).toMatchObject({ code: 7, stderr: "" });
  for (const _twice of [1, 2]) expect((await host.act("start")).code).toBe(0);
  expect(host.docker.calls.filter((call) => call.includes("create"))).toHaveLength(1);
  expect(host.created()).toMatchObject({
    Cmd: ["--datadir=/var/lib/mysql", `--port=${host.mysql.port}`],
    Env: [`MYSQL_ROOT_PASSWORD_FILE=${TARGET}`],
    HostConfig: { NetworkMode: "host" },
  });
  expect(bindsOf(host.created())[0]).toBe(`${host.data}:/var/lib/mysql`);
  expect(await host.act("monitor")).toMatchObject({ code: 0, stderr: "" });
  for (const _twice of [1, 2]) expect((await host.act("stop")).code).toBe(0);
  expect(host.docker.containers.size).toBe(0);
  expect(await host.act("monitor", {}, probe)).toMatchObject({ code: 7, stderr: "" });
});

test("a monitor asks the daemon once, and the server on one connection", async () => {
  running();
  expect((await host.act("monitor", {}, level20)).code).toBe(0);
  expect(host.docker.calls).toEqual(["GET /containers/db/json"]);
  expect(host.mysql.connections).toBe(1);
});

test("on a disk that is nearly full level 20 says degraded, and level 0 nothing", async () => {
  running();
  host.bench.room = 0;
  expect(await host.act("monitor", {}, level20)).toMatchObject({ code: 190 });
  expect(await host.act("monitor")).toMatchObject({ code: 0, reasons: [] });
});

test("what the image and its family decide", async () => {
  const config_file = host.file("my.cnf", "[mysqld]\n");
  const binds = async (image: string, more: Record<string, string> = {}) => {
    host.docker.images.add(image);
    expect((await host.act("start", { image, config_file, ...more })).code).toBe(0);
    return bindsOf(host.created()).join(" ");
  };
  host.mysql.version = "11.4.2-MariaDB-ubu2404";
  expect(await binds("docker.io/library/mariadb:11")).toContain(":/etc/mysql/conf.d/skyha.cnf:ro");
  expect(host.created()["Env"]).toEqual([`MARIADB_ROOT_PASSWORD_FILE=${TARGET}`]);
  host.mysql.version = "8.0.36-28";
  expect(await binds("percona/percona-server:8.0")).toContain(":/etc/my.cnf.d/skyha.cnf:ro");
  expect(host.created()["Env"]).toEqual([`MYSQL_ROOT_PASSWORD_FILE=${TARGET}`]);
  expect(await binds("own:1", { config_target: "/opt/my.cnf" })).toContain(":/opt/my.cnf:ro");
});

test("settings become options; a command of one's own is run as it is", async () => {
  await host.act("start", { settings: "max_connections=500 'init-connect=SET NAMES utf8mb4' skip-log-bin" });
  expect(host.created()["Cmd"]).toEqual([
    "--datadir=/var/lib/mysql",
    `--port=${host.mysql.port}`,
    "--max_connections=500",
    "--init-connect=SET NAMES utf8mb4",
    "--skip-log-bin",
  ]);
  await host.act("start", { run_cmd: "mysqld_safe --skip-syslog", run_opts: "-p 3306:3306" });
  expect(host.created()).toMatchObject({ Cmd: ["mysqld_safe", "--skip-syslog"] });
  expect(host.created()["HostConfig"]).not.toHaveProperty("NetworkMode");
});

test("a password goes by a file that nobody but root can reach, and nowhere else", async () => {
  const started = await host.act("start", {}, { OCF_TRACE_RA: "1" });
  const body = host.created();
  expect(mounted(body, TARGET)).toBe(`${PASSWORD}\n`);
  const path = bindsOf(body).at(-1)?.split(":")[0] ?? "";
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  const watched = await host.act("monitor", {}, { ...level20, OCF_TRACE_RA: "1" });
  host.mysql.password = "changed";
  const refused = await host.act("monitor", {}, { OCF_TRACE_RA: "1" });
  expect([started.code, watched.code, refused.code]).toEqual([0, 0, 190]);
  const outside = JSON.stringify([started, watched, refused, body]);
  for (const word of ["sw0rd", "sh one"]) expect(outside).not.toContain(word);
  expect((await host.act("stop")).code).toBe(0);
  expect(existsSync(path)).toBe(false);
});

test("root's password can be another file than the agent's", async () => {
  const root_password_file = host.file("root", "of-root\n");
  expect((await host.act("start", { user: "skyha", root_password_file })).code).toBe(0);
  expect(mounted(host.created(), TARGET)).toBe("of-root\n");
  expect((await host.act("start", { user: "skyha" })).code).toBe(0);
  expect(bindsOf(host.created())).toHaveLength(1);
});

test("a password file that went away is worth a look, not a restart; but nothing starts without it", async () => {
  running();
  const password_file = `${host.bench.directory}/gone`;
  const watched = await host.act("monitor", { password_file });
  expect(watched.code).toBe(190);
  expect(watched.reason).toContain("password_file");
  expect((await host.act("stop", { password_file })).code).toBe(0);
  expect((await host.act("start", { password_file })).code).toBe(2);
  expect(host.docker.containers.size).toBe(0);
});

test("validate-all at level 10 looks at the files and the image", async () => {
  const level10 = { OCF_CHECK_LEVEL: "10" };
  expect((await host.act("validate-all", {}, level10)).code).toBe(0);
  for (const name of ["password_file", "root_password_file", "config_file"]) {
    const wrong = { [name]: `${host.bench.directory}/gone` };
    expect((await host.act("validate-all", wrong)).code).toBe(0);
    expect((await host.act("validate-all", wrong, level10)).code).toBe(2);
  }
  expect((await host.act("validate-all", { image: "x" }, level10)).code).toBe(5);
});

test("stop works whatever is written in the parameters", async () => {
  running();
  const wrong = { data_directory: "relative", port: "0", settings: "'", password_file: "x y", user: "a b" };
  expect((await host.act("stop", wrong)).code).toBe(0);
  expect(host.docker.containers.size).toBe(0);
});

const HOSTILE = ["a b", "; reboot", "$(reboot)", "`id`", "'", '"', "a\nb", "a|b", "../../etc", "a:b", "a,b"];
const PATHS = ["data_directory", "container_data", "password_file", "root_password_file", "config_file"];
for (const name of [...PATHS, "config_target", "dialect", "port", "user"]) {
  test(`${name} takes nothing that an engine or a server would read otherwise`, async () => {
    for (const value of HOSTILE.flatMap((word) => [word, `/${word}`])) {
      for (const action of ["start", "monitor", "validate-all"]) {
        const ended = await host.act(action, { [name]: value });
        expect({ value, code: ended.code }).toEqual({ value, code: 6 });
        expect(ended.reason).toStartWith(name);
      }
    }
    expect(host.docker.calls).toEqual([]);
  });
}

const SETTINGS = ["; reboot", "$(id)", "a b|c", "--x=1", "=1", "datadir=/x", "'x"];
for (const value of [
  ...SETTINGS,
  "loose_port=1",
  "skip-grant-tables",
  "skip_networking=1",
  "defaults-file=/x",
]) {
  test(`settings=${value} is refused`, async () => {
    const ended = await host.act("validate-all", { settings: value });
    expect(ended.code).toBe(6);
    expect(ended.reason).toStartWith("settings");
  });
}
