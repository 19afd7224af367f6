import { afterEach, expect, test } from "bun:test";
import type { TlsOptions } from "node:tls";
import { clientsAreAsked, identity, tlsPath } from "../../fixtures/tls/read.ts";
import { fakeContainer } from "../testing/fake-docker.ts";
import { createRedisBench, type RedisBench } from "./bench.ts";

const PASSWORD = "swordfish";
const level20 = { OCF_CHECK_LEVEL: "20" };
const CLIENT = { tls_cert_file: tlsPath("client.pem"), tls_key_file: tlsPath("client.key") };

let host: RedisBench;
afterEach(() => host.clean());

/** A server with TLS only, whose container runs; parameters with its configuration and password. */
async function serving(tls: TlsOptions): Promise<Record<string, string>> {
  host = await createRedisBench(tls);
  host.docker.containers.set("kv", fakeContainer("kv"));
  host.redis.password = PASSWORD;
  host.redis.info["config_file"] = "/run/skyha/redis-secret.conf";
  return {
    config_file: host.file("redis.conf", "tls-cert-file /tls/server.pem\ntls-key-file /tls/server.key\n"),
    password_file: host.file("password", PASSWORD),
  };
}

test("a server that listens only with TLS: a life", async () => {
  const parameters = {
    ...(await serving(identity("server"))),
    tls: "verify-full",
    tls_ca_file: tlsPath("ca.pem"),
  };
  host.docker.containers.clear();
  expect(await host.act("start", parameters)).toMatchObject({ code: 0 });
  const command = host.created()["Cmd"];
  expect(command).toMatchObject({ 2: "--port", 3: "0", 4: "--tls-port", 5: String(host.redis.port) });
  expect(await host.act("monitor", parameters, level20)).toMatchObject({ code: 0, stderr: "" });
  expect(host.redis.keys.size).toBe(1);
  expect((await host.act("stop", parameters)).code).toBe(0);
  expect(host.docker.containers.size).toBe(0);
});

interface Case {
  readonly what: string;
  readonly server: TlsOptions;
  readonly parameters: Record<string, string>;
  readonly code: number;
  readonly reason?: string;
}
const ca = { tls_ca_file: tlsPath("ca.pem") };
const CASES: readonly Case[] = [
  {
    what: "require asks for no authority",
    server: identity("other-ca"),
    parameters: { tls: "require" },
    code: 0,
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
  {
    what: "the same of an older protocol, which refuses within the handshake",
    server: { ...identity("server"), ...clientsAreAsked(), maxVersion: "TLSv1.2" },
    parameters: { tls: "require" },
    code: 190,
    reason: "it refuses the agent's TLS: handshake failure",
  },
];
for (const { what, server, parameters, code, reason } of CASES) {
  test(`monitor with TLS: ${what} → ${code}`, async () => {
    const ended = await monitorOf(server, parameters);
    expect(ended.code).toBe(code);
    if (reason === undefined) expect(ended.reasons).toEqual([]);
    else expect(ended.reason).toContain(reason);
    expect(host.redis.commands.some(([verb]) => verb === "AUTH")).toBe(code === 0);
  });
}

async function monitorOf(server: TlsOptions, parameters: Record<string, string>) {
  const common = await serving(server);
  return host.act("monitor", { ...common, ...parameters });
}

test("a start that cannot verify the server fails soon and says why", async () => {
  const parameters = await serving(identity("elsewhere"));
  host.docker.containers.clear();
  const ended = await host.act("start", { ...parameters, tls: "verify-full", ...ca });
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("certificate fails");
  expect(ended.ms).toBeLessThan(5000);
});

test("authorities that went away or are none: worth a look and no password sent; nothing starts without them", async () => {
  const parameters = { ...(await serving(identity("server"))), tls: "verify-ca" };
  for (const tls_ca_file of ["/nowhere/ca.pem", host.file("ca.pem", "none\n")]) {
    const watched = await host.act("monitor", { ...parameters, tls_ca_file });
    expect(watched.code).toBe(190);
    expect(watched.reason).toContain(`tls_ca_file ${tls_ca_file}`);
    host.docker.containers.clear();
    expect((await host.act("start", { ...parameters, tls_ca_file })).code).toBe(2);
    expect(host.docker.containers.size).toBe(0);
    host.docker.containers.set("kv", fakeContainer("kv"));
  }
  expect(host.redis.commands.map(([verb]) => verb)).not.toContain("AUTH");
});

test("a certificate with another's key is refused before anything starts", async () => {
  const parameters = await serving(identity("server"));
  host.docker.containers.clear();
  const files = { ...CLIENT, tls_key_file: tlsPath("server.key") };
  const ended = await host.act("start", { ...parameters, tls: "require", ...files });
  expect(ended.code).toBe(2);
  expect(ended.reason).toContain("cannot be used together");
});

test("a server without TLS where TLS is wanted is a failure, told before the time-out", async () => {
  host = await createRedisBench();
  host.docker.containers.set("kv", fakeContainer("kv"));
  host.redis.mode = "full";
  const parameters = { tls: "require", run_cmd: "redis-server" };
  const ended = await host.act("monitor", parameters, { OCF_RESKEY_CRM_meta_timeout: "2000" });
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("it does not speak TLS");
});

test("a server that hangs before its certificate is told in time", async () => {
  host = await createRedisBench();
  host.docker.containers.set("kv", fakeContainer("kv"));
  host.redis.mode = "hangs";
  const parameters = { tls: "require", run_cmd: "redis-server" };
  const ended = await host.act("monitor", parameters, { OCF_RESKEY_CRM_meta_timeout: "1500" });
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("no answer in");
});

test("settings that cannot work are named", async () => {
  host = await createRedisBench();
  const named = async (parameters: Record<string, string>) =>
    (await host.act("validate-all", parameters)).reason;
  expect(await named({ tls: "require" })).toContain("config_file must be set for tls=require");
  const config_file = "/etc/redis.conf";
  expect(await named({ tls: "verify-ca", config_file })).toContain("tls_ca_file must be set");
  expect(await named({ tls: "require", config_file, tls_cert_file: "/a.pem" })).toContain("go together");
});
