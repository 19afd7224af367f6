import type { Cib } from "../cluster/cib.ts";
import type { Known } from "../cluster/known.ts";
import type { ClusterStatus } from "../cluster/model.ts";
import type { DrbdState } from "../drbd/model.ts";

/** What the pair is meant to be: the names, addresses and ports that its facts are held against. */
export interface PairProfile {
  readonly cluster: string;
  /** Both hosts, in the order of the configuration. */
  readonly hosts: readonly { readonly name: string; readonly address: string }[];
  readonly vip: string;
  readonly dataDir: string;
  /** Where the replicated file system is mounted on the active host. */
  readonly mount: string;
  readonly drbd: { readonly resource: string; readonly minor: number; readonly device: string };
  readonly ids: {
    readonly drbd: string;
    readonly drbdClone: string;
    readonly group: string;
    readonly filesystem: string;
    readonly vip: string;
  };
  /** What clients use, in the order it starts. */
  readonly services: readonly ServiceProfile[];
  readonly engine: "docker" | "podman";
  /** `devices`: the configuration gives every host a fence device. */
  readonly fencing: "devices" | "none";
  readonly acceptSplitBrainRisk: boolean;
}

export interface ServiceProfile {
  /** As shown: `postgres`, `NFS`. */
  readonly name: string;
  /** Cluster resources that make it up; the first one is the service itself. */
  readonly resources: readonly string[];
  /** TCP port on the VIP; undefined: nothing can be asked from outside. */
  readonly port: number | undefined;
}

/** Services that a client can connect to. */
export function listeners({
  services,
}: PairProfile): readonly { readonly name: string; readonly port: number }[] {
  return services.flatMap(({ name, port }) => (port === undefined ? [] : [{ name, port }]));
}

/** Everything seen of a pair at one moment, from both hosts and from outside. Nothing in it was changed by looking. */
export interface PairFacts {
  readonly profile: PairProfile;
  /** Seconds since the epoch, by the clock of the machine that looked. */
  readonly takenAt: number;
  readonly hosts: readonly HostState[];
  /** TCP connections to the VIP, tried from the machine skyha runs on. */
  readonly outside: readonly PortProbe[];
}

export interface HostState {
  readonly name: string;
  readonly address: string;
  /** Why the host could not be asked; undefined: it answered. */
  readonly unreachable: string | undefined;
  readonly cluster: Known<ClusterStatus>;
  readonly cib: Known<Cib>;
  readonly drbd: Known<DrbdState>;
  /** `active`, `inactive`, `failed`, … by unit name without `.service`. */
  readonly units: Known<ReadonlyMap<string, string>>;
  readonly links: Known<readonly ClusterLink[]>;
  readonly quorum: Known<QuorumState>;
  /** IPv4 addresses the host has right now. */
  readonly addresses: Known<readonly string[]>;
  /** Device mounted on the profile's mount point; undefined: nothing is. */
  readonly mounted: Known<string | undefined>;
  readonly space: Known<readonly FileSystemUse[]>;
  readonly usage: Known<readonly DirectoryUse[]>;
  /** The replicated volume's past as this host noted it while it was the active one, at most one an hour. */
  readonly spaceSamples: Known<readonly SpaceSample[]>;
  readonly nfs: Known<NfsState>;
  readonly containers: Known<readonly ContainerState[]>;
  /** This host's clock minus that of the machine that looked, seconds; good to about a second. */
  readonly clockOffset: Known<number>;
  /** Fencing tests that were carried out by hand or by `install`, as noted on this host. */
  readonly fenceProofs: Known<readonly FenceProofRecord[]>;
  /** What the last `skyha drill` came to, as noted on this host; undefined: there was none. */
  readonly lastDrill: Known<DrillRecord | undefined>;
}

export interface FenceProofRecord {
  /** The node that was powered off. */
  readonly node: string;
  readonly at: string;
}

/** One drill, in short. */
export interface DrillRecord {
  /** ISO 8601 */
  readonly at: string;
  /** user@machine */
  readonly by: string;
  readonly result: "passed" | "failed" | "unknown" | "interrupted";
  /** Faults that were injected, with their services: `container-kill:postgres`. */
  readonly faults: readonly string[];
  /** Names of faults that were not. */
  readonly missing: readonly string[];
  /** Longest outage of any service. */
  readonly worstSeconds: number;
  /** Acknowledged rows that were gone although they may not be. */
  readonly lost: number;
}

export interface ClusterLink {
  readonly id: number;
  readonly address: string;
  /** Corosync node id of the peer → `connected`, `disconnected`, …; the host itself is left out. */
  readonly peers: readonly { readonly nodeId: number; readonly connected: boolean }[];
}

export interface QuorumState {
  readonly quorate: boolean;
  readonly expectedVotes: number | undefined;
  readonly totalVotes: number | undefined;
  /** Whether a quorum device gives its vote; undefined: there is none. */
  readonly device: boolean | undefined;
}

export interface FileSystemUse {
  readonly path: string;
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
}

export interface SpaceSample {
  /** Seconds since the epoch, by the host's clock. */
  readonly at: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
}

export interface DirectoryUse {
  readonly path: string;
  readonly bytes: number;
}

export interface NfsState {
  /** Lines of /var/lib/nfs/etab: directory, client, options. */
  readonly exports: readonly { readonly path: string; readonly client: string }[];
  /** Addresses of NFSv4 clients that hold state. */
  readonly clients: readonly string[];
}

export interface ContainerState {
  readonly name: string;
  readonly image: string;
  /** `running`, `exited`, … */
  readonly state: string;
  /** The engine's own words: "Up 3 hours". */
  readonly status: string;
}

export interface PortProbe {
  readonly port: number;
  readonly result: ProbeResult;
  /** How long the answer took, ms. */
  readonly ms: number | undefined;
}

/**
 * `open`: a server accepted. `refused`: the address answered that nothing listens. `silent`: no answer in time, or
 * no way there. `unknown`: not tried.
 */
export type ProbeResult = "open" | "refused" | "silent" | "unknown";
