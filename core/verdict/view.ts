import type { Cib } from "../cluster/cib.ts";
import { type Known, known, unknown } from "../cluster/known.ts";
import type { ClusterNode, ClusterResource, ClusterStatus } from "../cluster/model.ts";
import type { DrbdDisk, DrbdState } from "../drbd/model.ts";
import { say } from "../texts/say.ts";
import type { HostState, PairFacts } from "./facts.ts";

export interface ClusterView {
  /** Host whose answer this is. */
  readonly from: string;
  readonly status: ClusterStatus;
  /** That host's copy of the configuration. */
  readonly cib: Known<Cib>;
}

/**
 * The cluster as its best-informed host sees it: the designated controller itself, else one that knows of a
 * designated controller, else any that answers. Unknown when no host does.
 */
export function clusterView(facts: PairFacts): Known<ClusterView> {
  const views = clusterViews(facts);
  const best =
    views.find((view) => view.status.dc === view.from && view.status.quorate === true) ??
    views.find((view) => view.status.dc !== undefined) ??
    views[0];
  if (best) return known(best);
  return unknown(reasonsOf(facts, reasonOf));
}

/** Why no host gave an answer; said once when it is the same everywhere. */
export function reasonsOf(facts: PairFacts, reason: (host: HostState) => string): string {
  const reasons = facts.hosts.map(reason);
  const [first] = reasons;
  if (first === undefined) return say`no host was asked`;
  if (reasons.every((text) => text === first)) return first;
  return facts.hosts.map((host, index) => `${host.name}: ${reasons[index]}`).join("; ");
}

/** Every view of the cluster there is, one per host that answered. */
export function clusterViews(facts: PairFacts): ClusterView[] {
  return facts.hosts.flatMap((host) =>
    host.cluster.known ? [{ from: host.name, status: host.cluster.value, cib: host.cib }] : [],
  );
}

function reasonOf(host: HostState): string {
  if (host.unreachable !== undefined) return host.unreachable;
  return host.cluster.known ? "" : host.cluster.why;
}

export const hostOf = (facts: PairFacts, name: string): HostState | undefined =>
  facts.hosts.find((host) => host.name === name);

export const peerOf = (facts: PairFacts, name: string): HostState | undefined =>
  facts.hosts.find((host) => host.name !== name);

export const nodeOf = (status: ClusterStatus, name: string): ClusterNode | undefined =>
  status.nodes.find((node) => node.name === name);

/** A node that the cluster may start services on now. */
export const isUsable = (node: ClusterNode | undefined): boolean =>
  node !== undefined && isMember(node) && !node.standby && !node.maintenance;

/** A node whose Pacemaker takes part; crm_mon calls one whose Pacemaker is stopped online, but pending. */
export const isMember = (node: ClusterNode | undefined): boolean =>
  node?.online === true && !node.pending && !node.unclean && !node.shutdown;

export const resourceOf = (status: ClusterStatus, id: string): ClusterResource | undefined =>
  status.resources.find((resource) => resource.id === id);

/** The latest attempt to power a node off that came to an end did so in vain. */
export const hasFencingFailed = (status: ClusterStatus, node: string): boolean =>
  status.fencing.find((event) => event.target === node && event.status !== "pending")?.status === "failed";

/** Node the DRBD clone is promoted on, by the cluster. */
export const promotedNode = (status: ClusterStatus, drbd: string): string | undefined =>
  status.resources.find((resource) => resource.id === drbd && resource.role === "Promoted")?.nodes[0];

/**
 * The host the services belong to now: where DRBD is primary, else where the cluster says it is promoted, else
 * where the group runs. Undefined when nobody says.
 */
export function activeHost(facts: PairFacts): string | undefined {
  const primaries = facts.hosts.filter((host) => host.drbd.known && host.drbd.value.role === "Primary");
  if (primaries.length === 1) return primaries[0]?.name;
  if (primaries.length > 1) return undefined;
  const view = clusterView(facts);
  if (!view.known) return undefined;
  const { status } = view.value;
  const { ids } = facts.profile;
  return promotedNode(status, ids.drbd) ?? resourceOf(status, ids.filesystem)?.nodes[0];
}

/** A host to type cluster commands on: the one whose view is used, else any that can be reached. */
export function commandHost(facts: PairFacts): string | undefined {
  const view = clusterView(facts);
  return view.known ? view.value.from : facts.hosts.find((host) => host.unreachable === undefined)?.name;
}

export const drbdOf = (host: HostState | undefined): DrbdState | undefined =>
  host?.drbd.known ? host.drbd.value : undefined;

/** A host's copy, from itself, else from what its connected peer sees of it. Undefined: nobody knows. */
export function diskAt(facts: PairFacts, name: string): DrbdDisk | undefined {
  const own = drbdOf(hostOf(facts, name))?.disk;
  return [own, drbdOf(peerOf(facts, name))?.peerDisk].find(
    (disk) => disk !== undefined && disk !== "DUnknown" && disk !== "Unknown",
  );
}
