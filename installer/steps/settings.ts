import { randomBytes } from "node:crypto";
import type { Change } from "../../core/change.ts";
import { run } from "../../core/host.ts";
import { durableConfig } from "../config/durable.ts";
import type { Config, HostConfig } from "../config/schema.ts";
import { fenceFiles, type HostFacts } from "../facts/host.ts";
import type { LocalFacts } from "../facts/local.ts";
import { PATHS, SERVICE_OWNER } from "../names.ts";
import type { InstallFacts, Step } from "../plan/plan.ts";
import { servicesOf } from "../services/list.ts";
import type { ServiceSecret } from "../services/service.ts";
import { fileChange, fileOf } from "./tools.ts";

/** The applied configuration, passwords and small system files, the same on both hosts. */
export const writeSettings: Step = {
  id: "settings",
  title: "Settings and secrets",
  after: ["remember"],
  plan: (config, facts) => [
    ...servicesOf(config).flatMap(({ secret }) => (secret === undefined ? [] : planShared(secret, facts))),
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
  const path = PATHS.modulesLoad;
  return fileChange({ step: "settings", host: host.name, path, before: fileOf(host, path), after: "drbd\n" });
}

/**
 * Clients of the old server get their locks back during the grace period; until it ends nobody writes. The
 * kernel's 90 s would be an outage of 90 s. nfs.conf(5), section nfsd.
 */
function planNfs(host: HostFacts): Change[] {
  const path = PATHS.nfsConf;
  const after = `[nfsd]\nvers3=n\ngrace-time=10\nlease-time=10\n[nfsdcld]\nstoragedir=${PATHS.nfsInfo}/nfsdcld\n`;
  return fileChange({ step: "settings", host: host.name, path, before: fileOf(host, path), after });
}

/** Password of the BMC, and the script through which the fence agent asks for it: never in the CIB. */
function planFence(target: HostConfig, host: HostFacts, local: LocalFacts): Change[] {
  if (target.fence === undefined || target.name === host.name) return [];
  const [passwordPath, scriptPath] = fenceFiles(target.name);
  const password = secretOf(local, target.fence.password_file);
  const script = `#!/bin/sh\nexec cat ${passwordPath}\n`;
  const asked = secretFile(host, passwordPath, `${password}\n`, 0o600);
  if (target.fence.agent !== "fence_ipmilan") return asked;
  return [
    ...asked,
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
function secretFile(host: HostFacts, path: string, after: string, mode: number, owner?: string): Change[] {
  const changes = fileChange({
    step: "settings",
    host: host.name,
    path,
    before: fileOf(host, path),
    after,
    mode,
    ...(owner === undefined ? {} : { afterwards: [["chown", owner, path]] }),
  });
  return changes.map((change) => ({
    ...change,
    preview: [`${path}: secret, mode ${mode.toString(8).padStart(4, "0")}`],
  }));
}

/** The given one, else the one a host already has, else a new one. */
function planShared(secret: ServiceSecret, facts: InstallFacts): Change[] {
  const { givenFile } = secret;
  const given = givenFile === undefined ? undefined : `${secretOf(facts.local, givenFile)}\n`;
  const wanted =
    given ?? facts.hosts.map((host) => fileOf(host, secret.path)).find((text) => text !== undefined);
  if (wanted === undefined) return [generated(secret)];
  return facts.hosts.flatMap((host) => secretFile(host, secret.path, wanted, 0o600, SERVICE_OWNER));
}

function generated({ path, what }: ServiceSecret): Change {
  return {
    id: `settings/cluster${path}`,
    step: "settings",
    host: "cluster",
    title: `generate ${what}`,
    risk: "safe",
    preview: [`${path}: secret, mode 0600, on both hosts`],
    async apply(context) {
      const text = `${randomBytes(24).toString("base64url")}\n`;
      await Promise.all(
        context.hosts.map(async (host) => {
          await host.write(path, text, { mode: 0o600 });
          // Read in the container by a server that has given up root already.
          await run(host, ["chown", SERVICE_OWNER, path]);
        }),
      );
    },
    async verify(context) {
      const sums = await Promise.all(context.hosts.map((host) => run(host, ["sha256sum", path])));
      return new Set(sums).size === 1 ? undefined : `${path} differs between the hosts`;
    },
  };
}

function secretOf(local: LocalFacts, path: string): string {
  const secret = local.secrets.get(path);
  if (secret === undefined) throw new Error(`the facts do not include ${path}`);
  return secret;
}
