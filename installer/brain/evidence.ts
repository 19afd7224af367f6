import type { Host } from "../../core/host.ts";
import type { HostState, PairFacts } from "../../core/verdict/facts.ts";
import { drbdOf } from "../../core/verdict/view.ts";
import type { Config } from "../config/schema.ts";
import { backingDevice } from "../drbd/resource-file.ts";
import { backingFile, DRBD } from "../names.ts";

/** What one host has to show for its copy. Texts for people; "?" where nothing is known. */
export interface CopyEvidence {
  readonly host: string;
  readonly role: string;
  readonly disk: string;
  readonly connection: string;
  /** Changed here since the two copies parted, as DRBD counts it. */
  readonly changed: string;
  readonly vip: string;
  readonly mounted: string;
  readonly services: string;
  /** Current, bitmap and two history generation identifiers (drbdadm get-gi). */
  readonly generations: string;
  /** The last changes of role in the kernel's log, newest last. */
  readonly lastRoles: readonly string[];
}

export async function gatherEvidence(facts: PairFacts, hosts: readonly Host[]): Promise<CopyEvidence[]> {
  return Promise.all(
    facts.hosts.map(async (state) => {
      const host = hosts.find(({ name }) => name === state.name);
      const { resource } = facts.profile.drbd;
      return {
        ...seenOf(state, facts),
        generations: host ? await generations(host, resource) : "?",
        lastRoles: host ? await lastRoles(host, resource) : [],
      };
    }),
  );
}

function seenOf(state: HostState, { profile }: PairFacts): Omit<CopyEvidence, "generations" | "lastRoles"> {
  const drbd = drbdOf(state);
  const running = state.containers.known
    ? state.containers.value.filter((container) => container.state === "running").map(({ name }) => name)
    : undefined;
  return {
    host: state.name,
    role: drbd?.role ?? "?",
    disk: drbd?.disk ?? "?",
    connection: drbd?.connection ?? state.unreachable ?? "?",
    changed: drbd?.outOfSyncKiB === undefined ? "?" : `${(drbd.outOfSyncKiB / 1024).toFixed(1)} MiB`,
    vip: state.addresses.known ? (state.addresses.value.includes(profile.vip) ? "has it" : "no") : "?",
    mounted: state.mounted.known ? (state.mounted.value === undefined ? "no" : "yes") : "?",
    services: running === undefined ? "?" : running.join(", ") || "none",
  };
}

async function generations(host: Host, resource: string): Promise<string> {
  const asked = await host
    .exec(["drbdadm", "get-gi", resource], { timeoutMs: 10_000 })
    .catch(() => undefined);
  const ids = /^([0-9A-F]{16}(?::[0-9A-F]{16})*)/m.exec(asked?.stdout ?? "")?.[1];
  return ids?.split(":").slice(0, 4).join(" ") ?? "?";
}

async function lastRoles(host: Host, resource: string): Promise<string[]> {
  const argv = [
    "journalctl",
    "-k",
    "--no-pager",
    "-o",
    "short-iso",
    "--grep",
    `drbd ${resource}.*role\\(`,
    "-n",
    "2",
  ] as const;
  const asked = await host.exec(argv, { timeoutMs: 15_000 }).catch(() => undefined);
  return (asked?.stdout ?? "").split("\n").flatMap((line) => {
    const found = /^(\S+) .*role\( (\w+) -> (\w+) \)/.exec(line);
    return found ? [`${found[1]} ${found[2]} -> ${found[3]}`] : [];
  });
}

/** One line to type: where, and what. */
export interface Instruction {
  readonly on: string;
  readonly command: string;
}

/**
 * How the copy of one host is given up, by hand: saved first, bit by bit, while DRBD is down there, then overwritten
 * with the other one.
 */
export function instructions(config: Config, keep: string, giveUp: string): Instruction[] {
  const host = config.hosts.find(({ name }) => name === giveUp);
  if (!host) return [];
  const { resource } = DRBD;
  const loses = (command: string): Instruction => ({ on: giveUp, command });
  return [
    loses("systemctl stop pacemaker corosync"),
    loses(`drbdadm down ${resource}`),
    loses(saveCommand(config, host)),
    loses(`drbdadm up ${resource} && drbdadm disconnect ${resource}`),
    loses(`drbdadm connect --discard-my-data ${resource}`),
    { on: keep, command: `drbdadm connect ${resource}` },
    loses("watch -n 1 cat /proc/drbd     until UpToDate/UpToDate"),
    loses("systemctl start corosync pacemaker"),
  ];
}

function saveCommand(config: Config, host: Config["hosts"][number]): string {
  const device = backingDevice(config, host);
  if (host.backing === undefined) {
    const file = backingFile(config.data_dir);
    return `cp --sparse=always ${file} ${file}.given-up`;
  }
  if (host.backing.lv !== undefined)
    return `lvcreate --snapshot --extents 100%ORIGIN --name given-up ${device}`;
  return `dd if=${device} of=FILE-ELSEWHERE bs=4M conv=sparse status=progress`;
}
