import type { Change, Risk } from "../../core/change.ts";
import { RISKS } from "../../core/change.ts";
import type { Io } from "../cli/io.ts";
import type { Plan } from "../plan/plan.ts";
import { colours } from "./reports.ts";

export type RiskCounts = Record<Risk, number>;

export function countRisks(changes: readonly Change[]): RiskCounts {
  const counts: RiskCounts = { safe: 0, restarts: 0, interrupts: 0, destroys: 0 };
  for (const change of changes) counts[change.risk]++;
  return counts;
}

/** The plan as a person reads it: per step and host, with what exactly would change. */
export function printPlan(io: Io, plan: Plan): void {
  const paint = colours(io);
  for (const { step, changes } of plan) {
    if (changes.length === 0) continue;
    io.out(`${paint.bold(step.title)}\n`);
    for (const change of changes) {
      const risk = change.risk === "safe" ? "" : ` ${paint.yellow(`[${change.risk}]`)}`;
      io.out(`  ${change.host}: ${change.title}${risk}\n`);
      for (const line of change.preview) io.out(`      ${paintDiff(paint, line)}\n`);
    }
  }
}

function paintDiff(paint: ReturnType<typeof colours>, line: string): string {
  if (line.startsWith("+")) return paint.green(line);
  if (line.startsWith("-")) return paint.red(line);
  return line;
}

/** The documented JSON form; see docs/install.md. */
export function planJson(plan: Plan): unknown {
  const changes = plan.flatMap((planned) => planned.changes);
  return {
    version: 1,
    changes: changes.map(({ id, step, host, title, risk, preview }) => ({
      id,
      step,
      host,
      title,
      risk,
      preview,
    })),
    risks: Object.fromEntries(RISKS.map((risk) => [risk, countRisks(changes)[risk]])),
  };
}
