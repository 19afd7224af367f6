import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fakeContainer } from "../testing/fake-docker.ts";
import { installFakePodman } from "../testing/fake-podman.ts";
import { createPostgresBench, PASSWORD, type PostgresBench } from "./bench.ts";
import { postgresParameters } from "./parameters.ts";

let host: PostgresBench;
beforeEach(async () => {
  host = await createPostgresBench();
});
afterEach(() => host.clean());

const created = () => host.docker.containers.get("pg")?.body ?? {};
const probe = { OCF_RESKEY_CRM_meta_interval: "0" };

test("a server lives: probe, start, start, monitor, stop, stop, probe", async () => {
  expect((await host.act("monitor", {}, probe)).code).toBe(7);
  expect((await host.act("start")).code).toBe(0);
  host.docker.calls.length = 0;
  expect((await host.act("start")).code).toBe(0);
  expect(host.docker.calls.every((call) => call.startsWith("GET"))).toBe(true);
  expect((await host.act("monitor")).code).toBe(0);
  expect((await host.act("stop")).code).toBe(0);
  expect(host.docker.containers.size).toBe(0);
  expect((await host.act("stop")).code).toBe(0);
  expect(await host.act("monitor", {}, probe)).toMatchObject({ code: 7, stderr: "" });
});

test("the container has the data, the settings and the fast shutdown", async () => {
  const config = join(host.bench.directory, "postgresql.conf");
  writeFileSync(config, "");
  const parameters = {
    config_file: config,
    settings: "shared_buffers=2GB 'log_line_prefix=%m [%p] '",
    run_opts: "--shm-size=256m -v /tmp:/var/lib/postgresql/data/pgdata/pg_wal",
  };
  expect((await host.act("start", parameters)).code).toBe(0);
  expect(created()).toMatchObject({
    Cmd: [
      "postgres",
      "-c",
      "data_directory=/var/lib/postgresql/data/pgdata",
      "-c",
      `port=${host.server.port}`,
      "-c",
      "config_file=/etc/postgresql/postgresql.conf",
      "-c",
      "shared_buffers=2GB",
      "-c",
      "log_line_prefix=%m [%p] ",
    ],
    Env: ["PGDATA=/var/lib/postgresql/data/pgdata"],
    StopSignal: "SIGINT",
    HostConfig: {
      NetworkMode: "host",
      ShmSize: 268435456,
      Mounts: [
        { Type: "bind", Source: host.data, Target: "/var/lib/postgresql/data" },
        { Type: "bind", Source: config, Target: "/etc/postgresql/postgresql.conf", ReadOnly: true },
      ],
    },
  });
  await host.act("stop");
  await host.act("start", { shutdown: "smart", run_opts: "-p 5432:5432", run_cmd: "entry 'a b'" });
  expect(created()).toMatchObject({ StopSignal: "SIGTERM" });
  expect(JSON.stringify(created()["HostConfig"])).not.toContain("NetworkMode");
  expect(JSON.stringify(created()["Cmd"])).toStartWith('["entry","a b","-c",');
});

test("the password is in no request, no output and no file but its own", async () => {
  host.server.password = PASSWORD;
  const parameters = { password_file: host.passwordFile };
  const trace = { OCF_TRACE_RA: "1", OCF_CHECK_LEVEL: "20" };
  const ended = [];
  for (const action of ["validate-all", "start", "monitor"]) {
    ended.push(await host.act(action, parameters, trace));
  }
  const body = JSON.stringify(created());
  expect(body).toContain("POSTGRES_PASSWORD_FILE=/run/secrets/postgres.password");
  expect(body).toContain(
    `"Source":"${host.passwordFile}","Target":"/run/secrets/postgres.password","ReadOnly":true`,
  );
  const state = readdirSync(join(host.bench.directory, "run")).map((name) =>
    readFileSync(join(host.bench.directory, "run", name), "utf8"),
  );
  ended.push(await host.act("stop", parameters, trace));
  const told = ended.map(({ stdout, stderr }) => stdout + stderr);
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  for (const text of [body, ...state, ...told, ...host.docker.calls]) expect(text).not.toContain(PASSWORD);
});

test("a password that everybody may read is worth a warning", async () => {
  const parameters = { password_file: host.passwordFile };
  expect((await host.act("start", parameters)).stderr).not.toContain("WARNING");
  chmodSync(host.passwordFile, 0o644);
  expect((await host.act("start", parameters)).stderr).toContain("chmod 600");
});

test("podman is given the same, and its image is asked for its version", async () => {
  const podman = installFakePodman(host.bench);
  const parameters = { engine: "podman", image: "img", password_file: host.passwordFile };
  podman.imageEnv(["PG_MAJOR=16"]);
  expect((await host.act("start", parameters)).reason).toContain("image img is PostgreSQL 16");
  podman.imageEnv(["PATH=/bin", "PG_MAJOR=17"]);
  expect((await host.act("start", parameters)).code).toBe(0);
  const run = podman.calls().find((call) => call.startsWith("run ")) ?? "";
  expect(run).toContain(
    `--network=host --mount=type=bind,source=${host.data},target=/var/lib/postgresql/data --env=PGDATA=`,
  );
  expect(run).toContain("--stop-signal=SIGINT img postgres -c data_directory=");
  expect((await host.act("stop", parameters)).code).toBe(0);
});

const WRONG: readonly [name: string, value: string, told?: string][] = [
  ["data_directory", ""],
  ["data_directory", "relative"],
  ["data_directory", "/a/../b"],
  ["data_directory", "/a,target=/etc"],
  ["data_directory", "/a:/etc"],
  ["pgdata", "/data"],
  ["pgdata", "/a/../../b"],
  ["port", "0"],
  ["user", "a' OR 1"],
  ["user", "x".repeat(64)],
  ["database", "a;b"],
  ["password_file", "secret"],
  ["config_file", "/a b"],
  ["settings", "shared_buffers"],
  ["settings", "a=1 -D/etc"],
  ["settings", "-c x=1"],
  ["settings", "a=$(id)"],
  ["settings", "a=1; reboot"],
  ["settings", "data_directory=/etc"],
  ["settings", "PORT=1"],
  ["tls", "verify-ca"],
  ["tls", "verify-full", "tls_ca_file"],
  ["shutdown", "immediate"],
  ["write_test_schema", 'x"; DROP TABLE t; --'],
  ["write_test_schema", "pg_catalog"],
  ["run_opts", "-e PGDATA=/other"],
  ["run_opts", "-e POSTGRES_PASSWORD=postgres"],
  ["run_opts", "-v /tmp:/var/lib/postgresql/data"],
  ["run_opts", "--mount type=bind,src=/tmp,dst=/var/lib/postgresql/data/pgdata/"],
  ["run_opts", "--tmpfs /var/lib/postgresql/data/pgdata:size=1g"],
];
test.each(WRONG)("%s=%s is refused everywhere", async (name, value, told = name) => {
  for (const action of ["validate-all", "start", "monitor"]) {
    const ended = await host.act(action, { [name]: value });
    expect(ended.code).toBe(6);
    expect(ended.reason).toStartWith(told);
  }
  expect(host.docker.calls).toEqual([]);
  host.docker.containers.set("pg", fakeContainer("pg"));
  expect(await host.act("stop", { [name]: value })).toMatchObject({ code: 0, reason: undefined });
  expect(host.docker.containers.size).toBe(0);
});

test("a secret in run_opts is refused without repeating it", async () => {
  const ended = await host.act("validate-all", { run_opts: "-e POSTGRES_PASSWORD=hunter22" });
  expect(ended.reason).toContain("belongs into password_file");
  expect(ended.stderr).not.toContain("hunter22");
});

const JUNK = [
  "$(touch OWNED)",
  "`id`",
  "'",
  '"',
  "a\nocf-exit-reason:forged",
  "--",
  "../..",
  "%s%n",
  "é😀",
  "__proto__",
];
test("hostile values in every parameter: a code of the table, one reason, nothing done", async () => {
  for (const name of Object.keys(postgresParameters)) {
    for (const value of JUNK) {
      const ended = await host.act("start", { [name]: value }, { OCF_RESKEY_CRM_meta_timeout: "700" });
      expect([0, 1, 2, 5, 6]).toContain(ended.code);
      expect(ended.reasons.length).toBeLessThanOrEqual(1);
      expect(ended.stderr).not.toContain("internal error");
      expect(ended.stderr).not.toContain("\nocf-exit-reason:forged");
    }
  }
  expect(statSync(host.bench.directory).isDirectory()).toBe(true);
  expect(readdirSync(host.bench.directory)).not.toContain("OWNED");
}, 60_000);

test("an env file cannot lead the server to other data", async () => {
  const file = join(host.bench.directory, "env");
  writeFileSync(file, "TZ=UTC\nPGDATA=/other\n");
  const ended = await host.act("start", { env_file: file });
  expect(ended.code).toBe(2);
  expect(ended.reason).toContain("must not hold PGDATA");
});

test("validate-all at level 10 looks for the files", async () => {
  const deep = { OCF_CHECK_LEVEL: "10" };
  expect((await host.act("validate-all", { password_file: host.passwordFile }, deep)).code).toBe(0);
  for (const parameters of [
    { password_file: "/nowhere/password" },
    { config_file: "/nowhere/postgresql.conf" },
    { tls: "verify-full", tls_ca_file: "/nowhere/ca.pem" },
  ]) {
    const ended = await host.act("validate-all", parameters, deep);
    expect(ended.code).toBe(2);
    expect(ended.reason).toContain("/nowhere/");
  }
});
