import type { ServiceOutage } from "./load/load.ts";
import type { RowsSeen } from "./load/rows.ts";

/**
 * `passed`: the pair is as it was, and nothing that was acknowledged is lost. `lost`: it is as it was, but acknowledged
 * rows are not there. `not-back`: it is not as it was within the time. `no-effect`: nothing of the fault was seen.
 * `not-injected`: the host refused to do it. `unknown`: what became of it, or of the rows, could not be seen.
 */
export type FaultOutcome =
  | "passed"
  | "lost"
  | "not-back"
  | "no-effect"
  | "not-injected"
  | "unknown"
  | "interrupted";

export interface FaultResult {
  readonly id: string;
  readonly title: string;
  /** Where it was injected. */
  readonly host: string;
  /** What was typed there. */
  readonly command: string;
  /** ISO 8601, when it was injected. */
  readonly at: string;
  readonly outcome: FaultOutcome;
  /** For an outcome that is not `passed`. */
  readonly why: string;
  /** From the injection until everything was as before. */
  readonly seconds: number;
  readonly activeBefore: string;
  readonly activeAfter: string | undefined;
  readonly outages: readonly ServiceOutage[];
  readonly rows: readonly RowsSeen[];
  /** What the cluster called failed meanwhile: `postgres monitor on db1: …`. */
  readonly failures: readonly string[];
  /** What was not taken away, and when the host does it by itself. */
  readonly left: readonly string[];
}

/** Acknowledged rows that are gone although the service may not lose any. */
export const lostRows = (rows: readonly RowsSeen[]): number =>
  rows.filter(({ mayLose }) => mayLose === undefined).reduce((sum, { lost }) => sum + (lost ?? 0), 0);

/** Worst outcome of all; a drill without a fault has shown nothing. */
export function overall(results: readonly FaultResult[]): "passed" | "failed" | "unknown" | "interrupted" {
  const has = (...outcomes: readonly FaultOutcome[]) =>
    results.some(({ outcome }) => outcomes.includes(outcome));
  if (has("lost", "not-back")) return "failed";
  if (has("interrupted")) return "interrupted";
  if (has("unknown", "no-effect", "not-injected") || results.length === 0) return "unknown";
  return "passed";
}
