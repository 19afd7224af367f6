/** State of one DRBD resource (one volume, one peer) as one host sees it; the same for DRBD 8.4 and 9. */
export interface DrbdState {
  /** Version of the kernel module, `8.4.11` or `9.…`; undefined when the output does not name it. */
  readonly version: string | undefined;
  readonly role: DrbdRole;
  readonly peerRole: DrbdRole;
  readonly disk: DrbdDisk;
  readonly peerDisk: DrbdDisk;
  readonly connection: DrbdConnection;
  readonly replication: DrbdReplication;
  /** Writes are frozen (fencing under way, no quorum, or `drbdadm suspend-io`). */
  readonly suspended: boolean;
  /** KiB known to differ between the two copies. */
  readonly outOfSyncKiB: number | undefined;
  readonly sync: DrbdSync | undefined;
}

export interface DrbdSync {
  /** `from-here`: this host's copy is the good one. `verify`: comparing, nothing is copied. */
  readonly direction: "from-here" | "to-here" | "verify";
  readonly paused: boolean;
  /** Share done, 0 to 100. */
  readonly percent: number | undefined;
  readonly speedKiBs: number | undefined;
  readonly etaSeconds: number | undefined;
  readonly stalled: boolean;
}

const ROLES = ["Primary", "Secondary", "Unknown"] as const;
export type DrbdRole = (typeof ROLES)[number];

/** `Unknown`: a text this version of skyha has not heard of. `DUnknown`: DRBD itself does not know. */
const DISKS = [
  "Diskless",
  "Attaching",
  "Detaching",
  "Failed",
  "Negotiating",
  "Inconsistent",
  "Outdated",
  "DUnknown",
  "Consistent",
  "UpToDate",
] as const;
export type DrbdDisk = (typeof DISKS)[number] | "Unknown";

const CONNECTIONS = [
  "StandAlone",
  "Disconnecting",
  "Unconnected",
  "Timeout",
  "BrokenPipe",
  "NetworkFailure",
  "ProtocolError",
  "TearDown",
  "Connecting",
  "Connected",
] as const;
/** 8.4's WFConnection and WFReportParams are DRBD 9's Connecting; `Unconfigured`: the resource is not up. */
export type DrbdConnection = (typeof CONNECTIONS)[number] | "Unconfigured" | "Unknown";

const REPLICATIONS = [
  "Off",
  "Established",
  "StartingSyncS",
  "StartingSyncT",
  "WFBitMapS",
  "WFBitMapT",
  "WFSyncUUID",
  "SyncSource",
  "SyncTarget",
  "VerifyS",
  "VerifyT",
  "PausedSyncS",
  "PausedSyncT",
  "Ahead",
  "Behind",
] as const;
export type DrbdReplication = (typeof REPLICATIONS)[number] | "Unknown";

export const roleOf = (text: string | undefined): DrbdRole =>
  ROLES.find((role) => role === text) ?? "Unknown";
export const diskOf = (text: string | undefined): DrbdDisk =>
  DISKS.find((disk) => disk === text) ?? "Unknown";
export const connectionOf = (text: string | undefined): DrbdConnection =>
  CONNECTIONS.find((state) => state === text) ?? "Unknown";
export const replicationOf = (text: string | undefined): DrbdReplication =>
  REPLICATIONS.find((state) => state === text) ?? "Unknown";

/** Which way data flows in a replication state; undefined when no resync or verify is on. */
export function directionOf(replication: DrbdReplication): DrbdSync["direction"] | undefined {
  switch (replication) {
    case "SyncSource":
    case "PausedSyncS":
    case "StartingSyncS":
    case "WFBitMapS":
    case "Ahead":
      return "from-here";
    case "SyncTarget":
    case "PausedSyncT":
    case "StartingSyncT":
    case "WFBitMapT":
    case "WFSyncUUID":
    case "Behind":
      return "to-here";
    case "VerifyS":
    case "VerifyT":
      return "verify";
    default:
      return undefined;
  }
}

export const isPaused = (replication: DrbdReplication): boolean =>
  replication === "PausedSyncS" || replication === "PausedSyncT";

/** A resource that is not up: what its copy on the disk is worth cannot be seen. */
export const unconfigured = (version: string | undefined): DrbdState => ({
  version,
  role: "Unknown",
  peerRole: "Unknown",
  disk: "DUnknown",
  peerDisk: "DUnknown",
  connection: "Unconfigured",
  replication: "Off",
  suspended: false,
  outOfSyncKiB: undefined,
  sync: undefined,
});
