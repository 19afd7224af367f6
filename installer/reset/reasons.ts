import { parseCrmMon } from "../../core/cluster/crm-mon.ts";
import type { ClusterStatus } from "../../core/cluster/model.ts";
import { messageOf } from "../../core/message.ts";
import { type Report, report } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import { isMember, nodeOf } from "../../core/verdict/view.ts";
import { descent } from "../brain/generations.ts";
import { configurationOf } from "../cib/edit.ts";
import { wantedConfiguration } from "../cib/wanted.ts";
import { child, parseXml, type XmlNode } from "../cib/xml.ts";
import type { Config } from "../config/schema.ts";
import { IDS, PATHS } from "../names.ts";
import { groupRunsOn } from "../steps/cluster-state.ts";
import type { ResetHost } from "./look.ts";
import { isElsewhere, type ResetView, runsCluster, takesData, targetsOf } from "./scope.ts";

/** Everything that stands in the way of a reset; what is not known does as well. Pure. */
export function reasonsAgainst(view: ResetView): Report[] {
  const others = view.hosts.flatMap((host) => otherCluster(host, view.config));
  // Of somebody else's cluster nothing more is asked.
  if (others.length > 0) return others;
  return [
    ...(view.scope.kind === "host" ? activeHost(view, view.scope.host) : []),
    ...clusterAtRest(view),
    ...targetsOf(view).flatMap((host) => startedByHand(host, view.config)),
    ...(takesData(view) ? targetsOf(view) : []).flatMap((host) =>
      isElsewhere(host, view.config)
        ? [report("reset.elsewhere", { path: host.facts.backing.path }, host.name)]
        : [],
    ),
    ...(view.scope.kind === "host" ? [] : foreign(view)),
    ...(view.scope.kind === "host" ? redundantCopy(view, view.scope.host) : sameCopies(view)),
  ];
}

function otherCluster({ name, facts }: ResetHost, config: Config): Report[] {
  const conf = facts.files.get(PATHS.corosyncConf) ?? "";
  const found = /^\s*cluster_name:\s*(\S+)/m.exec(conf)?.[1];
  if (found === undefined || found === config.cluster || found === "debian") return [];
  return [report("preflight.other-cluster", { name: found, wanted: config.cluster }, name)];
}

/** The cluster as a host with a designated controller sees it; undefined: no cluster runs. */
export function statusOf({ hosts }: Pick<ResetView, "hosts">): ClusterStatus | undefined {
  const seen = hosts.flatMap(({ facts }) => {
    const status = facts.crmMon === undefined ? undefined : parseCrmMon(facts.crmMon);
    return status?.known ? [status.value] : [];
  });
  return seen.find(({ dc }) => dc !== undefined) ?? seen[0];
}

function clusterAtRest(view: ResetView): Report[] {
  const running = view.hosts.filter((host) => runsCluster(host, view.config));
  if (running.length === 0) return [];
  const status = statusOf(view);
  if (status?.dc === undefined || status.quorate !== true) {
    return [report("reset.not-at-rest", { why: [say`the cluster has no quorum, or does not answer`] })];
  }
  if (status.options.maintenance === true) return [report("reset.maintenance", {})];
  const nodes = view.hosts.flatMap((host) => {
    const node = nodeOf(status, host.name);
    if (runsCluster(host, view.config))
      return isMember(node) ? [] : [say`${host.name} does not take part in the cluster`];
    return node?.online === true || node?.unclean === true
      ? [say`the cluster does not know yet that it was stopped on ${host.name}`]
      : [];
  });
  const stuck = status.resources
    .filter(({ blocked, managed, maintenance }) => blocked || !managed || maintenance)
    .map(({ id }) => say`the cluster does not look after ${id}`);
  const why = [...nodes, ...new Set(stuck)];
  return why.length === 0 ? [] : [report("reset.not-at-rest", { why })];
}

/** What no cluster would stop. */
function startedByHand(host: ResetHost, config: Config): Report[] {
  if (runsCluster(host, config)) return [];
  const { facts, containers } = host;
  const what = [
    ...(facts.mounted ? [PATHS.mount] : []),
    ...(facts.drbd.role === "Primary" ? ["DRBD Primary"] : []),
    ...containers.running,
  ];
  return what.length === 0 ? [] : [report("reset.by-hand", { what }, host.name)];
}

const RESOURCES = ["primitive", "group", "clone", "master", "bundle", "template"];

/** Resources that neither an installation made nor the configuration asks for. */
export function foreignResources(cib: string, applied: string | undefined, config: Config): string[] {
  const wanted = wantedConfiguration(config, {
    vipPrefix: 32,
    roleNames: { Promoted: "Promoted", Unpromoted: "Unpromoted" },
    nfsClients: "",
    has: () => true,
  });
  const ours = new Set([...idsIn(wanted), ...(applied === undefined ? [] : idsIn(parseXml(applied)))]);
  return idsIn(configurationOf(cib)).filter((id) => !ours.has(id));
}

function idsIn(configuration: XmlNode): string[] {
  const below = (node: XmlNode): string[] => [
    ...(RESOURCES.includes(node.name) ? [node.attributes["id"] ?? ""] : []),
    ...node.children.flatMap(below),
  ];
  const resources = child(configuration, "resources");
  return resources === undefined ? [] : below(resources);
}

function foreign({ config, choices, hosts }: ResetView): Report[] {
  if (choices.foreign) return [];
  try {
    const found = hosts.flatMap(({ cib, facts }) =>
      cib === undefined ? [] : foreignResources(cib, facts.files.get(PATHS.applied), config),
    );
    return found.length === 0 ? [] : [report("reset.foreign", { resources: [...new Set(found)] })];
  } catch (error) {
    return [
      report("reset.not-at-rest", { why: [say`its configuration cannot be read: ${messageOf(error)}`] }),
    ];
  }
}

/** Both copies are the same, or one of them never held anything. */
function sameCopies({ hosts }: ResetView): Report[] {
  const why = hosts.flatMap(notWhole);
  const [first, second] = hosts;
  if (first.copy.kind === "data" && second.copy.kind === "data") {
    const found = descent(first.copy.generations, second.copy.generations);
    if (found !== "same") why.push(differText(found, first.name, second.name));
  }
  return why.length === 0 ? [] : [report("reset.copies", { why })];
}

function notWhole({ name, copy, facts: { drbd } }: ResetHost): string[] {
  if (copy.kind === "unknown") return [say`the copy of ${name} is not known: ${copy.why}`];
  if (copy.kind !== "data" || drbd.disk === "absent") return [];
  if (drbd.disk !== "UpToDate") return [say`the copy of ${name} is ${drbd.disk}`];
  return drbd.role === "Primary" && drbd.peerDisk !== "UpToDate"
    ? [say`${name} does not have its changes copied: ${drbd.connection}`]
    : [];
}

function differText(found: string, first: string, second: string): string {
  if (found === "first-newer") return say`${first} has changes that ${second} does not have yet`;
  if (found === "second-newer") return say`${second} has changes that ${first} does not have yet`;
  return found === "diverged"
    ? say`both copies have changes that the other one does not have`
    : say`the copies have nothing in common`;
}

/** The services are on the other host, which goes on with them. */
function activeHost(view: ResetView, wanted: string): Report[] {
  const own = view.hosts.find(({ name }) => name === wanted);
  const other = view.hosts.find(({ name }) => name !== wanted);
  if (own === undefined || other === undefined) return [];
  if (own.facts.mounted || own.facts.drbd.role === "Primary")
    return [report("reset.active", { host: own.name, other: other.name })];
  const seen = other.facts.crmMon === undefined ? undefined : groupRunsOn(other.facts.crmMon, IDS.group);
  if (other.facts.mounted && seen === other.name) return [];
  return [report("reset.alone", { host: own.name, other: other.name })];
}

/** The copy of that host holds nothing that the other one does not have. */
function redundantCopy({ hosts }: ResetView, wanted: string): Report[] {
  const own = hosts.find(({ name }) => name === wanted);
  const other = hosts.find(({ name }) => name !== wanted);
  if (own === undefined || other === undefined) return [];
  const why: string[] = [];
  if (other.facts.drbd.disk !== "UpToDate")
    why.push(say`the copy of ${other.name} is ${other.facts.drbd.disk}`);
  if (own.copy.kind === "unknown") why.push(say`the copy of ${own.name} is not known: ${own.copy.why}`);
  if (own.copy.kind === "data") {
    if (other.copy.kind !== "data") why.push(say`the copy of ${other.name} is not known: ${other.copy.kind}`);
    else {
      const found = descent(other.copy.generations, own.copy.generations);
      if (found !== "same" && found !== "first-newer") why.push(differText(found, other.name, own.name));
    }
  }
  return why.length === 0 ? [] : [report("reset.copies", { why })];
}
