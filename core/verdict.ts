import type { CheckLevel } from "./exit.ts";
import { type DataSafe, dataSafe } from "./verdict/data-safe.ts";
import type { PairFacts } from "./verdict/facts.ts";
import { type FailuresLeft, failuresLeft } from "./verdict/failures-left.ts";
import { type Finding, type NextStep, worstFirst } from "./verdict/finding.ts";
import { clusterFindings } from "./verdict/rules/cluster.ts";
import { dataFindings } from "./verdict/rules/data.ts";
import { fencingFindings } from "./verdict/rules/fencing.ts";
import { hostFindings } from "./verdict/rules/hosts.ts";
import { serviceFindings } from "./verdict/rules/services.ts";
import { spaceFindings } from "./verdict/rules/space.ts";
import { type Serving, serving } from "./verdict/serving.ts";

/**
 * The answer to the four questions asked at night: does it serve, is the data safe, how much more can it take,
 * what do I type. Each answer carries why; what is not known is said to be unknown.
 */
export interface Verdict {
  readonly level: CheckLevel;
  readonly serving: Serving;
  readonly dataSafe: DataSafe;
  readonly failuresLeft: FailuresLeft;
  /** Undefined: nothing has to be done. */
  readonly next: NextStep | undefined;
  /** Everything that is not as it should be, worst first. */
  readonly findings: readonly Finding[];
}

/** Pure: the same facts give the same verdict. */
export function verdict(facts: PairFacts): Verdict {
  const answers = { serving: serving(facts), dataSafe: dataSafe(facts) };
  const left = failuresLeft(facts, answers.dataSafe);
  // The order among equals: what endangers data comes before what interrupts service.
  const findings = worstFirst([
    ...dataFindings(facts),
    ...hostFindings(facts),
    ...clusterFindings(facts),
    ...serviceFindings(facts),
    ...fencingFindings(facts),
    ...spaceFindings(facts),
  ]);
  const level = levelOf(answers.serving, answers.dataSafe, left, findings);
  return { level, ...answers, failuresLeft: left, next: nextStep(level, findings), findings };
}

/** Worst case wins; not knowing whether clients are served or data is safe is worse than a warning. */
function levelOf(
  serves: Serving,
  data: DataSafe,
  left: FailuresLeft,
  findings: readonly Finding[],
): CheckLevel {
  const has = (level: Finding["level"]) => findings.some((finding) => finding.level === level);
  if (serves.state === "no" || serves.state === "partly" || data.state === "no" || has("critical"))
    return "critical";
  if (serves.state === "unknown" || data.state === "unknown") return "unknown";
  if (left.count === 0 || data.state !== "yes" || has("warning")) return "warning";
  return left.count === undefined || has("unknown") ? "unknown" : "ok";
}

/** The command of the worst finding that has one. */
function nextStep(level: CheckLevel, findings: readonly Finding[]): NextStep | undefined {
  if (level === "ok") return undefined;
  return findings.find((finding) => finding.level !== "info" && finding.next !== undefined)?.next;
}
