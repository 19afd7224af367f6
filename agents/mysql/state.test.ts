import { afterEach, beforeEach, expect, test } from "bun:test";
import { fakeContainer } from "../testing/fake-docker.ts";
import { createMysqlBench, type MysqlBench } from "./bench.ts";
import { parseGreeting } from "./greeting.ts";
import { judgeReadOnly } from "./judge.ts";

const level20 = { OCF_CHECK_LEVEL: "20" };
const short = { OCF_RESKEY_CRM_meta_timeout: "1500" };
const noPassword = { password_file: "" };

let host: MysqlBench;
beforeEach(async () => {
  host = await createMysqlBench();
  host.docker.containers.set("db", fakeContainer("db"));
});
afterEach(() => host.clean());

test("start waits for a server that recovers before it listens", async () => {
  host.docker.containers.clear();
  const port = String(host.mysql.port);
  await host.mysql.close();
  const started = host.act("start", { port, start_timeout: "5" });
  setTimeout(() => host.mysql.listen(), 700);
  const ended = await started;
  expect(ended.code).toBe(0);
  expect(ended.ms).toBeGreaterThan(650);
});

test("start that waits in vain says for what", async () => {
  host.docker.containers.clear();
  await host.mysql.close();
  const ended = await host.act("start", { start_timeout: "1" });
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("runs but is not ready: mysql at 127.0.0.1");
  expect((await host.act("monitor")).reason).toContain("does not answer");
});

test("a lasting failure ends a start early", async () => {
  host.docker.containers.clear();
  host.mysql.password = "changed";
  const ended = await host.act("start");
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("error 1045");
  expect(ended.ms).toBeGreaterThan(1500);
  expect(ended.ms).toBeLessThan(5000);
});

interface Case {
  readonly what: string;
  readonly set: () => void;
  readonly parameters?: Record<string, string>;
  readonly env?: Record<string, string>;
  readonly code: number;
  readonly reason?: string;
}
const refuse = (text: string, number: number) => () =>
  void host.mysql.errors.set(text, { number, text: "as the server says" });
const full = () => {
  host.mysql.greetingError = { number: 1040, text: "Too many connections" };
};
const notPrivileged = () => {
  host.mysql.greetingError = { number: 1130, text: "Host '10.0.0.1' is not allowed to connect" };
};
const CASES: readonly Case[] = [
  { what: "nothing wrong", set: () => {}, env: level20, code: 0 },
  {
    what: "MariaDB's version",
    set: () => {
      host.mysql.version = "5.5.5-10.11.6-MariaDB";
      host.mysql.errors.set("super_read_only", { number: 1193, text: "Unknown system variable" });
    },
    env: level20,
    code: 0,
  },
  {
    what: "the other family on the port",
    set: () => (host.mysql.version = "11.4.2-MariaDB"),
    parameters: { dialect: "mysql" },
    code: 1,
    reason: "another server answers on its port",
  },
  {
    what: "read_only",
    set: () => (host.mysql.variables = { read_only: "1" }),
    code: 1,
    reason: "read-only (read_only=1)",
  },
  {
    what: "super_read_only",
    set: () => (host.mysql.variables = { super_read_only: "1" }),
    code: 1,
    reason: "super_read_only=1",
  },
  { what: "no connection left", set: full, code: 190, reason: "max_connections" },
  { what: "no connection left, unasked", set: full, parameters: noPassword, code: 190, reason: "max_conn" },
  {
    what: "a changed password",
    set: () => {
      host.mysql.password = "changed";
    },
    code: 190,
    reason: "error 1045",
  },
  { what: "a refused address", set: notPrivileged, code: 1, reason: "error 1130" },
  { what: "a refused address, unasked", set: notPrivileged, parameters: noPassword, code: 0 },
  { what: "a greeting, unasked", set: () => {}, parameters: noPassword, env: level20, code: 0 },
  { what: "an expired password", set: refuse("@@global.version", 1820), code: 190, reason: "expired" },
  {
    what: "another protocol",
    set: () => (host.mysql.mode = "talks nonsense"),
    parameters: noPassword,
    code: 1,
    reason: "220 mail",
  },
  {
    what: "another protocol, asked",
    set: () => (host.mysql.mode = "talks nonsense"),
    env: short,
    code: 1,
    reason: "mysql at",
  },
  { what: "hanging up", set: () => (host.mysql.mode = "hangs up"), code: 1, reason: "mysql at" },
  {
    what: "hanging up, unasked",
    set: () => (host.mysql.mode = "hangs up"),
    parameters: noPassword,
    code: 1,
    reason: "mysql at",
  },
  { what: "silence", set: () => (host.mysql.mode = "hangs"), env: short, code: 1, reason: "no answer" },
  {
    what: "silence, unasked",
    set: () => (host.mysql.mode = "hangs"),
    parameters: noPassword,
    env: short,
    code: 1,
    reason: "no answer",
  },
  {
    what: "silence after the login",
    set: () => (host.mysql.mode = "hangs later"),
    env: short,
    code: 1,
    reason: "no answer",
  },
  { what: "a full disk", set: refuse("REPLACE", 1021), env: level20, code: 1, reason: "refuses writes" },
  { what: "a full disk at level 0", set: refuse("REPLACE", 1021), code: 0 },
  { what: "a lock on all writes", set: refuse("REPLACE", 1205), env: level20, code: 190, reason: "backup" },
  {
    what: "a user without rights",
    set: refuse("REPLACE", 1142),
    env: level20,
    code: 190,
    reason: "schema skyha",
  },
  {
    what: "a write that is not there afterwards",
    set: () => host.mysql.errors.set("SELECT token", { number: 1032, text: "Can't find record" }),
    env: level20,
    code: 1,
    reason: "Can't find record",
  },
];
for (const { what, set, parameters = {}, env = {}, code, reason } of CASES) {
  test(`monitor of a server with: ${what} → ${code}`, async () => {
    set();
    const ended = await host.act("monitor", parameters, env);
    expect(ended).toMatchObject({ code });
    if (reason !== undefined) expect(ended.reason).toContain(reason);
    expect(ended.reasons).toHaveLength(reason === undefined ? 0 : 1);
    expect(ended.ms).toBeLessThan(1500);
  });
}

test("the write test makes its table once", async () => {
  host.mysql.token = undefined;
  for (const _twice of [1, 2]) expect((await host.act("monitor", {}, level20)).code).toBe(0);
  const made = host.mysql.statements.filter((sql) => sql.startsWith("CREATE"));
  expect(made).toHaveLength(2);
  expect(made.every((sql) => sql.includes("IF NOT EXISTS skyha"))).toBe(true);
});

test("read_only has more than two values in newer MariaDB", () => {
  for (const value of [0, "0", "OFF"]) expect(judgeReadOnly({ read_only: value }).kind).toBe("serving");
  for (const value of [1, "ON", "NO_LOCK_NO_ADMIN"]) {
    expect(judgeReadOnly({ read_only: value }).kind).toBe("failed");
  }
});

test("greetings, whole and in pieces", () => {
  const packet = (...body: readonly number[]) => Buffer.from([body.length, 0, 0, 0, ...body]);
  const whole = packet(10, 0x38, 0x2e, 0x34, 0, 1, 2, 3);
  expect(parseGreeting(whole)).toEqual({ kind: "version", version: "8.4" });
  for (let cut = 0; cut < whole.length; cut += 1)
    expect(parseGreeting(whole.subarray(0, cut))).toBeUndefined();
  const error = packet(0xff, 0x10, 0x04, ...Buffer.from("#08004Too many"));
  expect(parseGreeting(error)).toEqual({ kind: "error", error: { number: 1040, text: "Too many" } });
  expect(() => parseGreeting(packet(9, 0))).toThrow("does not speak");
  expect(() => parseGreeting(packet(10, 1, 2))).toThrow("does not speak");
  expect(() => parseGreeting(Buffer.from("SSH-2.0-x"))).toThrow("does not speak");
});
