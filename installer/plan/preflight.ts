import { type Report, report } from "../../core/report.ts";
import type { Config } from "../config/schema.ts";
import { clusterHas, type HostFacts } from "../facts/host.ts";
import { CLUSTER_PORTS, IDS, PATHS } from "../names.ts";
import { packageManagerFor } from "../packages/manager.ts";
import { servicesOf } from "../services/list.ts";
import type { InstallFacts } from "./plan.ts";

const MAX_CLOCK_OFFSET_S = 30;
/** Kept free beside the backing file, for logs and recovery copies. */
const SPARE_BYTES = 200 * 1024 * 1024;

/** Everything that would make the installation fail half-way, or meet somebody else's data. Pure. */
export function preflight(config: Config, facts: InstallFacts): Report[] {
  return [
    ...facts.hosts.flatMap((host, index) => preflightHost(config, host, index)),
    ...preflightPair(facts),
    ...volume(config, facts),
  ];
}

function preflightHost(config: Config, facts: HostFacts, index: number): Report[] {
  const own = config.hosts[index];
  if (own === undefined) throw new Error("more facts than hosts");
  packageManagerFor(facts.os);
  return [
    ...names(facts, own.name),
    ...addresses(facts, [own.address, ...own.links]),
    ...vip(config, facts),
    ...foreignCluster(config, facts),
    ...ports(config, facts),
    ...space(config, facts),
    ...backing(facts),
  ];
}

function names(facts: HostFacts, wanted: string): Report[] {
  return facts.hostname === wanted
    ? []
    : [report("preflight.hostname", { hostname: facts.hostname, wanted }, facts.name)];
}

function addresses(facts: HostFacts, wanted: readonly string[]): Report[] {
  const own = new Set(facts.addresses.map((item) => item.address));
  return wanted
    .filter((address) => !own.has(address))
    .map((address) => report("preflight.address", { address, own: [...own] }, facts.name));
}

/** Somebody answers for the VIP and no cluster of ours is there that could hold it. */
function vip(config: Config, facts: HostFacts): Report[] {
  if (facts.vipAnsweredBy === undefined || isOurs(config, facts)) return [];
  return [
    report("preflight.vip-in-use", { address: config.vip.address, by: facts.vipAnsweredBy }, facts.name),
  ];
}

export function isOurs(config: Config, facts: HostFacts): boolean {
  return clusterName(facts) === config.cluster;
}

function clusterName(facts: HostFacts): string | undefined {
  return /^\s*cluster_name:\s*(\S+)/m.exec(facts.files.get(PATHS.corosyncConf) ?? "")?.[1];
}

/** Debian's own default file names the cluster "debian" and belongs to nobody. */
function foreignCluster(config: Config, facts: HostFacts): Report[] {
  const name = clusterName(facts);
  if (name === undefined || name === config.cluster || name === "debian") return [];
  return [report("preflight.other-cluster", { name, wanted: config.cluster }, facts.name)];
}

function ports(config: Config, facts: HostFacts): Report[] {
  const own = isOurs(config, facts);
  // In a cluster of ours only a service that it does not have yet can meet somebody else's port.
  const isNew = (id: string) => !own || (facts.cib !== undefined && !clusterHas([facts], id));
  const services = servicesOf(config).filter(({ resource }) => isNew(resource.id));
  const wanted: [string, number][] = [
    ...(!own && facts.files.get(PATHS.drbdResource) === undefined
      ? [["DRBD", config.drbd.port] as [string, number]]
      : []),
    ...services.flatMap(({ name, port }): [string, number][] => (port === undefined ? [] : [[name, port]])),
    ...(own || !config.pcs || facts.packages.has("pcs")
      ? []
      : [["pcsd", CLUSTER_PORTS.pcsd] as [string, number]]),
  ];
  return wanted
    .filter(([, port]) => facts.listening.has(port))
    .map(([service, port]) => report("preflight.port", { port, service }, facts.name));
}

function space(config: Config, facts: HostFacts): Report[] {
  if (facts.backing.kind === "device" || facts.backing.exists) return [];
  const needed = config.drbd.size_mb * 1024 * 1024 + SPARE_BYTES;
  if (facts.dataDir.freeBytes >= needed) return [];
  const mega = (bytes: number) => Math.floor(bytes / 1024 / 1024);
  return [
    report(
      "preflight.space",
      { path: config.data_dir, freeMb: mega(facts.dataDir.freeBytes), neededMb: mega(needed) },
      facts.name,
    ),
  ];
}

/** A service that is new to a running pair gets its directory where the volume is mounted. */
function volume(config: Config, { hosts }: InstallFacts): Report[] {
  if (!clusterHas(hosts, IDS.filesystem) || hosts.some(({ mounted }) => mounted)) return [];
  const added = servicesOf(config).filter(({ resource }) => !clusterHas(hosts, resource.id));
  if (added.length === 0) return [];
  return [
    report("preflight.volume-not-mounted", { path: PATHS.mount, services: added.map(({ name }) => name) }),
  ];
}

/** Data of unknown origin where the replicated volume is to be: nothing is overwritten (rule 2). */
function backing(facts: HostFacts): Report[] {
  const { backing: found } = facts;
  if (found.kind === "device" && !found.exists)
    return [report("preflight.no-device", { path: found.path }, facts.name)];
  const ours = facts.files.get(PATHS.drbdResource)?.includes("skydata") === true;
  if (found.signature === undefined || (found.signature === "drbd" && ours)) return [];
  return [report("preflight.data-found", { path: found.path, signature: found.signature }, facts.name)];
}

function preflightPair({ hosts: [first, second] }: InstallFacts): Report[] {
  const reports: Report[] = [];
  if (first.os.id !== second.os.id || first.os.versionId !== second.os.versionId) {
    reports.push(
      report("preflight.mixed-pair", { first: first.os.prettyName, second: second.os.prettyName }),
    );
  }
  const offset = Math.abs(first.epochSeconds - second.epochSeconds);
  if (offset > MAX_CLOCK_OFFSET_S) reports.push(report("preflight.clock", { seconds: Math.round(offset) }));
  return reports;
}
