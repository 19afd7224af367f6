import type { Change } from "../../core/change.ts";
import { type Argv, run } from "../../core/host.ts";
import type { Config } from "../config/schema.ts";
import { giveBack, notGivenBack } from "../ledger/originals.ts";
import { PATHS } from "../names.ts";
import { unifiedDiff } from "../plan/diff.ts";
import { withoutPairKeys } from "../steps/keys.ts";
import { hostsFileWithout } from "../steps/names.ts";
import { fileOf } from "../steps/tools.ts";
import type { ResetHost } from "./look.ts";

/** Files and services given back as the first installation found them. */

/** The key before the configuration by which it is recognised. */
const CLUSTER_FILES = [PATHS.corosyncKey, PATHS.corosyncConf, PATHS.nfsConf, PATHS.startOrder] as const;
const DATA_FILES = [PATHS.drbdResource, PATHS.modulesLoad, PATHS.storageUnit] as const;
const UNIT_FILES: readonly string[] = [PATHS.startOrder, PATHS.storageUnit];

/** Those files that install wrote and that are still there. */
export function filesToGiveBack(host: ResetHost, withData: boolean): string[] {
  const paths = [...CLUSTER_FILES, ...(withData ? DATA_FILES : [])];
  return [
    ...paths.filter((path) => isOurs(host, path)),
    ...(withData && isOurs(host, PATHS.drbdCommon) ? [PATHS.drbdCommon] : []),
  ];
}

/** Of a file that others have as well only what install is known to have written, or is marked as written by it. */
function isOurs({ facts, originals }: ResetHost, path: string): boolean {
  const now = fileOf(facts, path);
  if (now === undefined) return false;
  if (path === PATHS.drbdCommon) return originals.files.has(path);
  if (path === PATHS.corosyncConf) return now.startsWith("# written by skyha install");
  // The key is of the cluster whose configuration is ours, or it has been put back already.
  if (path === PATHS.corosyncKey)
    return fileOf(facts, PATHS.corosyncConf)?.startsWith("# written by skyha install") === true;
  return true;
}

export function giveFilesBack(host: ResetHost, paths: readonly string[]): Change {
  const known = (path: string) =>
    host.originals.files.get(path) === "kept" ? `${path}: as it was before` : `rm ${path}`;
  const reload: Argv[] = paths.some((path) => UNIT_FILES.includes(path))
    ? [["systemctl", "daemon-reload"]]
    : [];
  return {
    id: `files/${host.name}/give-back`,
    step: "files",
    host: host.name,
    title: `give ${paths.length} configuration files back as they were`,
    risk: "safe",
    preview: [...paths.map(known), ...reload.map((argv) => argv.join(" "))],
    async apply(context) {
      const remote = context.host(host.name);
      for (const path of paths) await giveBack(remote, path);
      for (const argv of reload) await run(remote, argv, { timeoutMs: 120_000 });
    },
    async verify(context) {
      for (const path of paths) {
        const still = await notGivenBack(context.host(host.name), path);
        if (still !== undefined) return still;
      }
      return undefined;
    },
  };
}

/** Without our names; lines of others stay as they are. */
export function giveHostsBack(host: ResetHost, config: Config): Change[] {
  const now = fileOf(host.facts, PATHS.hosts) ?? "";
  const after = hostsFileWithout(now, host.originalHosts, config);
  return editFile(host.name, PATHS.hosts, now, after, 0o644, "take the pair's names out of /etc/hosts");
}

/** @param guests hosts of the pair whose keys may not log in here any more */
export function removePairKeys(host: ResetHost, guests: readonly Config["hosts"][number][]): Change[] {
  const now = fileOf(host.facts, PATHS.authorizedKeys) ?? "";
  const after = withoutPairKeys(now, ...guests);
  const names = guests.map(({ name }) => name).join(" and ");
  const title = `no longer let the key of ${names} log in`;
  return editFile(host.name, PATHS.authorizedKeys, now, after, 0o600, title).map((change) => ({
    ...change,
    step: "keys",
    preview: [`${PATHS.authorizedKeys}: without the key of ${names}`],
  }));
}

function editFile(
  name: string,
  path: string,
  before: string,
  after: string,
  mode: number,
  title: string,
): Change[] {
  if (before === after) return [];
  return [
    {
      id: `files/${name}${path}`,
      step: "files",
      host: name,
      title,
      risk: "safe",
      preview: unifiedDiff(path, before, after),
      async apply(context) {
        const host = context.host(name);
        if ((await host.read(path)) !== before)
          throw new Error(`${path} was changed by somebody else meanwhile`);
        await host.write(path, after, { mode });
      },
      async verify(context) {
        return (await context.host(name).read(path)) === after
          ? undefined
          : `${path} does not have the wanted content`;
      },
    },
  ];
}

export const CLUSTER_UNITS: readonly string[] = ["corosync.service", "pacemaker.service"];
const HANDED_OVER = ["nfs-server.service", "nfsdcld.service", "drbd.service"];

/**
 * Which services start at boot, as it was. What is not recorded stays as it is.
 * @param leaving the cluster's own are disabled before
 */
export function giveUnitsBack(host: ResetHost, usesPcs: boolean, leaving: boolean): Change[] {
  const { units } = host.originals;
  if (units === undefined) return [];
  const was = (unit: string) => units[unit] === "enabled";
  const now = (unit: string) => host.facts.units.get(unit)?.file === "enabled";
  const enable = [...CLUSTER_UNITS, ...HANDED_OVER].filter(
    (unit) => was(unit) && (!now(unit) || (leaving && CLUSTER_UNITS.includes(unit))),
  );
  const disable = usesPcs && !was("pcsd.service") && now("pcsd.service") ? ["pcsd.service"] : [];
  if (enable.length + disable.length === 0) return [];
  const commands: Argv[] = [
    ...(enable.length === 0 ? [] : [["systemctl", "enable", ...enable] as const]),
    ...(disable.length === 0 ? [] : [["systemctl", "disable", "--now", ...disable] as const]),
  ];
  return [
    {
      id: `units/${host.name}/give-back`,
      step: "units",
      host: host.name,
      title: `start at boot what was started before (${[...enable, ...disable.map((unit) => `not ${unit}`)].join(", ")})`,
      risk: "safe",
      preview: commands.map((argv) => argv.join(" ")),
      async apply(context) {
        for (const argv of commands) await run(context.host(host.name), argv, { timeoutMs: 120_000 });
      },
      async verify(context) {
        for (const [unit, wanted] of [
          ...enable.map((unit) => [unit, true] as const),
          ...disable.map((unit) => [unit, false] as const),
        ]) {
          const asked = await context.host(host.name).exec(["systemctl", "is-enabled", unit]);
          if ((asked.stdout.trim() === "enabled") !== wanted)
            return `${unit} is ${asked.stdout.trim() || "unknown"}`;
        }
        return undefined;
      },
    },
  ];
}

/** Files and directories of nobody else. */
export function removeOwn(
  name: string,
  step: string,
  what: string,
  paths: readonly string[],
  emptyDirectory?: string,
): Change {
  const argv: Argv = ["rm", "-rf", "--one-file-system", "--", ...paths];
  return {
    id: `${step}/${name}/${what}`,
    step,
    host: name,
    title: `remove ${what}`,
    risk: "safe",
    preview: [
      ...paths.map((path) => `rm -r ${path}`),
      ...(emptyDirectory === undefined ? [] : [`rmdir ${emptyDirectory}   if it is empty`]),
    ],
    async apply(context) {
      const host = context.host(name);
      await run(host, argv, { timeoutMs: 60_000 });
      if (emptyDirectory !== undefined) await host.exec(["rmdir", "--", emptyDirectory]);
    },
    async verify(context) {
      for (const path of paths) {
        const { code } = await context.host(name).exec(["test", "-e", path]);
        if (code !== 1) return `${path} is still there`;
      }
      return undefined;
    },
  };
}
