import { afterEach, beforeEach, expect, test } from "bun:test";
import type { TlsOptions } from "node:tls";
import { clientsAreAsked, identity, tlsPath } from "../../fixtures/tls/read.ts";
import { fakeContainer } from "../testing/fake-docker.ts";
import { createMysqlBench, type MysqlBench } from "./bench.ts";

const level20 = { OCF_CHECK_LEVEL: "20" };
const ca = { tls_ca_file: tlsPath("ca.pem") };
const CLIENT = { tls_cert_file: tlsPath("client.pem"), tls_key_file: tlsPath("client.key") };

let host: MysqlBench;
beforeEach(async () => {
  host = await createMysqlBench();
  host.docker.containers.set("db", fakeContainer("db"));
  host.mysql.tls = identity("server");
  host.mysql.requiresTls = true;
});
afterEach(() => host.clean());

test("a server that requires secure transport: a life", async () => {
  const parameters = { tls: "verify-full", ...ca };
  host.docker.containers.clear();
  expect(await host.act("start", parameters)).toMatchObject({ code: 0 });
  expect(await host.act("monitor", parameters, level20)).toMatchObject({ code: 0, stderr: "" });
  expect(host.mysql.statements.some((sql) => sql.startsWith("REPLACE"))).toBe(true);
  expect((await host.act("stop", parameters)).code).toBe(0);
});

test("without TLS it refuses the agent, which is degraded and names the parameter", async () => {
  const ended = await host.act("monitor");
  expect(ended.code).toBe(190);
  expect(ended.reason).toContain("it wants TLS; set tls");
});

interface Case {
  readonly what: string;
  /** undefined: it offers no TLS. */
  readonly server: TlsOptions | undefined;
  readonly parameters: Record<string, string>;
  readonly code: number;
  readonly reason?: string;
}
const CASES: readonly Case[] = [
  {
    what: "require asks for no authority",
    server: identity("other-ca"),
    parameters: { tls: "require" },
    code: 0,
  },
  {
    what: "a server that offers none",
    server: undefined,
    parameters: { tls: "require" },
    code: 190,
    reason: "it offers no TLS (tls=require)",
  },
  {
    what: "another authority",
    server: identity("server"),
    parameters: { tls: "verify-ca", tls_ca_file: tlsPath("other-ca.pem") },
    code: 190,
    reason: "its certificate fails: unable to verify",
  },
  {
    what: "another name, with verify-full",
    server: identity("elsewhere"),
    parameters: { tls: "verify-full", ...ca },
    code: 190,
    reason: "its certificate fails: Hostname/IP does not match",
  },
  {
    what: "another name, with verify-ca",
    server: identity("elsewhere"),
    parameters: { tls: "verify-ca", ...ca },
    code: 0,
  },
  {
    what: "a server that wants a certificate, and gets none",
    server: { ...identity("server"), ...clientsAreAsked() },
    parameters: { tls: "verify-ca", ...ca },
    code: 190,
    reason: "it refuses the agent's TLS: certificate required",
  },
  {
    what: "a server that wants a certificate, and gets it",
    server: { ...identity("server"), ...clientsAreAsked() },
    parameters: { tls: "verify-ca", ...ca, ...CLIENT },
    code: 0,
  },
];
for (const { what, server, parameters, code, reason } of CASES) {
  test(`monitor with TLS: ${what} → ${code}`, async () => {
    host.mysql.tls = server;
    const ended = await host.act("monitor", parameters);
    expect(ended.code).toBe(code);
    if (reason === undefined) expect(ended.reasons).toEqual([]);
    else expect(ended.reason).toContain(reason);
    expect(host.mysql.statements.length > 0).toBe(code === 0);
  });
}

test("a start that cannot verify the server fails soon and says why", async () => {
  host.docker.containers.clear();
  const ended = await host.act("start", { tls: "verify-ca", tls_ca_file: tlsPath("other-ca.pem") });
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("certificate fails");
  expect(ended.ms).toBeLessThan(5000);
});

test("authorities that went away: degraded by the greeting alone, without a login; nothing starts", async () => {
  const parameters = { tls: "verify-ca", tls_ca_file: "/nowhere/ca.pem" };
  const watched = await host.act("monitor", parameters);
  expect(watched.code).toBe(190);
  expect(watched.reason).toContain("tls_ca_file /nowhere/ca.pem");
  expect(host.mysql.statements).toEqual([]);
  expect((await host.act("stop", parameters)).code).toBe(0);
  expect((await host.act("start", parameters)).code).toBe(2);
  expect(host.docker.containers.size).toBe(0);
});

test("a server that hangs in the TLS handshake is told in time", async () => {
  // It greets, offers TLS, and then says nothing.
  host.mysql.mode = "hangs in TLS";
  const ended = await host.act("monitor", { tls: "require" }, { OCF_RESKEY_CRM_meta_timeout: "1500" });
  expect(ended.code).toBe(1);
  expect(ended.ms).toBeLessThan(1500);
  expect(ended.reason).toContain("no answer in");
});

test("settings that cannot work are named", async () => {
  const named = async (parameters: Record<string, string>) =>
    (await host.act("validate-all", parameters)).reason;
  expect(await named({ tls: "verify-full" })).toContain("tls_ca_file must be set for tls=verify-full");
  expect(await named({ tls: "require", tls_key_file: "/a.key" })).toContain("go together");
});
