import { randomBytes } from "node:crypto";
import type { Change } from "../../core/change.ts";
import { run } from "../../core/host.ts";
import { durableConfig } from "../config/durable.ts";
import type { Config, HostConfig } from "../config/schema.ts";
import { fenceFiles, type HostFacts } from "../facts/host.ts";
import type { LocalFacts } from "../facts/local.ts";
import { PATHS } from "../names.ts";
import type { InstallFacts, Step } from "../plan/plan.ts";
import { fileChange, fileOf } from "./tools.ts";

/** The applied configuration, passwords and small system files, the same on both hosts. */
export const writeSettings: Step = {
  id: "settings",
  title: "Settings and secrets",
  after: [],
  plan: (config, facts) => [
    ...planPostgresPassword(config, facts),
    ...facts.hosts.flatMap((host) => [
      ...planConfig(config, host),
      ...planModules(host),
      ...planNfs(host),
      ...config.hosts.flatMap((target) => planFence(target, host, facts.local)),
    ]),
  ],
};

function planConfig(config: Config, host: HostFacts): Change[] {
  const before = fileOf(host, PATHS.config);
  return fileChange({
    step: "settings",
    host: host.name,
    path: PATHS.config,
    before,
    after: durableConfig(config),
  });
}

function planModules(host: HostFacts): Change[] {
  const path = "/etc/modules-load.d/skyha.conf";
  return fileChange({ step: "settings", host: host.name, path, before: fileOf(host, path), after: "drbd\n" });
}

/**
 * Clients of the old server get their locks back during the grace period; until it ends nobody writes. The
 * kernel's 90 s would be an outage of 90 s. nfs.conf(5), section nfsd.
 */
function planNfs(host: HostFacts): Change[] {
  const path = "/etc/nfs.conf.d/skyha.conf";
  const after = "[nfsd]\nvers3=n\ngrace-time=10\nlease-time=10\n";
  return fileChange({ step: "settings", host: host.name, path, before: fileOf(host, path), after });
}

/** Password of the BMC, and the script through which the fence agent asks for it: never in the CIB. */
function planFence(target: HostConfig, host: HostFacts, local: LocalFacts): Change[] {
  if (target.fence === undefined || target.name === host.name) return [];
  const [passwordPath, scriptPath] = fenceFiles(target.name);
  const password = secretOf(local, target.fence.password_file);
  const script = `#!/bin/sh\nexec cat ${passwordPath}\n`;
  return [
    ...secretFile(host, passwordPath, `${password}\n`, 0o600),
    ...fileChange({
      step: "settings",
      host: host.name,
      path: scriptPath,
      before: fileOf(host, scriptPath),
      after: script,
      mode: 0o700,
    }),
  ];
}

/** As fileChange, but its preview never shows the content. */
function secretFile(host: HostFacts, path: string, after: string, mode: number): Change[] {
  return fileChange({ step: "settings", host: host.name, path, before: fileOf(host, path), after, mode }).map(
    (change) => ({
      ...change,
      preview: [`${path}: secret, mode ${mode.toString(8).padStart(4, "0")}`],
    }),
  );
}

/** One password for the pair: the given one, else the one a host already has, else a new one. */
function planPostgresPassword(config: Config, facts: InstallFacts): Change[] {
  const postgres = config.services.postgres;
  if (postgres === undefined) return [];
  const path = `${PATHS.secrets}/postgres.password`;
  const given =
    postgres.password_file === undefined ? undefined : `${secretOf(facts.local, postgres.password_file)}\n`;
  const held = facts.hosts.map((host) => fileOf(host, path));
  const wanted = given ?? held.find((text) => text !== undefined);
  if (wanted !== undefined) return facts.hosts.flatMap((host) => secretFile(host, path, wanted, 0o600));
  return [generatedPassword(path)];
}

function secretOf(local: LocalFacts, path: string): string {
  const secret = local.secrets.get(path);
  if (secret === undefined) throw new Error(`the facts do not include ${path}`);
  return secret;
}

function generatedPassword(path: string): Change {
  return {
    id: "settings/cluster/postgres-password",
    step: "settings",
    host: "cluster",
    title: "generate the PostgreSQL password",
    risk: "safe",
    preview: [`${path}: secret, mode 0600, on both hosts`],
    async apply(context) {
      const password = randomBytes(24).toString("base64url");
      await Promise.all(context.hosts.map((host) => host.write(path, `${password}\n`, { mode: 0o600 })));
    },
    async verify(context) {
      const sums = await Promise.all(context.hosts.map((host) => run(host, ["sha256sum", path])));
      return new Set(sums).size === 1 ? undefined : `${path} differs between the hosts`;
    },
  };
}
