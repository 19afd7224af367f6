import type { Change } from "../../core/change.ts";
import type { Config } from "../config/schema.ts";
import type { HostFacts } from "../facts/host.ts";
import type { LocalFacts } from "../facts/local.ts";

/** Everything `plan` looks at. */
export interface InstallFacts {
  readonly hosts: readonly [HostFacts, HostFacts];
  /** The machine skyha runs on: its own program, the image archives. */
  readonly local: LocalFacts;
}

/** One line of the program's table of contents, `steps/list.ts`. */
export interface Step {
  readonly id: string;
  readonly title: string;
  /** Steps whose Changes have to be done before; steps that do not depend on each other run at the same time. */
  readonly after: readonly string[];
  /** Pure. What already is as wanted yields no Change. */
  readonly plan: (config: Config, facts: InstallFacts) => Change[];
}

export interface PlannedStep {
  readonly step: Step;
  readonly changes: readonly Change[];
}

export type Plan = readonly PlannedStep[];

export function makePlan(steps: readonly Step[], config: Config, facts: InstallFacts): Plan {
  return steps.map((step) => ({ step, changes: step.plan(config, facts) }));
}

export function changesOf(plan: Plan): readonly Change[] {
  return plan.flatMap((planned) => planned.changes);
}

/** Changes that need no planning, as a plan: those of one step together, the steps one after the other. */
export function stagedPlan(changes: readonly Change[]): Plan {
  const stages = [...new Set(changes.map(({ step }) => step))];
  return stages.map((stage, index) => ({
    step: { id: stage, title: stage, after: stages.slice(0, index), plan: () => [] },
    changes: changes.filter(({ step }) => step === stage),
  }));
}
