import { type Known, known, unknown } from "../cluster/known.ts";
import {
  connectionOf,
  type DrbdConnection,
  type DrbdReplication,
  type DrbdState,
  type DrbdSync,
  directionOf,
  diskOf,
  isPaused,
  replicationOf,
  roleOf,
  unconfigured,
} from "./model.ts";

/**
 * Reads /proc/drbd of DRBD 8.4 (`drbd_proc.c` of that module) for one minor number.
 * A minor the module does not list is `Unconfigured`; text that is not of that module is unknown. DRBD 9 writes
 * only its version there, so it is unknown too: ask drbdsetup.
 */
export function parseProcDrbd(text: string, minor: number): Known<DrbdState> {
  const version = /^version:\s*(\S+)/m.exec(text)?.[1];
  if (version === undefined) return unknown("/proc/drbd: no version line, so it is not DRBD's");
  if (!version.startsWith("8.")) return unknown(`/proc/drbd of DRBD ${version} holds no state`);
  const block = blockOf(text, minor);
  if (block === undefined) return known(unconfigured(version));
  const connectionText = /\bcs:(\S+)/.exec(block)?.[1];
  if (connectionText === undefined) return unknown(`/proc/drbd: device ${minor} has no connection state`);
  if (connectionText === "Unconfigured") return known(unconfigured(version));
  const roles = /\bro:([^/\s]+)\/(\S+)/.exec(block);
  const disks = /\bds:([^/\s]+)\/(\S+)/.exec(block);
  if (!roles || !disks) return unknown(`/proc/drbd: the line of device ${minor} was cut off`);
  const { connection, replication } = splitState(connectionText);
  return known({
    version,
    role: roleOf(roles[1]),
    peerRole: roleOf(roles[2]),
    disk: diskOf(disks[1]),
    peerDisk: diskOf(disks[2]),
    connection,
    replication,
    // After the disks: protocol letter, then six flags of which the first is s(uspended) or r(unning).
    suspended: /\bds:\S+\s+\S?\s*s[-a][-p][-u]/.test(block),
    outOfSyncKiB: numberIn(/\boos:(\d+)/, block),
    sync: parseSync(block, replication),
  });
}

/** Lines from `N: cs:…` up to the next device. */
function blockOf(text: string, minor: number): string | undefined {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => new RegExp(`^\\s*${minor}:\\s`).test(line));
  if (start < 0) return undefined;
  const length = lines.slice(start + 1).findIndex((line) => /^\s*\d+:\s+cs:/.test(line));
  return lines.slice(start, length < 0 ? undefined : start + 1 + length).join("\n");
}

/** 8.4 has one state for what DRBD 9 reports as two. */
function splitState(text: string): { connection: DrbdConnection; replication: DrbdReplication } {
  if (text === "Connected") return { connection: "Connected", replication: "Established" };
  if (text === "WFConnection" || text === "WFReportParams")
    return { connection: "Connecting", replication: "Off" };
  const connection = connectionOf(text);
  if (connection !== "Unknown") return { connection, replication: "Off" };
  const replication = replicationOf(text);
  return { connection: replication === "Unknown" ? "Unknown" : "Connected", replication };
}

function parseSync(block: string, replication: DrbdReplication): DrbdSync | undefined {
  const direction = directionOf(replication);
  if (direction === undefined) return undefined;
  const finish = /finish:\s*(\d+):(\d\d):(\d\d)/.exec(block);
  const speed = /speed:\s*([\d,]+)/.exec(block)?.[1]?.replaceAll(",", "");
  const stalled = block.includes("(stalled)");
  const etaSeconds = finish
    ? Number(finish[1]) * 3600 + Number(finish[2]) * 60 + Number(finish[3])
    : undefined;
  return {
    direction,
    paused: isPaused(replication),
    percent: numberIn(/(?:sync'ed|verified):\s*([\d.]+)%/, block),
    speedKiBs: speed === undefined ? undefined : Number(speed),
    // A stalled resync prints an estimate too; it means nothing.
    etaSeconds: stalled ? undefined : etaSeconds,
    stalled,
  };
}

function numberIn(pattern: RegExp, text: string): number | undefined {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
