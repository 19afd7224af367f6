import { type Known, known, unknown } from "../cluster/known.ts";
import {
  connectionOf,
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

/** What drbdsetup prints for "no estimate": there was no progress since the last mark. */
const NO_ESTIMATE = 987_654_321;

/**
 * Reads `drbdsetup status --json` of DRBD 9 (drbd-utils, `drbdsetup.c`) for one resource: its first volume and
 * its first peer that has a disk. A list without the resource means it is not up: `Unconfigured`.
 */
export function parseDrbdStatus(json: string, resource: string): Known<DrbdState> {
  if (json.trim() === "") return unknown("drbdsetup: no output");
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return unknown("drbdsetup: its output is not JSON");
  }
  if (!Array.isArray(parsed)) return unknown("drbdsetup: its output is no list of resources");
  const found = recordsOf(parsed).find((item) => item["name"] === resource);
  if (!found) return known(unconfigured(undefined));
  const device = recordsOf(found["devices"])[0];
  const role = textOf(found["role"]);
  if (role === undefined) return unknown(`drbdsetup: resource ${resource} has no role`);
  const connection = pickConnection(recordsOf(found["connections"]));
  const peerDevice = recordsOf(connection?.["peer_devices"])[0];
  const replication = connection ? replicationOf(textOf(peerDevice?.["replication-state"]) ?? "Off") : "Off";
  return known({
    version: undefined,
    role: roleOf(role),
    peerRole: roleOf(textOf(connection?.["peer-role"])),
    disk: device ? diskOf(textOf(device["disk-state"])) : "Diskless",
    peerDisk: peerDevice ? diskOf(textOf(peerDevice["peer-disk-state"])) : "DUnknown",
    // `drbdadm disconnect` removes the connection object; DRBD 8.4 calls the same StandAlone.
    connection: connection ? connectionOf(textOf(connection["connection-state"])) : "StandAlone",
    replication,
    suspended: found["suspended"] === true,
    outOfSyncKiB: numberOf(peerDevice?.["out-of-sync"]),
    sync: peerDevice ? parseSync(peerDevice, replication) : undefined,
  });
}

/** A diskless tie-breaker is a peer too, but holds no copy. */
function pickConnection(connections: readonly Json[]): Json | undefined {
  const withDisk = connections.find(
    (connection) => !recordsOf(connection["peer_devices"]).some((device) => device["peer-client"] === true),
  );
  return withDisk ?? connections[0];
}

function parseSync(device: Json, replication: DrbdReplication): DrbdSync | undefined {
  const direction = directionOf(replication);
  if (direction === undefined) return undefined;
  const estimate = numberOf(device["estimated-seconds-to-finish"]);
  const mebibytes = numberOf(device["db1/dt1 [MiB/s]"]) ?? numberOf(device["db/dt [MiB/s]"]);
  const stalled = estimate === NO_ESTIMATE;
  return {
    direction,
    paused: isPaused(replication),
    percent:
      numberOf(device["percent-resync-done"]) ??
      numberOf(device["done"]) ??
      numberOf(device["percent-in-sync"]),
    speedKiBs: mebibytes === undefined ? undefined : Math.round(mebibytes * 1024),
    etaSeconds: stalled ? undefined : estimate,
    stalled,
  };
}

type Json = Readonly<Record<string, unknown>>;

function recordsOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;
