import type { Known } from "../../core/cluster/known.ts";
import type { DrbdState } from "../../core/drbd/model.ts";
import type { CheckLevel } from "../../core/exit.ts";
import type {
  ContainerState,
  DirectoryUse,
  DrillRecord,
  FileSystemUse,
  NfsState,
  ProbeResult,
  QuorumState,
} from "../../core/verdict/facts.ts";
import type { Finding, NextStep } from "../../core/verdict/finding.ts";
import type { Growth } from "../../core/verdict/growth.ts";
import type { FenceProof } from "../../core/verdict/rules/fencing.ts";
import type { RecentEvents } from "../ledger/recent.ts";

/**
 * Everything `skyha show` says, as data: what `--json` prints and what the plain renderer lays out. Described in
 * docs/show.md. Fields are added under the same version; a field that goes or changes its meaning raises it.
 * Undefined fields are left out of the JSON; what could not be learnt is `{"known": false, "why": "…"}`.
 */
export interface ShowView {
  readonly version: 1;
  readonly cluster: string;
  /** ISO 8601, UTC, by the clock of the machine that looked. */
  readonly takenAt: string;
  readonly verdict: VerdictView;
  /** Worst first. */
  readonly findings: readonly Finding[];
  readonly hosts: readonly HostView[];
  readonly vip: VipView;
  readonly services: readonly ServiceView[];
  readonly resources: Known<readonly ResourceView[]>;
  readonly data: readonly DataView[];
  readonly nfs: readonly { readonly host: string; readonly state: Known<NfsState> }[];
  readonly containers: readonly { readonly host: string; readonly list: Known<readonly ContainerState[]> }[];
  readonly fencing: Known<FencingView>;
  readonly membership: Known<MembershipView>;
  readonly space: readonly SpaceView[];
  readonly scores: Known<readonly { readonly node: string; readonly score: number }[]>;
  readonly constraints: Known<readonly ConstraintView[]>;
  /** The newest that either host remembers; no value: never drilled. */
  readonly drill: Known<DrillRecord | undefined>;
  /** Undefined: not asked for. */
  readonly recent: RecentEvents | undefined;
}

export interface VerdictView {
  readonly level: CheckLevel;
  readonly serving: { readonly state: "yes" | "partly" | "no" | "unknown"; readonly why: string };
  readonly dataSafe: {
    readonly state: "yes" | "one-copy" | "resyncing" | "no" | "unknown";
    readonly why: string;
    readonly percent: number | undefined;
    readonly etaSeconds: number | undefined;
  };
  readonly failuresLeft: {
    readonly count: number | undefined;
    readonly proof: "proven" | "unproven" | undefined;
    readonly why: string;
  };
  readonly next: NextStep | undefined;
}

export interface HostView {
  readonly name: string;
  readonly address: string;
  /** `active` has the services, `waiting` could take over, `unknown`: nobody says which it is. */
  readonly duty: "active" | "waiting" | "unknown";
  /** Undefined: it answers SSH. */
  readonly unreachable: string | undefined;
  /** State in the cluster, in one word. */
  readonly node: "online" | "standby" | "maintenance" | "joining" | "unclean" | "offline" | "unknown";
  readonly units: Known<Readonly<Record<string, string>>>;
  readonly clockOffset: Known<number>;
}

export interface VipView {
  readonly address: string;
  /** Hosts that have the address now; one is right. */
  readonly on: readonly string[];
}

export interface ServiceView {
  readonly name: string;
  /** Undefined: nothing can be asked from outside. */
  readonly port: number | undefined;
  readonly state: "yes" | "no" | "unknown";
  readonly why: string;
  readonly outside: ProbeResult;
  readonly outsideMs: number | undefined;
}

export interface ResourceView {
  readonly id: string;
  readonly agent: string;
  readonly role: string;
  readonly state: "ok" | "failed" | "blocked" | "stopped" | "unmanaged" | "busy";
  readonly nodes: readonly string[];
  /** Seconds since its last start or promotion, when the cluster remembers. */
  readonly forSeconds: number | undefined;
  /** Failures counted on all nodes since the last cleanup. */
  readonly failures: number;
}

export interface DataView {
  readonly host: string;
  readonly state: Known<DrbdState>;
}

export interface FencingView {
  readonly enabled: boolean | undefined;
  readonly riskAccepted: boolean;
  readonly devices: readonly FenceProof[];
  readonly history: readonly {
    readonly target: string;
    readonly status: string;
    readonly at: string | undefined;
  }[];
}

export interface MembershipView {
  /** Host whose answer this is. */
  readonly from: string;
  readonly dc: string | undefined;
  readonly quorate: boolean | undefined;
  readonly quorum: Known<QuorumState>;
  /** Per link, whether the hosts see each other over it. */
  readonly links: readonly { readonly id: number; readonly connected: boolean }[];
}

export interface SpaceView {
  readonly host: string;
  readonly fileSystems: Known<readonly FileSystemUse[]>;
  /** Largest first. */
  readonly directories: Known<readonly DirectoryUse[]>;
  /** Of the replicated volume, where it is mounted; undefined: it does not grow, or nobody can say how fast. */
  readonly growth: (Growth & { readonly path: string }) | undefined;
}

export interface ConstraintView {
  readonly id: string;
  readonly origin: "ban" | "prefer" | "drbd-fence";
  readonly resource: string;
  readonly node: string | undefined;
  readonly until: string | undefined;
}
