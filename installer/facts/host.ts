import { type Host, run } from "../../core/host.ts";
import type { Config, HostConfig } from "../config/schema.ts";
import { type DrbdView, viewOf } from "../drbd/state.ts";
import { DRBD, PATHS } from "../names.ts";
import { packageManagerFor } from "../packages/manager.ts";
import { servicesOf } from "../services/list.ts";
import { ask, askDaemon, LOOK_LIMIT_MS, outputOrUndefined } from "./ask.ts";
import { type BackingFacts, blkid, freeSpace, gatherBacking, type Space } from "./backing.ts";
import { imageKey } from "./local.ts";
import { gatherMachine, type MachineFacts } from "./machine/gather.ts";
import {
  type Address,
  type OsRelease,
  parseIpAddr,
  parseListening,
  parseLosetup,
  parseNeighbour,
  parseOsRelease,
  parseUnits,
  type UnitState,
} from "./parse.ts";

/** Everything `plan` needs to know of one host, read at one moment, without changing anything. */
export interface HostFacts {
  readonly name: string;
  readonly os: OsRelease;
  readonly arch: string;
  readonly kernel: string;
  /** What `uname -n` prints, the name Pacemaker gives the node. */
  readonly hostname: string;
  readonly epochSeconds: number;
  readonly packages: ReadonlyMap<string, string>;
  readonly addresses: readonly Address[];
  readonly listening: ReadonlySet<number>;
  readonly units: ReadonlyMap<string, UnitState>;
  /** Content by path; undefined: proven absent. */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** The kernel confines programs with AppArmor. */
  readonly appArmor: boolean;
  readonly drbdModule: string | undefined;
  /** /proc/drbd of 8.4 modules; undefined when no module is loaded. */
  readonly procDrbd: string | undefined;
  readonly loops: ReadonlyMap<string, string>;
  readonly dataDir: Space;
  readonly backing: BackingFacts;
  readonly drbd: DrbdView;
  /** File system on the replicated volume, seen through the backing device; undefined: none. */
  readonly volumeSignature: string | undefined;
  readonly vipAnsweredBy: string | undefined;
  readonly programSha256: string | undefined;
  /** Target of each OCF link, by agent name. */
  readonly links: ReadonlyMap<string, string>;
  readonly images: ReadonlySet<string>;
  readonly mounted: boolean;
  /** The directory is there on which it is mounted. */
  readonly mountPoint: boolean;
  /** Public host keys of sshd, `type base64`. */
  readonly hostKeys: readonly string[];
  /** An installation has fenced for real and seen it; the proof is written to /var/lib/skyha. */
  readonly fenceProven: boolean;
  /** `crm_mon --output-as=xml`; undefined: no cluster answers here. */
  readonly crmMon: string | undefined;
  /** `cibadmin --query`; undefined: no cluster answers here. */
  readonly cib: string | undefined;
  /** `corosync-cmapctl`; undefined: no corosync runs here. */
  readonly cmap: string | undefined;
  /** What of the machine and its system can be in the way of a pair. */
  readonly machine: MachineFacts;
}

/** Whether the cluster of these hosts has an element of that id; false where no cluster answers. */
export function clusterHas(hosts: readonly HostFacts[], id: string): boolean {
  // The status after it remembers resources that are gone.
  return hosts.some(({ cib }) => cib?.split("</configuration>")[0]?.includes(`id="${id}"`) === true);
}

export const UNITS = [
  "corosync.service",
  "pacemaker.service",
  "pcsd.service",
  "docker.service",
  "drbd.service",
  "nfs-server.service",
  "nfsdcld.service",
  "skyha-storage.service",
] as const;

export async function gatherHost(host: Host, config: Config, own: HostConfig): Promise<HostFacts> {
  const text = (...argv: [string, ...string[]]) => run(host, argv, { timeoutMs: LOOK_LIMIT_MS });
  const optional = (...argv: [string, ...string[]]) => outputOrUndefined(host, argv);
  const os = parseOsRelease(await text("cat", "/etc/os-release"));
  const paths = filesOf(config);
  const [
    arch,
    kernel,
    hostname,
    epoch,
    packages,
    ip,
    ss,
    units,
    files,
    moduleVersion,
    proc,
    loops,
    space,
    backing,
    machine,
  ] = await Promise.all([
    text("uname", "-m"),
    text("uname", "-r"),
    text("uname", "-n"),
    text("date", "+%s.%N"),
    packageManagerFor(os).installed(host),
    text("ip", "-j", "addr"),
    text("ss", "-Hltn"),
    text("systemctl", "show", "-p", "Id,UnitFileState,ActiveState", ...UNITS),
    Promise.all(
      paths.map(async (path): Promise<[string, string | undefined]> => [path, await host.read(path)]),
    ),
    optional("modinfo", "-F", "version", "drbd"),
    host.read("/proc/drbd"),
    optional("losetup", "--json", "-O", "NAME,BACK-FILE"),
    freeSpace(host, config.data_dir),
    gatherBacking(host, config, own),
    gatherMachine(host, config),
  ]);
  const states = parseUnits(units);
  const runs = (unit: (typeof UNITS)[number]) => states.get(unit)?.active === "active";
  const cluster = (...argv: [string, ...string[]]) => askDaemon(host, argv, runs("pacemaker.service"));
  const [hostKeys, vipAnsweredBy, sha, links, images, mounts, mountPoint, crmMon, cib, cmap] =
    await Promise.all([
      gatherHostKeys(host),
      probeVip(host, config.vip.address),
      optional("sha256sum", PATHS.program),
      linksTo(host, PATHS.program),
      gatherImages(host, config.engine),
      optional("findmnt", "-n", "-o", "SOURCE", PATHS.mount),
      ask(host, ["test", "-d", PATHS.mount]),
      cluster("crm_mon", "-1", "--output-as=xml", "--inactive"),
      cluster("cibadmin", "--query"),
      askDaemon(host, ["corosync-cmapctl"], runs("corosync.service")),
    ]);
  return {
    name: own.name,
    os,
    arch: arch.trim(),
    kernel: kernel.trim(),
    hostname: hostname.trim(),
    epochSeconds: Number(epoch),
    packages,
    addresses: parseIpAddr(ip),
    listening: parseListening(ss),
    units: states,
    files: new Map(files),
    appArmor: new Map(files).get(APP_ARMOR)?.trim() === "Y",
    drbdModule: moduleVersion?.trim() || undefined,
    procDrbd: proc,
    loops: parseLosetup(loops ?? ""),
    dataDir: space,
    backing,
    drbd: viewOf(proc, own.name),
    volumeSignature:
      backing.signature === undefined ? undefined : await blkid(host, backing.path, "filesystem"),
    vipAnsweredBy,
    programSha256: sha?.split(" ")[0],
    links: new Map(links.split("\n").flatMap(tabPair)),
    images,
    mounted: (mounts ?? "").includes(DRBD.device),
    mountPoint: mountPoint.code === 0,
    hostKeys,
    fenceProven: new Map(files).get(PATHS.fenceProof) !== undefined,
    crmMon,
    cib,
    cmap,
    machine,
  };
}

/** "Y" or "N"; missing in kernels that have no AppArmor. */
const APP_ARMOR = "/sys/module/apparmor/parameters/enabled";

/** Files whose content plan compares. */
function filesOf(config: Config): string[] {
  return [
    APP_ARMOR,
    PATHS.hosts,
    PATHS.config,
    PATHS.corosyncConf,
    PATHS.corosyncKey,
    PATHS.drbdResource,
    PATHS.policy,
    PATHS.fenceProof,
    PATHS.applied,
    `${PATHS.pairKey}.pub`,
    PATHS.pairKnownHosts,
    PATHS.authorizedKeys,
    PATHS.originalUnits,
    PATHS.modulesLoad,
    PATHS.storageUnit,
    PATHS.startOrder,
    PATHS.nfsConf,
    PATHS.drbdCommon,
    PATHS.pcsKnownHosts,
    ...servicesOf(config).flatMap(({ secret }) => (secret === undefined ? [] : [secret.path])),
    ...config.hosts.flatMap((host) => fenceFiles(host.name)),
  ];
}

export const fenceFiles = (node: string): [password: string, script: string] => [
  `${PATHS.secrets}/fence-${node}.password`,
  `${PATHS.secrets}/fence-${node}.sh`,
];

/** Names under which the executable is called: path and target of every link to it where agents are looked for. */
async function linksTo(host: Host, target: string): Promise<string> {
  const places = [PATHS.agentDirectory, PATHS.fenceDirectory];
  // The first directory may not exist yet: find complains, and prints what it found elsewhere.
  const format = ["-type", "l", "-lname", target, "-printf", "%p\\t%l\\n"];
  const found = await ask(host, ["find", ...places, "-maxdepth", "1", ...format]);
  return found.stdout;
}

/** Makes the kernel ask who has the address, then reads its neighbour table; needs no extra program. */
async function probeVip(host: Host, address: string): Promise<string | undefined> {
  const own = await run(host, ["ip", "-j", "addr", "show", "to", address]);
  if (parseIpAddr(own).length > 0) return host.name;
  const program = 'timeout 1 bash -c "exec 3<>/dev/tcp/$1/9" 2>/dev/null; exec ip -j neigh show "$1"';
  return parseNeighbour(await run(host, ["sh", "-c", program, "probe", address]));
}

/** sshd says itself which host keys it would use; of those that exist the public part is computed. */
export async function gatherHostKeys(host: Host): Promise<string[]> {
  const settings = await run(host, ["sshd", "-T"]);
  const paths = [...settings.matchAll(/^hostkey (\S+)$/gm)].flatMap((match) => match[1] ?? []);
  const shown = await Promise.all(
    paths.map((path) => outputOrUndefined(host, ["ssh-keygen", "-y", "-f", path])),
  );
  return shown.flatMap((text) => (text === undefined ? [] : [text.trim().split(" ").slice(0, 2).join(" ")]));
}

/** Image references the engine has; empty when the engine is not there or does not run. */
async function gatherImages(host: Host, engine: Config["engine"]): Promise<Set<string>> {
  const listed = await outputOrUndefined(host, [engine, "images", "--format", "{{.Repository}}:{{.Tag}}"]);
  const names = (listed ?? "").split("\n").filter((line) => line !== "");
  return new Set(names.map(imageKey));
}

function tabPair(line: string): [string, string][] {
  const [name, target] = line.split("\t");
  return name !== undefined && target !== undefined && name !== "" ? [[name, target]] : [];
}
