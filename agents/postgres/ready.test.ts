import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { identity, tlsPath } from "../../fixtures/tls/read.ts";
import { fakeContainer } from "../testing/fake-docker.ts";
import { createPostgresBench, PASSWORD, type PostgresBench } from "./bench.ts";

let host: PostgresBench;
beforeEach(async () => {
  host = await createPostgresBench();
});
afterEach(() => host.clean());

const login = () => ({ password_file: host.passwordFile });
const deep = { OCF_CHECK_LEVEL: "20" };
const STARTING = ["57P03", "the database system is starting up"] as const;

/** The server learns of a closed connection a moment after the agent has ended. */
async function allClosed(): Promise<void> {
  for (let looks = 0; looks < 50 && host.server.open.size > 0; looks += 1) await Bun.sleep(10);
  expect(host.server.open.size).toBe(0);
}

test("start waits through recovery and says so once", async () => {
  host.server.refusal = STARTING;
  setTimeout(() => {
    host.server.refusal = undefined;
  }, 500);
  const ended = await host.act("start");
  expect(ended.code).toBe(0);
  expect(ended.ms).toBeGreaterThan(450);
  expect(ended.stderr.match(/waiting for PostgreSQL: the database system is starting up/g)).toHaveLength(1);
});

test("recovery that outlasts the operation is named as what it is", async () => {
  host.server.refusal = STARTING;
  const ended = await host.act("start", {}, { OCF_RESKEY_CRM_meta_timeout: "1500" });
  expect(ended).toMatchObject({
    code: 1,
    reason: "container pg runs but is not ready: the database system is starting up",
  });
});

test("start logs in with the password of the file, as skyha", async () => {
  host.server.password = PASSWORD;
  expect((await host.act("start", login())).code).toBe(0);
  expect(host.server.startups[0]).toContain("application_name\0skyha\0");
  expect(host.server.queries).toEqual(["SELECT pg_is_in_recovery() AS recovering"]);
  await allClosed();
});

test("a wrong password ends start at once, and is not told", async () => {
  host.server.password = PASSWORD;
  writeFileSync(host.passwordFile, "some other word\n");
  const ended = await host.act("start", login());
  expect(ended.code).toBe(1);
  expect(ended.ms).toBeLessThan(1500);
  expect(ended.reason).toStartWith("password_file does not match");
  expect(ended.stderr).not.toContain("some other word");
  // The server lives: monitor does not end it for that.
  const monitor = await host.act("monitor", login());
  expect(monitor.code).toBe(190);
  expect(monitor.reason).toStartWith("password_file does not match");
});

test("without a password, a server that asks for one is ready", async () => {
  host.server.password = PASSWORD;
  expect((await host.act("start")).code).toBe(0);
  expect(await host.act("monitor")).toMatchObject({ code: 0, stderr: "" });
});

test("a monitor asks the engine once and the server over one connection", async () => {
  await host.act("start", login());
  host.docker.calls.length = 0;
  host.server.startups.length = 0;
  expect(await host.act("monitor", login())).toMatchObject({ code: 0, stderr: "", stdout: "" });
  expect(host.docker.calls).toEqual(["GET /containers/pg/json"]);
  expect(host.server.startups).toHaveLength(1);
});

test("a server that takes connections and says nothing fails well before the time-out", async () => {
  host.docker.containers.set("pg", fakeContainer("pg"));
  host.server.isHung = true;
  const ended = await host.act("monitor", login());
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("takes connections, but its server does not answer");
  expect(ended.ms).toBeLessThan(2200);
  await allClosed();
  const start = await host.act("start", login(), { OCF_RESKEY_CRM_meta_timeout: "1200" });
  expect(start.code).toBe(1);
  expect(start.reason).toContain("does not answer");
});

test("nobody at the port: failed", async () => {
  host.docker.containers.set("pg", fakeContainer("pg"));
  const ended = await host.act("monitor", { port: "1" });
  expect(ended.code).toBe(1);
  expect(ended.reason).toStartWith("container pg: 127.0.0.1:1 does not answer");
});

test("in recovery: failed, and never ready", async () => {
  host.server.inRecovery = true;
  host.docker.containers.set("pg", fakeContainer("pg"));
  expect((await host.act("monitor")).reason).toContain("in recovery: a standby");
  const start = await host.act("start", {}, { OCF_RESKEY_CRM_meta_timeout: "1200" });
  expect(start.code).toBe(1);
  expect(start.reason).toContain("in recovery");
});

test("a server that restarts itself is given a moment", async () => {
  host.docker.containers.set("pg", fakeContainer("pg"));
  host.server.refusal = ["57P03", "the database system is in recovery mode"];
  setTimeout(() => {
    host.server.refusal = undefined;
  }, 400);
  expect(await host.act("monitor")).toMatchObject({ code: 0, stderr: "" });
  host.server.refusal = ["57P03", "the database system is in recovery mode"];
  const ended = await host.act("monitor");
  expect(ended.code).toBe(1);
  expect(ended.ms).toBeLessThan(2200);
});

test("no connection left: degraded, and a start that came so far is a start", async () => {
  host.server.refusal = ["53300", "sorry, too many clients already"];
  expect((await host.act("start")).code).toBe(0);
  for (const env of [{}, deep]) {
    const ended = await host.act("monitor", {}, env);
    expect(ended.code).toBe(190);
    expect(ended.reason).toContain("too many clients");
  }
});

test("a password file that vanished degrades a running server and stops a start", async () => {
  await host.act("start", login());
  rmSync(host.passwordFile);
  host.server.password = PASSWORD;
  const ended = await host.act("monitor", login());
  expect(ended.code).toBe(190);
  expect(ended.reason).toContain("cannot be read on this host");
  expect((await host.act("start", login())).code).toBe(2);
  host.server.isHung = true;
  expect((await host.act("monitor", login())).code).toBe(1);
});

test("level 20 writes into its own schema, made when missing", async () => {
  host.docker.containers.set("pg", fakeContainer("pg"));
  expect((await host.act("monitor", { write_test_schema: "ours" }, deep)).code).toBe(0);
  expect(host.server.queries.at(-1)).toStartWith('INSERT INTO "ours".write_test ');
  host.server.queries.length = 0;
  host.server.writeError = ["3F000", "schema does not exist"];
  await host.act("monitor", {}, deep);
  expect(host.server.queries).toContain('CREATE SCHEMA IF NOT EXISTS "skyha"');
  host.server.queries.length = 0;
  expect((await host.act("monitor", { write_test: "no" }, deep)).code).toBe(0);
  expect((await host.act("monitor", {}, { OCF_CHECK_LEVEL: "10" })).code).toBe(0);
  expect(host.server.queries.filter((query) => query.startsWith("INSERT"))).toEqual([]);
});

test("level 20 calls a server degraded whose disk is nearly full, although its one row went in", async () => {
  host.docker.containers.set("pg", fakeContainer("pg"));
  host.bench.room = 15 * 1024 * 1024;
  const ended = await host.act("monitor", {}, deep);
  expect(ended.code).toBe(190);
  expect(ended.reason).toContain("15.0 MiB are left");
  expect((await host.act("monitor")).code).toBe(0);
  host.bench.room = 17 * 1024 * 1024;
  expect((await host.act("monitor", {}, deep)).code).toBe(0);
});

test.each([
  ["25006", "cannot execute INSERT in a read-only transaction", 1],
  ["53100", "could not extend file: No space left on device", 1],
  ["42501", "permission denied for database postgres", 190],
] as const)("level 20 with %s", async (state, text, code) => {
  host.docker.containers.set("pg", fakeContainer("pg"));
  host.server.writeError = [state, text];
  const ended = await host.act("monitor", {}, deep);
  expect(ended.code).toBe(code);
  expect(ended.reason).toContain(text);
});

test("TLS: prefer goes on without, require does not", async () => {
  host.docker.containers.set("pg", fakeContainer("pg"));
  expect((await host.act("monitor", { tls: "prefer" })).code).toBe(0);
  const ended = await host.act("monitor", { tls: "require" });
  expect(ended).toMatchObject({ code: 190, reason: "tls=require, but the server offers no TLS" });
  expect((await host.act("start", { tls: "require" })).code).toBe(1);
});

test.each([
  ["require", "ca", "other-ca", 0, undefined],
  ["verify-full", "ca", "server", 0, undefined],
  ["verify-full", "ca", "elsewhere", 190, "its certificate fails: Hostname/IP"],
  ["verify-full", "other-ca", "server", 190, "its certificate fails: unable to"],
] as const)("tls=%s by %s, with the certificate of %s → %i", async (tls, authority, name, code, reason) => {
  host.docker.containers.set("pg", fakeContainer("pg"));
  host.server.tls = identity(name);
  const ended = await host.act("monitor", { tls, tls_ca_file: tlsPath(`${authority}.pem`) });
  expect(ended.code).toBe(code);
  if (reason !== undefined) expect(ended.reason).toContain(reason);
  expect(host.server.queries.length > 0).toBe(code === 0);
});

test("authorities that are none: the server is not taken for dead, and nothing starts", async () => {
  const tls_ca_file = tlsPath("server.key");
  host.docker.containers.set("pg", fakeContainer("pg"));
  host.server.tls = identity("server");
  const ended = await host.act("monitor", { tls: "verify-full", tls_ca_file });
  expect(ended.code).toBe(190);
  expect(ended.reason).toContain(`tls_ca_file ${tls_ca_file} holds no certificate`);
  expect((await host.act("start", { tls: "verify-full", tls_ca_file })).code).toBe(2);
});

test.each([
  ["an authentication nobody knows", Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 99])],
  ["another protocol", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ["a flood", Buffer.alloc(3 * 1024 * 1024, 0x7f)],
])("whoever answers at the port with %s is no PostgreSQL", async (_name, bytes) => {
  host.docker.containers.set("pg", fakeContainer("pg"));
  host.server.nonsense = bytes;
  const ended = await host.act("monitor", login());
  expect(ended.code).toBe(1);
  expect(ended.reason).not.toContain("internal error");
});
