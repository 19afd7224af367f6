import type { ClusterStatus } from "../../core/cluster/model.ts";
import type { DrbdState } from "../../core/drbd/model.ts";

/**
 * What the fence-peer handler may do next, from what this host sees.
 * - `ask`: the cluster says the peer is there; it must prove it by showing the constraint in its own copy of the
 *   configuration.
 * - `fenced`: the cluster has powered the peer off, or it left in order.
 * - `wait`: not decided yet.
 * - `refuse`: will not get better by waiting.
 */
export type FenceStep =
  | { readonly step: "ask" | "fenced" }
  | { readonly step: "wait" | "refuse"; readonly why: string };

const wait = (why: string): FenceStep => ({ step: "wait", why });
const refuse = (why: string): FenceStep => ({ step: "refuse", why });

/** Pure. `peer` is the peer's node name. */
export function nextFenceStep(drbd: DrbdState, cluster: ClusterStatus, peer: string): FenceStep {
  if (drbd.disk !== "UpToDate" && drbd.disk !== "Consistent") {
    return refuse(`this host's copy is ${drbd.disk}: the other one is better`);
  }
  if (drbd.peerDisk === "UpToDate") return refuse("the other host's copy is connected again");
  const node = cluster.nodes.find((candidate) => candidate.name === peer);
  if (!node) return refuse(`the cluster knows no node ${peer}`);
  if (node.pending) return wait(`${peer} is joining or leaving the cluster`);
  if (node.unclean) return wait(`the cluster has not yet proved that ${peer} is off`);
  if (node.online) return { step: "ask" };
  if (node.expectedUp === true) return wait(`the cluster has not yet noticed how ${peer} left`);
  if (cluster.options.fencingEnabled !== true) {
    return wait(`fencing is switched off: nothing proves that ${peer} is off`);
  }
  if (cluster.quorate !== true) return wait("this host has no quorum");
  // That the other host is off does not make an older copy better.
  if (drbd.disk !== "UpToDate") return refuse(`${peer} is off, but this host's copy may be older`);
  return { step: "fenced" };
}
