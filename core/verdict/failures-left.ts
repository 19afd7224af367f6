import { type ClusterStatus, epochOf, INFINITY_SCORE, promotionScores } from "../cluster/model.ts";
import { say } from "../texts/say.ts";
import { type DataSafe, dataSafe } from "./data-safe.ts";
import type { HostState, PairFacts } from "./facts.ts";
import { fenceProofs, fencingEnabled } from "./rules/fencing.ts";
import { activeHost, type ClusterView, clusterView, isMember, nodeOf } from "./view.ts";

export interface FailuresLeft {
  /** How many hosts may be lost now without losing service or data; undefined: unknown. Two hosts never have more than 1. */
  readonly count: 0 | 1 | undefined;
  /** Whether that has been seen to work; undefined when the count is not 1. */
  readonly proof: "proven" | "unproven" | undefined;
  readonly why: string;
}

const none = (why: string): FailuresLeft => ({ count: 0, proof: undefined, why });

/** The first reason why losing one more host would not be survived; none found: one. */
export function failuresLeft(facts: PairFacts, data: DataSafe = dataSafe(facts)): FailuresLeft {
  const view = clusterView(facts);
  if (!view.known)
    return { count: undefined, proof: undefined, why: say`the cluster could not be asked: ${view.why}` };
  const obstacle =
    clusterObstacle(facts, view.value) ?? dataObstacle(data) ?? takeoverObstacle(facts, view.value);
  if (obstacle !== undefined) return none(obstacle);
  const missing = notLookedAt(facts, view.value, data);
  if (missing !== undefined) return { count: undefined, proof: undefined, why: missing };
  const fencing = fencingObstacle(facts, view.value);
  if (fencing.broken !== undefined) return none(fencing.broken);
  if (fencing.doubt !== undefined) return { count: 1, proof: "unproven", why: fencing.doubt };
  return { count: 1, proof: "proven", why: say`either host may fail; both have been fenced successfully` };
}

function clusterObstacle(facts: PairFacts, { status }: ClusterView): string | undefined {
  for (const { name } of facts.profile.hosts) {
    const node = nodeOf(status, name);
    if (!node) return say`${name} is not in the cluster`;
    if (node.unclean) return say`${name} is lost and not proven off`;
    if (!isMember(node)) return say`${name} is not taking part`;
    if (node.standby) return say`${name} is in standby`;
    if (node.maintenance) return say`${name} is in maintenance`;
  }
  if (status.options.maintenance) return say`the cluster is in maintenance`;
  if (status.options.stopAll) return say`the cluster was told to stop everything`;
  if (status.quorate === false) return say`there is no quorum`;
  return undefined;
}

function dataObstacle(data: DataSafe): string | undefined {
  return data.state === "yes" || data.state === "unknown" ? undefined : data.why;
}

/** What would keep the other host from taking over although it is there and has the data. */
function takeoverObstacle(facts: PairFacts, { status, cib }: ClusterView): string | undefined {
  const active = activeHost(facts);
  const peer = facts.profile.hosts.find((host) => host.name !== active)?.name;
  if (active === undefined || peer === undefined) return undefined;
  const { ids } = facts.profile;
  const bans = cib.known ? cib.value.locations : [];
  const ban = bans.find((location) => {
    const until = epochOf(location.until);
    const names = location.exceptNode ? location.node !== peer : location.node === peer;
    const about = [ids.group, ids.drbdClone, ids.drbd, ids.filesystem, ids.vip].includes(location.resource);
    return names && about && (location.score ?? 0) < 0 && (until === undefined || until > facts.takenAt);
  });
  if (ban) return say`${ban.id} keeps the services off ${peer}`;
  const scores = promotionScores(status).filter((score) => score.resource === ids.drbd);
  const own = scores.find((score) => score.node === peer)?.score;
  if (scores.length > 0 && (own === undefined || own < 0))
    return say`DRBD on ${peer} does not offer to be promoted`;
  const clones = status.resources.filter((resource) => resource.id === ids.drbd);
  if (!clones.some((resource) => resource.active && resource.nodes.includes(peer)))
    return say`DRBD is not run by the cluster on ${peer}`;
  const lost = refusedAt(status, peer, ids.drbd);
  if (lost !== undefined) return lost;
  return engineObstacle(
    facts,
    facts.hosts.find((host) => host.name === peer),
  );
}

/**
 * Exit codes after which Pacemaker does not try that resource on that node again (Pacemaker Explained, "hard"
 * errors): wrong arguments, not implemented, no permission, not installed, not configured.
 */
const HARD_ERRORS: readonly (number | undefined)[] = [2, 3, 4, 5, 6];

function refusedAt(status: ClusterStatus, peer: string, drbd: string): string | undefined {
  const isService = (id: string) =>
    id !== drbd &&
    status.resources.some((resource) => resource.id === id && !resource.agent.startsWith("stonith:"));
  const hard = status.failures.find(
    (failure) =>
      failure.node === peer && HARD_ERRORS.includes(failure.exitCode) && isService(failure.resource),
  );
  if (hard) return say`${hard.resource} cannot run on ${peer}: ${hard.reason || hard.exitStatus}`;
  const worn = status.histories.find(
    (history) =>
      history.node === peer &&
      history.failCount > 0 &&
      history.failCount >= (history.migrationThreshold ?? INFINITY_SCORE) &&
      isService(history.resource),
  );
  return worn ? say`${worn.resource} failed too often on ${peer} to be started there again` : undefined;
}

function engineObstacle(facts: PairFacts, peer: HostState | undefined): string | undefined {
  if (facts.profile.engine !== "docker" || !peer?.units.known) return undefined;
  const state = peer.units.value.get("docker");
  return state === undefined || state === "active" ? undefined : say`docker does not run on ${peer.name}`;
}

function notLookedAt(facts: PairFacts, view: ClusterView, data: DataSafe): string | undefined {
  if (data.state === "unknown") return data.why;
  if (view.status.quorate === undefined) return say`the cluster has no designated controller yet`;
  if (!view.cib.known) return say`the configuration could not be read: ${view.cib.why}`;
  if (fencingEnabled(view) === undefined) return say`it is not known whether fencing is on`;
  return facts.hosts.length < 2 ? say`only one host was asked` : undefined;
}

/** Without fencing a take-over may happen while the other host still writes. */
function fencingObstacle(facts: PairFacts, view: ClusterView): { broken?: string; doubt?: string } {
  if (fencingEnabled(view) === false) {
    return facts.profile.acceptSplitBrainRisk
      ? { doubt: say`without fencing: a lost link, unlike a lost host, makes both hosts write` }
      : { broken: say`fencing is off: nothing proves that a lost host has stopped writing` };
  }
  const proofs = fenceProofs(facts, view);
  const broken = proofs.find((proof) => proof.state === "broken");
  if (broken) return { broken: broken.why };
  const doubt =
    proofs.find((proof) => proof.state === "doubtful") ?? proofs.find((proof) => proof.state === "untried");
  return doubt ? { doubt: doubt.why } : {};
}
