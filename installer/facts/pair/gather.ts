import { parseCib } from "../../../core/cluster/cib.ts";
import { parseCrmMon } from "../../../core/cluster/crm-mon.ts";
import { type Known, known, mapKnown, unknown } from "../../../core/cluster/known.ts";
import { parseProcDrbd } from "../../../core/drbd/proc.ts";
import { parseDrbdStatus } from "../../../core/drbd/status.ts";
import type { Argv, Host } from "../../../core/host.ts";
import {
  type FenceProofRecord,
  type HostState,
  listeners,
  type NfsState,
  type PairFacts,
  type PairProfile,
} from "../../../core/verdict/facts.ts";
import { parseSamples } from "../../../core/verdict/growth.ts";
import { parseRecord } from "../../drill/last.ts";
import { PATHS } from "../../names.ts";
import { parseIpAddr } from "../parse.ts";
import { type Asker, createAsker, flatten } from "./ask.ts";
import { type TcpProbe, tcpProbe } from "./outside.ts";
import {
  parseCfgtool,
  parseContainers,
  parseDfPaths,
  parseDu,
  parseEtab,
  parseIsActive,
  parseMounts,
  parseNfsClients,
  parseQuorumtool,
} from "./parse.ts";

/** One host of the pair, or why there is no way to it. */
export interface PairHost {
  readonly name: string;
  readonly address: string;
  readonly host: Host | { readonly unreachable: string };
}

export interface GatherOptions {
  readonly probe?: TcpProbe;
  /** Seconds since the epoch; tests give their own. */
  readonly now?: () => number;
  /** After this a connection that died without a word is given up, and with it every question to that host. */
  readonly limitMs?: number;
  /** Asks a host more, once what the verdict rests on was asked; it keeps what it finds, and never throws. */
  readonly beside?: ((host: string, asker: Asker) => Promise<void>) | undefined;
}

const LIMIT_MS = 8000;
const VIP_PROBE_MS = 2000;

/** Looks at both hosts and at the VIP from outside, all at the same time. Never writes, never throws. */
export async function gatherPair(
  hosts: readonly PairHost[],
  profile: PairProfile,
  { probe = tcpProbe, now = () => Date.now() / 1000, limitMs = LIMIT_MS, beside }: GatherOptions = {},
): Promise<PairFacts> {
  const [states, outside] = await Promise.all([
    Promise.all(hosts.map((host) => gatherOne(host, profile, now, limitMs, beside))),
    Promise.all(
      listeners(profile).map(async ({ port }) => ({
        port,
        ...(await probe(profile.vip, port, VIP_PROBE_MS)),
      })),
    ),
  ]);
  return { profile, takenAt: now(), hosts: states, outside };
}

async function gatherOne(
  { name, address, host }: PairHost,
  profile: PairProfile,
  now: () => number,
  limitMs: number,
  beside: GatherOptions["beside"],
): Promise<HostState> {
  return "unreachable" in host
    ? { name, address, ...nothingKnown(host.unreachable) }
    : {
        name,
        address,
        ...(await gatherHost(createAsker(host, limitMs), profile, now, (asker) => beside?.(name, asker))),
      };
}

async function gatherHost(
  asker: Asker,
  profile: PairProfile,
  now: () => number,
  beside: (asker: Asker) => Promise<void> | undefined,
): Promise<Omit<HostState, "name" | "address">> {
  const started = now();
  const units = ["corosync", "pacemaker", ...(profile.engine === "docker" ? ["docker"] : [])];
  // What the verdict rests on comes first and alone: on a host in trouble the rest would take its time away.
  const [clock, cluster, cib, drbd, active, addresses, mounted] = await Promise.all([
    asker.run(["date", "+%s.%N"], (text) => Number.parseFloat(text) - (started + now()) / 2),
    flatten(asker.run(["crm_mon", "-1", "--output-as=xml"], parseCrmMon, [0, 102])),
    flatten(asker.run(["cibadmin", "--query"], parseCib)),
    gatherDrbd(asker, profile),
    // 3: at least one of them is not active.
    asker.run(["systemctl", "is-active", ...units], (text) => parseIsActive(text, units), [0, 3, 4]),
    asker.run(["ip", "-j", "addr"], (text) => parseIpAddr(text).map((item) => item.address)),
    asker.read("/proc/mounts", (text) => parseMounts(text, profile.mount)),
  ]);
  const [links, quorum, space, usage, samples, nfs, containers, proofs, lastDrill] = await Promise.all([
    asker.run(["corosync-cfgtool", "-s"], parseCfgtool),
    // Other codes than 0 tell that there is no quorum; the text says so too.
    asker.run(["corosync-quorumtool", "-s"], parseQuorumtool, [0, 1, 2]),
    gatherSpace(asker, profile),
    asker.run(du(profile), parseDu),
    asker.read(PATHS.space, parseSamples),
    gatherNfs(asker),
    asker.run([profile.engine, "ps", "--all", "--format", "{{json .}}"], parseContainers),
    gatherProofs(asker),
    asker.read(PATHS.drill, parseRecord),
    beside(asker),
  ]);
  const answers = [clock, cluster, cib, drbd, active, links, quorum, addresses, mounted, space, containers];
  // A host of which not one answer came is not there, whatever its connection says.
  const lost = answers.every((answer) => !answer.known) ? silence(answers) : undefined;
  return {
    unreachable: lost,
    cluster,
    cib,
    drbd,
    units: active,
    links,
    quorum,
    addresses,
    mounted,
    space,
    usage,
    spaceSamples: samples,
    nfs,
    containers,
    clockOffset: clock,
    fenceProofs: proofs,
    lastDrill,
  };
}

function silence(answers: readonly Known<unknown>[]): string {
  const [first] = answers;
  return first && !first.known ? first.why : "it answers nothing";
}

/** The module's version decides where its state is, not that of the tools. */
async function gatherDrbd(asker: Asker, profile: PairProfile): Promise<HostState["drbd"]> {
  const { resource, minor } = profile.drbd;
  const proc = await asker.read("/proc/drbd", (text) => text);
  if (!proc.known) return proc;
  // Proven absent: no module is loaded, so the resource is not up.
  if (proc.value === undefined) return parseDrbdStatus("[]", resource);
  const version = /^version:\s*(\S+)/m.exec(proc.value)?.[1];
  if (version === undefined || version.startsWith("8.")) return parseProcDrbd(proc.value, minor);
  const status = await flatten(
    asker.run(["drbdsetup", "status", "--json"], (json) => parseDrbdStatus(json, resource)),
  );
  return mapKnown(status, (state) => ({ ...state, version }));
}

/** data_dir's file system, and the replicated one where it is mounted: elsewhere df would name the root's. */
async function gatherSpace(asker: Asker, profile: PairProfile): Promise<HostState["space"]> {
  const argv: Argv = ["df", "-B1", "--output=target,size,used,avail", profile.dataDir, profile.mount];
  // 1: a path does not exist; the lines of the others are there.
  const rows = await asker.run(argv, parseDfPaths, [0, 1]);
  if (!rows.known) return rows;
  const uses = rows.value.filter((row, index) => index === 0 || row.target === profile.mount);
  return known(
    uses.map(({ totalBytes, usedBytes, freeBytes }, index) => ({
      path: index === 0 ? profile.dataDir : profile.mount,
      totalBytes,
      usedBytes,
      freeBytes,
    })),
  );
}

/** Sizes of what is in both directories, given up after three seconds: millions of files take minutes. */
function du(profile: PairProfile): Argv {
  const program =
    'for d; do set -- "$@" "$d"/*; shift; done; timeout 3 du -xsk -- "$@" 2>/dev/null; c=$?; [ $c = 1 ] || exit $c';
  return ["sh", "-c", program, "du", profile.dataDir, profile.mount];
}

async function gatherNfs(asker: Asker): Promise<Known<NfsState>> {
  const list = "cat /proc/fs/nfsd/clients/*/info 2>/dev/null; true";
  const [exports, clients] = await Promise.all([
    asker.read("/var/lib/nfs/etab", parseEtab),
    asker.run(["sh", "-c", list], parseNfsClients),
  ]);
  if (!exports.known) return exports;
  return mapKnown(clients, (addresses) => ({ exports: exports.value, clients: addresses }));
}

/** What `install` noted after it had powered a host off: `NODE TIME`, one per line. */
function gatherProofs(asker: Asker): Promise<Known<readonly FenceProofRecord[]>> {
  return asker.read(PATHS.fenceProof, (text) =>
    (text ?? "").split("\n").flatMap((line) => {
      const [, node, at] = /^(\S+)\s+(\S.*)$/.exec(line.trim()) ?? [];
      return node === undefined || at === undefined ? [] : [{ node, at }];
    }),
  );
}

function nothingKnown(why: string): Omit<HostState, "name" | "address"> {
  const nothing = unknown(why);
  return {
    unreachable: why,
    cluster: nothing,
    cib: nothing,
    drbd: nothing,
    units: nothing,
    links: nothing,
    quorum: nothing,
    addresses: nothing,
    mounted: nothing,
    space: nothing,
    usage: nothing,
    spaceSamples: nothing,
    nfs: nothing,
    containers: nothing,
    clockOffset: nothing,
    fenceProofs: nothing,
    lastDrill: nothing,
  };
}
