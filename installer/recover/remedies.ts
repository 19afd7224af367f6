import type { Change } from "../../core/change.ts";
import type { PairFacts } from "../../core/verdict/facts.ts";
import type { Finding } from "../../core/verdict/finding.ts";
import { hostOf } from "../../core/verdict/view.ts";
import { endMaintenance } from "../duty/maintenance.ts";
import {
  cleanup,
  connectCopies,
  enableResources,
  endHostMaintenance,
  endStandby,
  endStopAll,
  pickUpDisk,
  powerOn,
  reprobe,
  resumeSync,
  startCluster,
  startUnit,
} from "./changes.ts";

/** Something recover can do about what is wrong. */
export interface Remedy {
  readonly change: Change;
  /** Code of the finding it is for. */
  readonly code: string;
  /**
   * Somebody may have set it on purpose: standby, maintenance, a disabled service, a host that is off. Done only
   * when asked for, never by --yes alone.
   */
  readonly intended: boolean;
}

/** In the order they have to be done: a service cannot start before its host, nor data resync before its disk. */
const STAGES = ["power", "units", "cluster", "data", "duties", "failures"] as const;
export type Stage = (typeof STAGES)[number];

type Rule = (finding: Finding, facts: PairFacts) => readonly Change[];

const onHost =
  (make: (host: string) => Change): Rule =>
  ({ host }) =>
    host === undefined ? [] : [make(host)];

/**
 * What helps against which finding. Nothing in here promotes, forces, discards or formats: which of two copies is
 * the good one, and whether a host is really off, recover leaves to fencing and to people.
 */
const RULES: Readonly<Record<string, Rule>> = {
  "engine.stopped": onHost((host) => startUnit(host, "docker.service")),
  "host.cluster-stopped": onHost((host) => startCluster([host])),
  "cluster.stopped": (_finding, facts) => [startCluster(facts.hosts.map(({ name }) => name))],
  "data.down": (finding, facts) => {
    // Pacemaker starts DRBD as soon as its host takes part; a start that failed has to be forgotten first.
    const host = hostOf(facts, finding.host ?? "");
    const runs = host?.units.known === true && host.units.value.get("pacemaker") === "active";
    return host && runs ? [...attachStorage(facts, host.name), cleanup()] : [];
  },
  "data.no-disk": (finding, facts) =>
    finding.host === undefined
      ? []
      : [...attachStorage(facts, finding.host), pickUpDisk(finding.host, facts.profile.drbd.resource)],
  "data.inconsistent": reconnect,
  "data.resync-stalled": reconnect,
  "data.disconnected": reconnect,
  "data.standalone": reconnect,
  "service.failed": () => [cleanup()],
  "service.blocked": () => [cleanup()],
  "service.cannot-start": () => [cleanup()],
  "service.was-failed": () => [cleanup()],
  "service.not-promoted": () => [cleanup()],
  "vip.missing": (_finding, { profile }) => [reprobe(profile.ids.vip)],
  "data.not-mounted": (_finding, { profile }) => [reprobe(profile.ids.filesystem)],
};

const INTENDED: Readonly<Record<string, Rule>> = {
  "host.standby": onHost(endStandby),
  "host.maintenance": onHost((host) => endHostMaintenance(host)),
  "cluster.maintenance": () => [endMaintenance()],
  "cluster.stop-all": () => [endStopAll()],
  "service.disabled": (_finding, facts) => [enableResources(facts, "target-role")],
  "service.unmanaged": (_finding, facts) => [enableResources(facts, "is-managed")],
  "data.resync-paused": (finding, { profile }) =>
    finding.host === undefined ? [] : [resumeSync(finding.host, profile.drbd.resource)],
  "host.off": onHost(powerOn),
};

/** Both copies may hold writes that the other has not. */
const DIVERGED: ReadonlySet<string> = new Set(["data.split-brain", "data.both-primary", "vip.duplicate"]);

/** Pure: what can be done about the findings, each thing once, in the order it has to be done. */
export function remediesFor(findings: readonly Finding[], facts: PairFacts): Remedy[] {
  // With a split brain every reconnection is the start of a loss: a person has to choose first.
  const split = findings.some(({ code }) => DIVERGED.has(code));
  const found = findings.flatMap((finding): Remedy[] => {
    if (split && finding.code.startsWith("data.")) return [];
    const { code } = finding;
    return [
      ...(RULES[code]?.(finding, facts) ?? []).map((change) => ({ change, code, intended: false })),
      ...(INTENDED[code]?.(finding, facts) ?? []).map((change) => ({ change, code, intended: true })),
    ];
  });
  const once = found.filter(
    (remedy, index) => found.findIndex((other) => other.change.id === remedy.change.id) === index,
  );
  return STAGES.flatMap((stage) => once.filter(({ change }) => change.step === stage));
}

/** Findings that somebody has to do something about, and recover cannot. */
export function leftToPeople(findings: readonly Finding[]): Finding[] {
  return findings.filter(
    ({ code, level }) => level !== "info" && RULES[code] === undefined && INTENDED[code] === undefined,
  );
}

function reconnect(_finding: Finding, facts: PairFacts): readonly Change[] {
  const alone = facts.hosts.filter((host) => host.drbd.known && host.drbd.value.connection === "StandAlone");
  return alone.length === 0
    ? []
    : [
        connectCopies(
          alone.map(({ name }) => name),
          facts.profile.drbd.resource,
        ),
      ];
}

/** The loop device under the replicated volume; there is no such unit where the volume is an LV or a disk. */
function attachStorage(facts: PairFacts, name: string): Change[] {
  const host = hostOf(facts, name);
  const state = host?.units.known ? host.units.value.get("skyha-storage") : undefined;
  return state === undefined || state === "active" ? [] : [startUnit(name, "skyha-storage.service")];
}
