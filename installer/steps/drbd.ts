import type { ApplyContext, Change } from "../../core/change.ts";
import { type Host, run } from "../../core/host.ts";
import type { Config } from "../config/schema.ts";
import { type DrbdEra, drbdEra, resourceFile } from "../drbd/resource-file.ts";
import { readDrbd } from "../drbd/state.ts";
import type { HostFacts } from "../facts/host.ts";
import { DRBD, PATHS } from "../names.ts";
import type { InstallFacts, Step } from "../plan/plan.ts";
import { fileChange, fileOf, onAllHosts, waitFor } from "./tools.ts";

/** The replicated device: configuration, metadata, connection, first synchronisation. */
export const buildDrbd: Step = {
  id: "drbd",
  title: "DRBD",
  after: ["packages", "storage", "names"],
  plan: planDrbd,
};

/** Debian's in-tree module is 8.4; where the package is not there yet the module is what modinfo finds. */
export function eraOf(facts: InstallFacts): DrbdEra {
  return drbdEra(facts.hosts[0].drbdModule ?? "8.4");
}

function planDrbd(config: Config, facts: InstallFacts): Change[] {
  const era = eraOf(facts);
  const fresh = facts.hosts.every(
    (host) => host.backing.signature === undefined && host.procDrbd === undefined,
  );
  const attached = facts.hosts.every((host) => host.drbd.disk !== "absent");
  return [
    ...facts.hosts.flatMap((host) => [
      ...planUsageCount(host),
      ...fileChange({
        step: "drbd",
        host: host.name,
        path: PATHS.drbdResource,
        before: fileOf(host, PATHS.drbdResource),
        after: resourceFile(config, era),
      }),
      ...planMetadata(host),
    ]),
    ...(attached ? [] : [bringUp(facts)]),
    ...(needsFirstSync(facts) ? [firstSync(config, era, fresh)] : []),
  ];
}

/** drbd-utils asks LINBIT's server for a number unless told not to; a cluster host does not phone home. */
function planUsageCount(host: HostFacts): Change[] {
  const path = PATHS.drbdCommon;
  const before = fileOf(host, path);
  const after =
    before === undefined
      ? "global {\n\tusage-count no;\n}\n"
      : before.replace(/usage-count\s+yes;/, "usage-count no;");
  return fileChange({ step: "drbd", host: host.name, path, before, after });
}

/** Only on a device that blkid, and drbdmeta itself, find blank. Never `--force` over something. */
function planMetadata(host: HostFacts): Change[] {
  if (host.backing.signature === "drbd" || host.drbd.disk !== "absent") return [];
  return [
    {
      id: `drbd/${host.name}/metadata`,
      step: "drbd",
      host: host.name,
      title: "write DRBD metadata on the blank device",
      risk: "safe",
      preview: [`drbdadm create-md ${DRBD.resource}`],
      async apply(context) {
        const remote = context.host(host.name);
        await run(remote, ["modprobe", "drbd"]);
        // Without --force drbdmeta asks before it overwrites anything it recognises; no answer means no.
        await run(remote, ["drbdadm", "create-md", DRBD.resource], { stdin: "", timeoutMs: 120_000 });
      },
      async verify(context) {
        const dumped = await context.host(host.name).exec(["drbdadm", "dump-md", DRBD.resource]);
        return dumped.code === 0 && dumped.stdout.includes("version") ? undefined : "no valid DRBD metadata";
      },
    },
  ];
}

function bringUp(facts: InstallFacts): Change {
  const down = facts.hosts.filter((host) => host.drbd.disk === "absent").map((host) => host.name);
  return {
    id: "drbd/cluster/up",
    step: "drbd",
    host: "cluster",
    title: "connect the two devices",
    risk: "safe",
    preview: [`drbdadm up ${DRBD.resource}   on ${down.join(" and ")}`],
    async apply(context) {
      await onAllHosts(context, ["modprobe", "drbd"]);
      for (const name of down)
        await run(context.host(name), ["drbdadm", "up", DRBD.resource], { timeoutMs: 60_000 });
      await waitFor("both devices connected", 60_000, async () => {
        const states = await Promise.all(context.hosts.map(readDrbd));
        return (
          states.every((state) => state.connection === "Connected" || state.connection.startsWith("Sync")) ||
          undefined
        );
      });
    },
    async verify(context) {
      const states = await Promise.all(context.hosts.map(readDrbd));
      const bad = states.find((state) => state.disk === "absent" || state.connection === "StandAlone");
      return bad === undefined ? undefined : `DRBD is ${bad.connection}, ${bad.disk}`;
    },
  };
}

/**
 * Nobody ever wrote there, as far as can be seen before DRBD is up: neither side has a file system inside. A volume that
 * `skyha reset --cluster` has left has one, and its copies are what they are.
 */
function needsFirstSync(facts: InstallFacts): boolean {
  return facts.hosts.every(
    ({ drbd, volumeSignature }) =>
      (drbd.disk === "absent" || drbd.disk === "Inconsistent") && volumeSignature === undefined,
  );
}

/**
 * Two sparse files made a moment ago both read as zeros: declaring them equal is true. Of an LV or a disk nobody
 * knows that, so there the first host's blocks are really copied.
 */
function firstSync(config: Config, era: DrbdEra, fresh: boolean): Change {
  const identical = fresh && config.hosts.every((host) => host.backing === undefined);
  const first = config.hosts[0].name;
  return {
    id: "drbd/cluster/first-sync",
    step: "drbd",
    host: "cluster",
    title: identical ? "declare the two blank files equal" : `copy ${first}'s blank device to the other host`,
    risk: "safe",
    preview: [
      identical
        ? "drbdadm new-current-uuid --clear-bitmap"
        : `drbdadm primary --force ${DRBD.resource}, wait`,
    ],
    async apply(context) {
      const host = context.host(first);
      // An installation that was interrupted right after it has nothing to do here.
      if (await areEqual(context)) return;
      await proveNeverUsed(context);
      if (identical) await declareEqual(host, era);
      else {
        await run(host, ["drbdadm", "primary", "--force", DRBD.resource]);
        await run(host, ["drbdadm", "secondary", DRBD.resource]);
      }
      await waitFor("both devices UpToDate", 6 * 3_600_000, async () => {
        const state = await readDrbd(host);
        if (state.percent !== undefined) context.progress(`${state.percent} % synchronised`);
        return (state.disk === "UpToDate" && state.peerDisk === "UpToDate") || undefined;
      });
    },
    async verify(context) {
      const state = await readDrbd(context.host(first));
      const good = state.disk === "UpToDate" && state.peerDisk === "UpToDate";
      return good ? undefined : `DRBD is ${state.disk}/${state.peerDisk}`;
    },
  };
}

async function areEqual(context: ApplyContext): Promise<boolean> {
  const states = await Promise.all(context.hosts.map(readDrbd));
  return states.every(
    ({ connection, disk, peerDisk }) =>
      connection === "Connected" && disk === "UpToDate" && peerDisk === "UpToDate",
  );
}

async function proveNeverUsed(context: ApplyContext): Promise<void> {
  const states = await Promise.all(context.hosts.map(readDrbd));
  const used = states.find((state) => state.disk !== "Inconsistent" || state.peerDisk !== "Inconsistent");
  if (used)
    throw new Error(
      `a device holds data already (${used.disk}/${used.peerDisk}): nothing was declared equal`,
    );
}

async function declareEqual(host: Host, era: DrbdEra): Promise<void> {
  const volume = era === "8.4" ? DRBD.resource : `${DRBD.resource}/0`;
  await run(host, ["drbdadm", "new-current-uuid", "--clear-bitmap", volume]);
}
