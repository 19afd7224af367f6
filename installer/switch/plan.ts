import { say } from "../../core/texts/say.ts";
import { dataSafe } from "../../core/verdict/data-safe.ts";
import type { PairFacts } from "../../core/verdict/facts.ts";
import { fenceProofs, fencingEnabled } from "../../core/verdict/rules/fencing.ts";
import { activeHost, type ClusterView, clusterView, isMember, nodeOf } from "../../core/verdict/view.ts";

/** One condition of a planned switch-over. */
export interface SwitchCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was found; for a check that is not ok, why it stands in the way. */
  readonly why: string;
}

export interface SwitchPlan {
  /** Host the services are on; undefined: nobody says. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** They are there already, so there is nothing to do and nothing to refuse. */
  readonly alreadyThere: boolean;
  readonly checks: readonly SwitchCheck[];
  /** In the order in which they stop and start again; the promoted role goes first. */
  readonly moves: readonly { readonly resource: string; readonly from: string; readonly to: string }[];
}

/**
 * Whether the services can be moved on purpose, without risk, and what moves. Pure. Every check has to be proven
 * ok: what is not known is in the way as well. To get away from a host in trouble is what fail-over is for.
 */
export function switchPlan(facts: PairFacts, wanted?: string): SwitchPlan {
  const from = activeHost(facts);
  const to = wanted ?? facts.profile.hosts.find((host) => host.name !== from)?.name;
  const view = clusterView(facts);
  const checks = [
    target(facts, from, to),
    ...(view.known
      ? [
          hosts(facts, view.value),
          cluster(view.value),
          data(facts),
          actions(view.value),
          fencing(facts, view.value),
          constraints(view.value),
          engine(facts, to),
        ]
      : [check("cluster", say`it could not be asked: ${view.why}`), data(facts)]),
  ];
  const moves =
    view.known && from !== undefined && to !== undefined && from !== to
      ? movesOf(facts, view.value, from, to)
      : [];
  return { from, to, alreadyThere: from !== undefined && from === to, checks, moves };
}

/** A check that fails when there is an obstacle, and says `fine` when there is none. */
const check = (name: string, obstacle: string | undefined, fine = ""): SwitchCheck => ({
  name,
  ok: obstacle === undefined,
  why: obstacle ?? fine,
});

function target(facts: PairFacts, from: string | undefined, to: string | undefined): SwitchCheck {
  const names = facts.profile.hosts.map((host) => host.name);
  if (from === undefined) return check("target", say`it is not known on which host the services are`);
  if (to === undefined || !names.includes(to))
    return check("target", say`${to ?? "nothing"} is none of the hosts (${names.join(", ")})`);
  return check("target", undefined, say`from ${from} to ${to}`);
}

function hosts(facts: PairFacts, { status }: ClusterView): SwitchCheck {
  for (const { name } of facts.profile.hosts) {
    const node = nodeOf(status, name);
    if (!isMember(node)) return check("hosts", say`${name} does not take part in the cluster`);
    if (node?.standby) return check("hosts", say`${name} is in standby`);
    if (node?.maintenance) return check("hosts", say`${name} is in maintenance`);
  }
  return check("hosts", undefined, say`both are online`);
}

function cluster({ status }: ClusterView): SwitchCheck {
  const { options } = status;
  if (options.maintenance) return check("cluster", say`it is in maintenance`);
  if (options.stopAll) return check("cluster", say`it was told to stop everything`);
  if (status.quorate !== true) return check("cluster", say`it has no quorum, or is just forming`);
  const busy = status.resources.find(
    (resource) => resource.pending !== undefined || ["Starting", "Stopping"].includes(resource.role),
  );
  if (busy) return check("cluster", say`it is at work on ${busy.id}: wait until it is done`);
  return check("cluster", undefined, say`it has quorum and is at rest`);
}

function data(facts: PairFacts): SwitchCheck {
  const safe = dataSafe(facts);
  if (safe.state !== "yes") return check("data", safe.why);
  const unseen = facts.hosts.find((host) => !host.drbd.known);
  return unseen
    ? check("data", say`${unseen.name} could not be asked for its copy`)
    : check("data", undefined, say`both copies are up to date and connected`);
}

function actions({ status }: ClusterView): SwitchCheck {
  const failed = status.failures[0];
  if (failed)
    return check(
      "failures",
      say`${failed.resource} ${failed.task} failed on ${failed.node}: ${failed.reason || failed.exitStatus}`,
    );
  const down = status.resources.find(
    (resource) => resource.clone === undefined && (!resource.active || resource.failed || resource.blocked),
  );
  if (down) return check("failures", say`${down.id} does not run`);
  const unmanaged = status.resources.find((resource) => !resource.managed);
  return unmanaged
    ? check("failures", say`${unmanaged.id} is not managed: the cluster would not move it`)
    : check("failures", undefined, say`no action has failed, everything runs`);
}

function fencing(facts: PairFacts, view: ClusterView): SwitchCheck {
  const enabled = fencingEnabled(view);
  if (enabled === undefined) return check("fencing", say`it is not known whether it is on`);
  if (!enabled) {
    return facts.profile.acceptSplitBrainRisk
      ? check("fencing", undefined, say`OFF, accepted in the configuration`)
      : check("fencing", say`it is off: a host that hangs during the move could go on writing`);
  }
  if (facts.profile.fencing === "none")
    return check("fencing", undefined, say`on, without devices of the configuration`);
  if (!view.cib.known) return check("fencing", say`the devices are not known: ${view.cib.why}`);
  const bad = fenceProofs(facts, view).find(
    (proof) => proof.state === "broken" || proof.state === "doubtful",
  );
  return check("fencing", bad?.why, say`on, and its devices work`);
}

function constraints({ cib }: ClusterView): SwitchCheck {
  if (!cib.known) return check("constraints", say`the configuration could not be read: ${cib.why}`);
  const left = cib.value.locations.find((location) => location.origin !== "configured");
  return left
    ? check(
        "constraints",
        say`${left.id} is in force or was left behind: crm_resource --clear --resource ${left.resource}`,
      )
    : check("constraints", undefined, say`no earlier move left one behind`);
}

function engine(facts: PairFacts, to: string | undefined): SwitchCheck {
  const host = facts.hosts.find((item) => item.name === to);
  if (!host) return check("engine", say`${to ?? say`the target`} could not be asked`);
  if (!host.units.known) return check("engine", host.units.why);
  const state = host.units.value.get("docker");
  return facts.profile.engine === "docker" && state !== "active"
    ? check("engine", say`docker is ${state ?? say`not there`} on ${host.name}`)
    : check("engine", undefined, say`${facts.profile.engine} is ready on ${host.name}`);
}

function movesOf(facts: PairFacts, { status }: ClusterView, from: string, to: string): SwitchPlan["moves"] {
  const members = status.resources.filter(
    (resource) => resource.group === facts.profile.ids.group && resource.nodes.includes(from),
  );
  return [say`${facts.profile.ids.drbdClone} (promoted role)`, ...members.map((resource) => resource.id)].map(
    (resource) => ({ resource, from, to }),
  );
}
