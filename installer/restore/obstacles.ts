import { say } from "../../core/texts/say.ts";
import { dataSafe } from "../../core/verdict/data-safe.ts";
import type { PairFacts } from "../../core/verdict/facts.ts";
import { activeHost, clusterView, diskAt, hostOf, isMember, nodeOf } from "../../core/verdict/view.ts";

/** Where the data can be exchanged now, or what stands in the way. What is not known stands in the way as well. */
export type Ground = { readonly host: string } | { readonly why: readonly string[] };

/**
 * Pure. A service that does not run is no obstacle, nor is a second host that is off: a restore is for such a night.
 * The ground has to be firm all the same: one host that certainly has the volume, a cluster that can act, and nothing
 * of it under way.
 * @param resting the service was taken out of the cluster's hands by an earlier restore, and goes back
 */
export function groundOf(facts: PairFacts, resource: string, resting = false): Ground {
  const why: string[] = [];
  const view = clusterView(facts);
  const host = activeHost(facts);
  if (host === undefined) why.push(say`it is not known on which host the services are`);
  if (!view.known) why.push(say`the cluster could not be asked: ${view.why}`);
  else {
    const { status } = view.value;
    if (status.options.maintenance) why.push(say`the cluster is in maintenance`);
    if (status.options.stopAll) why.push(say`the cluster was told to stop everything`);
    if (status.quorate !== true) why.push(say`the cluster has no quorum, or is just forming`);
    if (host !== undefined && !isMember(nodeOf(status, host)))
      why.push(say`${host} does not take part in the cluster`);
    const busy = status.resources.find(
      (each) => each.pending !== undefined || ["Starting", "Stopping"].includes(each.role),
    );
    if (busy !== undefined) why.push(say`the cluster is at work on ${busy.id}: wait until it is done`);
    const own = status.resources.find(({ id }) => id === resource);
    if (own === undefined) why.push(say`the cluster has no resource ${resource}`);
    else if (!own.managed && !resting) why.push(say`${resource} is not managed by the cluster`);
  }
  if (host !== undefined) {
    const mounted = hostOf(facts, host)?.mounted;
    if (mounted === undefined || !mounted.known || mounted.value === undefined)
      why.push(say`${facts.profile.mount} is not known to be mounted on ${host}`);
    const disk = diskAt(facts, host);
    if (disk !== "UpToDate") why.push(say`the copy on ${host} is ${disk ?? "?"}, not UpToDate`);
  }
  const safe = dataSafe(facts);
  if (safe.state === "no") why.push(safe.why);
  if (host === undefined || why.length > 0) return { why: [...new Set(why)] };
  return { host };
}
