import { Exit } from "../../core/exit.ts";
import { describe, type Report, report, SkyhaError } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import type { Config } from "../config/schema.ts";
import { clusterHas, type HostFacts } from "../facts/host.ts";
import { CLUSTER_PORTS, IDS, PATHS } from "../names.ts";
import { packageManagerFor } from "../packages/manager.ts";
import { servicesOf } from "../services/list.ts";
import { type Check, onEach } from "./check.ts";
import type { InstallFacts } from "./plan.ts";
import { MACHINE_CHECKS } from "./preflight-machine.ts";

const MAX_CLOCK_OFFSET_S = 30;
/** Kept free beside the backing file, for logs and recovery copies. */
const SPARE_BYTES = 200 * 1024 * 1024;

/** In the order in which people look for what is wrong. */
export const CHECKS: readonly Check[] = [
  {
    id: "release",
    title: () => say`both hosts run the same release`,
    problems: (_config, hosts) => release(hosts),
  },
  { id: "clock", title: () => say`the clocks agree`, problems: (_config, hosts) => clocks(hosts) },
  onEach(
    "name",
    () => say`each host has the name of the configuration`,
    (host, _config, own) => names(host, own.name),
  ),
  onEach(
    "address",
    () => say`each host has its addresses`,
    (host, _config, own) => addresses(host, [own.address, ...own.links]),
  ),
  { id: "mtu", title: () => say`both ends of each link take packets of the same size`, problems: mtus },
  {
    id: "vip",
    title: () => say`nobody else answers at the VIP`,
    problems: (config, hosts) => hosts.flatMap((host) => vip(config, host, hosts)),
  },
  onEach(
    "cluster",
    () => say`no host belongs to another cluster`,
    (host, config) => foreignCluster(config, host),
  ),
  onEach(
    "port",
    () => say`the ports are free`,
    (host, config) => ports(config, host),
  ),
  onEach("drbd", () => say`the kernel has DRBD`, drbdModule),
  onEach(
    "space",
    () => say`there is room for the replicated volume`,
    (host, config) => space(config, host),
  ),
  onEach("data", () => say`where the replicated volume goes is no other data`, backing),
  { id: "volume", title: () => say`the volume is mounted when services are added`, problems: volume },
  ...MACHINE_CHECKS,
];

/** Everything that would make the installation fail half-way, or meet somebody else's data; and warnings. Pure. */
export function preflight(config: Config, { hosts }: InstallFacts): Report[] {
  // A distribution skyha was never tried on ends everything.
  for (const { os } of hosts) packageManagerFor(os);
  return CHECKS.flatMap(({ problems }) => problems(config, hosts));
}

/** The warnings. @throws SkyhaError exit 2 with every error, and without the warnings, which can wait */
export function requirePreflight(config: Config, facts: InstallFacts): Report[] {
  const found = preflight(config, facts);
  const errors = found.filter((item) => describe(item).severity === "error");
  if (errors.length > 0) throw new SkyhaError(errors, Exit.usage);
  return found;
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

/** What the larger end sends is lost on the way to the smaller one: large packets only, so all seems well at first. */
function mtus(config: Config, [first, second]: InstallFacts["hosts"]): Report[] {
  const [one, two] = config.hosts.map(({ address, links }) => [address, ...links]);
  return (one ?? []).flatMap((address, link) => {
    const here = first.addresses.find((item) => item.address === address);
    const there = second.addresses.find((item) => item.address === two?.[link]);
    if (here?.mtu === undefined || there?.mtu === undefined || here.mtu === there.mtu) return [];
    const smaller = here.mtu < there.mtu ? first.name : second.name;
    const device = here.mtu < there.mtu ? here.interface : there.interface;
    const mtu = Math.max(here.mtu, there.mtu);
    const ends = { first: `${address} ${here.mtu}`, second: `${there.address} ${there.mtu}` };
    return [report("preflight.mtu", { ...ends, device, mtu }, smaller)];
  });
}

/** Somebody answers for the VIP and no cluster of ours is there that could hold it. */
function vip(config: Config, facts: HostFacts, hosts: InstallFacts["hosts"]): Report[] {
  if (facts.vipAnsweredBy === undefined || isOurs(config, facts)) return [];
  // A host that joins sees the other one, which has it.
  if (hosts.some((host) => host.vipAnsweredBy === host.name && isOurs(config, host))) return [];
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
function volume(config: Config, hosts: InstallFacts["hosts"]): Report[] {
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
  const { path, signature, kind } = found;
  return [report("preflight.data-found", { path, signature, kind }, facts.name)];
}

function release([first, second]: InstallFacts["hosts"]): Report[] {
  if (first.os.id === second.os.id && first.os.versionId === second.os.versionId) return [];
  return [report("preflight.mixed-pair", { first: first.os.prettyName, second: second.os.prettyName })];
}

function clocks([first, second]: InstallFacts["hosts"]): Report[] {
  const offset = Math.abs(first.epochSeconds - second.epochSeconds);
  return offset > MAX_CLOCK_OFFSET_S ? [report("preflight.clock", { seconds: Math.round(offset) })] : [];
}

/** In Debian's kernels, but not in those for clouds; elsewhere it comes with a package. */
function drbdModule({ name, os, kernel, drbdModule: version }: HostFacts): Report[] {
  if (version !== undefined || packageManagerFor(os).bringsDrbd) return [];
  return [report("preflight.no-drbd", { kernel }, name)];
}
