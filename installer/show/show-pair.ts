import { type Known, known, mapKnown, unknown } from "../../core/cluster/known.ts";
import {
  ageOf,
  type ClusterNode,
  type ClusterResource,
  type ClusterStatus,
  promotionScores,
} from "../../core/cluster/model.ts";
import { say } from "../../core/texts/say.ts";
import type { HostState, PairFacts } from "../../core/verdict/facts.ts";
import { volumeGrowth } from "../../core/verdict/growth.ts";
import { fenceProofs, fencingEnabled } from "../../core/verdict/rules/fencing.ts";
import { activeHost, type ClusterView, clusterView, isMember, nodeOf } from "../../core/verdict/view.ts";
import { type Verdict, verdict } from "../../core/verdict.ts";
import type { RecentEvents } from "../ledger/recent.ts";
import type {
  ConstraintView,
  FencingView,
  HostView,
  MembershipView,
  ResourceView,
  ServiceView,
  ShowView,
  SpaceView,
  VerdictView,
} from "./view.ts";

/** Arranges the facts of a pair, and the judgement of them, the way `skyha show` tells them. Pure. */
export function showPair(
  facts: PairFacts,
  judged: Verdict = verdict(facts),
  recent?: RecentEvents,
): ShowView {
  const view = clusterView(facts);
  const { profile } = facts;
  return {
    version: 1,
    cluster: profile.cluster,
    takenAt: new Date(facts.takenAt * 1000).toISOString(),
    verdict: verdictView(judged),
    findings: judged.findings,
    hosts: facts.hosts.map((host) => hostView(facts, view, host)),
    vip: {
      address: profile.vip,
      on: facts.hosts
        .filter((host) => host.addresses.known && host.addresses.value.includes(profile.vip))
        .map((host) => host.name),
    },
    services: serviceViews(facts, judged),
    resources: mapKnown(view, ({ status }) => resourceViews(status)),
    data: facts.hosts.map((host) => ({ host: host.name, state: host.drbd })),
    nfs: facts.hosts.map((host) => ({ host: host.name, state: host.nfs })),
    containers: facts.hosts.map((host) => ({ host: host.name, list: host.containers })),
    fencing: mapKnown(view, (cluster) => fencingView(facts, cluster)),
    membership: mapKnown(view, (cluster) => membershipView(facts, cluster)),
    space: facts.hosts.map((host) => ({
      host: host.name,
      fileSystems: host.space,
      directories: mapKnown(host.usage, (list) => [...list].sort((a, b) => b.bytes - a.bytes)),
      growth: growthOn(facts, host),
    })),
    scores: mapKnown(view, ({ status }) =>
      promotionScores(status)
        .filter((score) => score.resource === profile.ids.drbd)
        .map(({ node, score }) => ({ node, score })),
    ),
    constraints: constraintViews(view),
    drill: lastDrill(facts),
    recent,
  };
}

function verdictView({ level, serving, dataSafe, failuresLeft, next }: Verdict): VerdictView {
  return {
    level,
    serving: { state: serving.state, why: serving.why },
    dataSafe: {
      state: dataSafe.state,
      why: dataSafe.why,
      percent: dataSafe.percent,
      etaSeconds: dataSafe.etaSeconds,
    },
    failuresLeft: { count: failuresLeft.count, proof: failuresLeft.proof, why: failuresLeft.why },
    next,
  };
}

function hostView(facts: PairFacts, view: Known<ClusterView>, host: HostState): HostView {
  const active = activeHost(facts);
  return {
    name: host.name,
    address: host.address,
    duty: active === undefined ? "unknown" : active === host.name ? "active" : "waiting",
    unreachable: host.unreachable,
    node: view.known ? nodeWord(nodeOf(view.value.status, host.name)) : "unknown",
    units: mapKnown(host.units, (units) => Object.fromEntries(units)),
    clockOffset: host.clockOffset,
  };
}

function nodeWord(node: ClusterNode | undefined): HostView["node"] {
  if (!node) return "unknown";
  if (node.unclean) return "unclean";
  if (!node.online) return "offline";
  if (!isMember(node)) return "joining";
  if (node.standby) return "standby";
  return node.maintenance ? "maintenance" : "online";
}

function serviceViews(facts: PairFacts, judged: Verdict): ServiceView[] {
  return judged.serving.services.map((service) => {
    const probe = facts.outside.find((item) => item.port === service.port);
    return { ...service, outside: probe?.result ?? "unknown", outsideMs: probe?.ms };
  });
}

function resourceViews(status: ClusterStatus): ResourceView[] {
  return status.resources.map((resource) => ({
    id: resource.id,
    agent: resource.agent,
    role: resource.role,
    state: stateOf(status, resource),
    nodes: resource.nodes,
    forSeconds: runningFor(status, resource),
    failures: status.histories
      .filter((history) => history.resource === resource.id)
      .filter((history) => resource.clone === undefined || resource.nodes.includes(history.node))
      .reduce((sum, history) => sum + history.failCount, 0),
  }));
}

function stateOf(status: ClusterStatus, resource: ClusterResource): ResourceView["state"] {
  if (resource.blocked) return "blocked";
  if (resource.failed) return "failed";
  if (resource.pending !== undefined) return "busy";
  if (!resource.active) return "stopped";
  return resource.managed || status.options.maintenance ? "ok" : "unmanaged";
}

/** Since the newest successful start or promotion where it runs now. */
function runningFor(status: ClusterStatus, resource: ClusterResource): number | undefined {
  const node = resource.nodes[0];
  const history = status.histories.find((item) => item.resource === resource.id && item.node === node);
  const tasks = resource.role === "Promoted" ? ["promote"] : ["start"];
  const ages = (history?.operations ?? [])
    .filter((operation) => tasks.includes(operation.task) && operation.rc === 0)
    .flatMap((operation) => ageOf(status, operation.at) ?? []);
  return ages.length > 0 ? Math.min(...ages) : undefined;
}

function fencingView(facts: PairFacts, view: ClusterView): FencingView {
  return {
    enabled: fencingEnabled(view),
    riskAccepted: facts.profile.acceptSplitBrainRisk,
    devices: fenceProofs(facts, view),
    history: view.status.fencing.slice(0, 5).map(({ target, status, at }) => ({ target, status, at })),
  };
}

function membershipView(facts: PairFacts, { from, status }: ClusterView): MembershipView {
  const seen = facts.hosts.flatMap((host) => (host.links.known ? host.links.value : []));
  const ids = [...new Set(seen.map((link) => link.id))].sort((a, b) => a - b);
  return {
    from,
    dc: status.dc,
    quorate: status.quorate,
    quorum: facts.hosts.find((host) => host.name === from)?.quorum ?? { known: false, why: say`not asked` },
    links: ids.map((id) => ({
      id,
      connected: seen
        .filter((link) => link.id === id)
        .every((link) => link.peers.every((peer) => peer.connected)),
    })),
  };
}

function growthOn(facts: PairFacts, { space }: HostState): SpaceView["growth"] {
  const path = facts.profile.mount;
  const volume = space.known ? space.value.find((use) => use.path === path) : undefined;
  const growth = volume && volumeGrowth(facts, volume);
  return growth && { path, ...growth };
}

/** A host that was off during the last one remembers an older one; one that cannot be asked may know a newer one. */
function lastDrill({ hosts }: PairFacts): ShowView["drill"] {
  const told = hosts.flatMap(({ lastDrill: item }) => (item.known && item.value ? [item.value] : []));
  const newest = told.sort((a, b) => Date.parse(b.at) - Date.parse(a.at))[0];
  const blind = hosts.find((host) => !host.lastDrill.known);
  if (newest === undefined && blind && !blind.lastDrill.known)
    return unknown(`${blind.name}: ${blind.lastDrill.why}`);
  return known(newest);
}

function constraintViews(view: Known<ClusterView>): Known<readonly ConstraintView[]> {
  if (!view.known) return view;
  const { cib } = view.value;
  if (!cib.known) return cib;
  return known(
    cib.value.locations.flatMap(({ id, origin, resource, node, until }) =>
      origin === "configured" ? [] : [{ id, origin, resource, node, until }],
    ),
  );
}
