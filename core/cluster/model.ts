/**
 * What Pacemaker says of the cluster, as one node sees it. Times are the texts of the tool, because releases
 * differ in form and zone; {@link epochOf} turns those it understands into seconds.
 */
export interface ClusterStatus {
  /** Version of the designated controller's Pacemaker, for example `2.1.5-a3f44794f94`. */
  readonly version: string | undefined;
  /** Name of the designated controller; undefined while there is none. */
  readonly dc: string | undefined;
  /** undefined: no designated controller, so nobody knows. */
  readonly quorate: boolean | undefined;
  /** When the tool printed this, by the clock and in the zone of its host. */
  readonly lastUpdate: string | undefined;
  /** Time of the last configuration change, as printed. */
  readonly lastChange: string | undefined;
  readonly options: ClusterOptions;
  readonly nodes: readonly ClusterNode[];
  /** Leaves only: a clone's instances and a group's members each are one entry. */
  readonly resources: readonly ClusterResource[];
  readonly attributes: readonly NodeAttribute[];
  readonly histories: readonly ResourceHistory[];
  readonly failures: readonly FailedAction[];
  /** Newest first, as printed. Known only to the fencers that are running: a restart of both forgets it. */
  readonly fencing: readonly FenceEvent[];
  readonly bans: readonly Ban[];
}

export interface ClusterOptions {
  readonly fencingEnabled: boolean | undefined;
  readonly maintenance: boolean | undefined;
  readonly stopAll: boolean | undefined;
  readonly noQuorumPolicy: string | undefined;
}

export interface ClusterNode {
  readonly name: string;
  readonly online: boolean;
  readonly standby: boolean;
  readonly maintenance: boolean;
  /**
   * Corosync has it as a member, but no Pacemaker of it takes part: starting, or stopped while corosync runs.
   * Such a node is reported online, and runs nothing.
   */
  readonly pending: boolean;
  /** Lost without a proof that it is off: waiting for fencing. */
  readonly unclean: boolean;
  readonly shutdown: boolean;
  /** False once the cluster has fenced it or let it go in order; undefined when the tool does not say. */
  readonly expectedUp: boolean | undefined;
  readonly isDc: boolean;
  readonly resourcesRunning: number | undefined;
}

/** Roles of Pacemaker 2.1 and later; the older spelling is mapped to it. Anything else is kept as `Unknown`. */
export type ResourceRole =
  | "Started"
  | "Stopped"
  | "Promoted"
  | "Unpromoted"
  | "Starting"
  | "Stopping"
  | "Unknown";

export interface ClusterResource {
  readonly id: string;
  /** `ocf:linbit:drbd`, `stonith:fence_ipmilan`. */
  readonly agent: string;
  readonly role: ResourceRole;
  /** Role asked for by `target-role`, when there is one. */
  readonly targetRole: string | undefined;
  readonly active: boolean;
  readonly orphaned: boolean;
  /** Pacemaker will do nothing more with it (on-fail=block, or stop failed without fencing). */
  readonly blocked: boolean;
  readonly managed: boolean;
  readonly maintenance: boolean;
  readonly failed: boolean;
  readonly failureIgnored: boolean;
  /** `Starting`, `Monitoring`, … while an action is under way. */
  readonly pending: string | undefined;
  readonly group: string | undefined;
  readonly clone: string | undefined;
  /** Nodes it is active on; more than one is a fault for anything but a clone. */
  readonly nodes: readonly string[];
}

export interface NodeAttribute {
  readonly node: string;
  readonly name: string;
  readonly value: string;
}

export interface ResourceHistory {
  readonly node: string;
  readonly resource: string;
  /** 1000000 stands for INFINITY. */
  readonly failCount: number;
  readonly migrationThreshold: number | undefined;
  readonly lastFailure: string | undefined;
  readonly operations: readonly Operation[];
}

export interface Operation {
  readonly task: string;
  /** Milliseconds; 0 for one-off actions. */
  readonly intervalMs: number;
  readonly rc: number | undefined;
  readonly rcText: string;
  readonly at: string | undefined;
}

export interface FailedAction {
  readonly resource: string;
  readonly task: string;
  readonly intervalMs: number;
  readonly node: string;
  /** OCF exit code. */
  readonly exitCode: number | undefined;
  /** `not running`, `error`, `Timed Out`, … */
  readonly exitStatus: string;
  /** What the agent said; may be empty. */
  readonly reason: string;
  /** `complete`, `Timed Out`, … : how the execution ended, not what the agent answered. */
  readonly execution: string;
  readonly at: string | undefined;
}

export interface FenceEvent {
  readonly action: string;
  readonly target: string;
  readonly status: "success" | "failed" | "pending" | "unknown";
  readonly origin: string;
  /** Node that carried it out. */
  readonly delegate: string | undefined;
  readonly reason: string | undefined;
  readonly at: string | undefined;
}

/** A location constraint with a negative score, as crm_mon lists it. */
export interface Ban {
  readonly id: string;
  readonly resource: string;
  readonly node: string;
  readonly score: number;
}

export const INFINITY_SCORE = 1_000_000;

const isZoned = (text: string): boolean => /(Z|[+-]\d\d:?\d\d|GMT|UTC)\s*$/.test(text);

/** Seconds since the epoch of a time printed by Pacemaker, read as UTC when it names no zone. */
export function epochOf(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const zoned = isZoned(text) ? text : `${text} UTC`;
  const milliseconds = Date.parse(zoned.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ?(.*)$/, "$1T$2$3"));
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

/**
 * Seconds that have passed since a time the status names. Most times are printed without a zone; held against the
 * time at which the status itself was printed, it does not matter which one it was.
 */
export function ageOf(status: ClusterStatus, at: string | undefined): number | undefined {
  const then = epochOf(at);
  const now = epochOf(status.lastUpdate);
  if (then === undefined || now === undefined || isZoned(at ?? "") !== isZoned(status.lastUpdate ?? ""))
    return undefined;
  return Math.max(now - then, 0);
}

export interface PromotionScore {
  readonly resource: string;
  readonly node: string;
  readonly score: number;
}

/** Promotion scores are node attributes named `master-RESOURCE`, also in Pacemaker 3. */
export function promotionScores(status: ClusterStatus): PromotionScore[] {
  return status.attributes.flatMap((attribute) => {
    const resource = /^master-(.+?)(?::\d+)?$/.exec(attribute.name)?.[1];
    const score = parseScore(attribute.value);
    return resource === undefined || score === undefined ? [] : [{ resource, node: attribute.node, score }];
  });
}

/** A score: a number, or ±INFINITY. */
export function parseScore(text: string): number | undefined {
  if (/^\+?INFINITY$/i.test(text)) return INFINITY_SCORE;
  if (/^-INFINITY$/i.test(text)) return -INFINITY_SCORE;
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}
