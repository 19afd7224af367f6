import type { ClusterResource, ClusterStatus } from "../cluster/model.ts";
import { say } from "../texts/say.ts";
import type { PairFacts, ServiceProfile } from "./facts.ts";
import { clusterView, isMember, nodeOf, resourceOf } from "./view.ts";

export interface Serving {
  readonly state: "yes" | "partly" | "no" | "unknown";
  readonly why: string;
  readonly services: readonly ServiceHealth[];
}

export interface ServiceHealth {
  readonly name: string;
  readonly port: number | undefined;
  /** Whether clients are served; `unknown` when neither the cluster nor an attempt from outside settles it. */
  readonly state: "yes" | "no" | "unknown";
  readonly why: string;
}

/**
 * Whether clients are served. An attempt from outside settles it: an accepted connection is a yes, a refused one a
 * no. Silence is a no only when the cluster agrees, because a firewall before this machine is silent too.
 */
export function serving(facts: PairFacts): Serving {
  const services = facts.profile.services.map((service) => health(facts, service));
  if (services.length === 0)
    return { state: "unknown", why: say`the configuration names no service`, services };
  const named = (state: ServiceHealth["state"]) => services.filter((item) => item.state === state);
  const [yes, no, open] = [named("yes"), named("no"), named("unknown")];
  const list = (items: readonly ServiceHealth[]) => items.map((item) => item.name).join(", ");
  if (yes.length === services.length) {
    const tried = facts.outside.some((probe) => probe.result === "open");
    return { state: "yes", why: allServed(facts, yes, tried), services };
  }
  if (yes.length > 0) {
    const down = no.length > 0 ? say`down: ${list(no)}` : "";
    const notKnown = open.length > 0 ? say`not known: ${list(open)}` : "";
    return { state: "partly", why: [down, notKnown].filter((text) => text !== "").join("; "), services };
  }
  if (no.length > 0) return { state: "no", why: no[0]?.why ?? "", services };
  return { state: "unknown", why: open[0]?.why ?? "", services };
}

/** One sentence; in English a single service is a matter of grammar. */
function allServed(facts: PairFacts, services: readonly ServiceHealth[], tried: boolean): string {
  const names = services.map(({ name }) => name).join(", ");
  const { vip } = facts.profile;
  if (services.length === 1) {
    return tried
      ? say`${names} answers at ${vip}`
      : say`${names} runs, by the cluster; not tried from outside`;
  }
  return tried ? say`${names} answer at ${vip}` : say`${names} run, by the cluster; not tried from outside`;
}

function health(facts: PairFacts, service: ServiceProfile): ServiceHealth {
  const { name, port } = service;
  const of = (state: ServiceHealth["state"], why: string): ServiceHealth => ({ name, port, state, why });
  const address = `${facts.profile.vip}:${port}`;
  const cluster = byCluster(facts, service);
  switch (facts.outside.find((probe) => probe.port === port)?.result) {
    case "open": {
      // An open port is not all there is: an NFS server without its export has nothing to serve.
      const lacking = cluster.state === "no" ? lackingPart(facts, service) : undefined;
      return lacking === undefined ? of("yes", say`${address} accepts connections`) : of("no", lacking);
    }
    case "refused":
      return of("no", cluster.state === "yes" ? say`nothing listens at ${address}` : cluster.why);
    case "silent":
      return cluster.state === "yes"
        ? of(
            "unknown",
            say`${address} does not answer here, but the cluster says ${name} runs: a firewall, or the service hangs`,
          )
        : of(
            "no",
            cluster.state === "no"
              ? cluster.why
              : say`${address} does not answer; the cluster could not be asked`,
          );
    default:
      return of(cluster.state, cluster.why);
  }
}

/** Something the service needs beside the program that listens, and that does not run. */
function lackingPart(facts: PairFacts, service: ServiceProfile): string | undefined {
  const view = clusterView(facts);
  if (!view.known) return undefined;
  const id = service.resources.slice(1).find((item) => resourceOf(view.value.status, item)?.active === false);
  return id === undefined ? undefined : say`${id} does not run`;
}

interface Opinion {
  readonly state: ServiceHealth["state"];
  readonly why: string;
}

function byCluster(facts: PairFacts, service: ServiceProfile): Opinion {
  const view = clusterView(facts);
  if (!view.known) return { state: "unknown", why: say`the cluster could not be asked: ${view.why}` };
  const { status } = view.value;
  // Without the address or the file system no client is served, whatever the service says of itself.
  const needed = [facts.profile.ids.filesystem, facts.profile.ids.vip, ...service.resources];
  for (const id of needed) {
    const resource = resourceOf(status, id);
    if (!resource) return { state: "no", why: say`${id} is not in the cluster's configuration` };
    const fault = faultOf(status, resource);
    if (fault) return fault;
  }
  if (status.options.maintenance) {
    return {
      state: "unknown",
      why: say`the cluster is in maintenance: what it says of the services may be old`,
    };
  }
  return { state: "yes", why: say`${service.name} runs` };
}

function faultOf(status: ClusterStatus, resource: ClusterResource): Opinion | undefined {
  if (!resource.active || resource.nodes.length === 0)
    return { state: "no", why: say`${resource.id} does not run` };
  if (resource.failed || resource.blocked) return { state: "no", why: say`${resource.id} has failed` };
  const nodes = resource.nodes.map((name) => nodeOf(status, name));
  if (nodes.some(isMember)) return undefined;
  return {
    state: "unknown",
    why: say`${resource.id} was on ${resource.nodes.join(", ")}, which is lost and not proven off`,
  };
}
