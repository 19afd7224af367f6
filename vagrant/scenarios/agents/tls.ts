import assert from "node:assert/strict";
import { tlsPath } from "../../../fixtures/tls/read.ts";
import type { Resource } from "../../kit/agent.ts";
import { IMAGE } from "../../kit/product.ts";
import type { Scenario } from "../../kit/story.ts";
import { type Bench, onBoth, SECRETS, send, VOLUME } from "./bench.ts";
import { expectCode, started, stopped } from "./container.ts";
import { common } from "./databases.ts";

/** Servers that nobody can talk to without TLS, certificates of both sides included. */

const FILES = `${SECRETS}/tls`;
/** Where the container finds them. */
const INSIDE = "/tls";
const CONFIG = `${SECRETS}/redis-tls.conf`;

const trusting = {
  tls: "verify-full",
  tls_ca_file: `${FILES}/ca.pem`,
  run_opts: `-v ${FILES}:${INSIDE}:ro`,
} as const;

const redis = (bench: Bench): Resource =>
  bench.make("redis", "redis", {
    ...common,
    ...trusting,
    image: IMAGE.redis,
    data_directory: `${VOLUME}/redis`,
    config_file: CONFIG,
    tls_cert_file: `${FILES}/client.pem`,
    tls_key_file: `${FILES}/client.key`,
  });

const mariadb = (bench: Bench): Resource =>
  bench.make("mysql", "maria", {
    ...common,
    ...trusting,
    image: IMAGE.mariadb,
    data_directory: `${VOLUME}/maria`,
    settings: `ssl-cert=${INSIDE}/server.pem ssl-key=${INSIDE}/server.key require_secure_transport=ON`,
  });

const prepare = onBoth("certificates for the servers and for the agent", async (bench) => {
  await bench.run(`mkdir -p ${FILES}`);
  for (const file of [
    "ca.pem",
    "other-ca.pem",
    "server.pem",
    "server.key",
    "client.pem",
    "client.key",
  ] as const) {
    // The servers have given up root, and the directory above lets nobody else in.
    await send(bench, tlsPath(file), `cat > ${FILES}/${file} && chmod 644 ${FILES}/${file}`);
  }
  const config = ["tls-cert-file", "tls-key-file"].map(
    (name, index) => `${name} ${INSIDE}/server.${["pem", "key"][index]}`,
  );
  const lines = [...config, `tls-ca-cert-file ${INSIDE}/ca.pem`, "tls-auth-clients yes"];
  await bench.run(
    `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} > ${CONFIG} && chmod 644 ${CONFIG}`,
  );
});

function scenariosOf(title: string, make: (bench: Bench) => Resource, plainAnswer: RegExp): Scenario[] {
  const lives = onBoth(
    `${title} with TLS only starts, serves at every level, and stops cleanly`,
    async (bench) => {
      const resource = make(bench);
      await stopped(bench, resource);
      await started(bench, resource);
      for (const level of [0, 10, 20] as const) await expectCode(resource, 0, "monitor", { level });
    },
  );
  const wrongAuthority = onBoth(
    `${title} whose certificate the agent cannot verify is degraded, not dead`,
    async (bench) => {
      const resource = make(bench);
      await started(bench, resource);
      const parameters = { tls_ca_file: `${FILES}/other-ca.pem` };
      const ended = await expectCode(resource, 190, "monitor", { parameters });
      assert.match(ended.reason, /certificate fails/);
    },
  );
  const ends = onBoth(
    `${title} with TLS only: without TLS the agent finds no way in; it stops`,
    async (bench) => {
      const resource = make(bench);
      await started(bench, resource);
      const ended = await resource.act("monitor", { parameters: { tls: "disable" } });
      assert.notEqual(ended.code, 0);
      assert.match(ended.reason, plainAnswer);
      await stopped(bench, resource);
    },
  );
  return [lives, wrongAuthority, ends];
}

export const tlsStates: readonly Scenario[] = [
  prepare,
  ...scenariosOf("Redis", redis, /does not answer|closed the connection/),
  // Only newer versions say that it is for TLS.
  ...scenariosOf("MariaDB", mariadb, /refuses the agent|wants TLS/),
];
