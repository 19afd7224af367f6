import type { ApplyContext, Change } from "../../core/change.ts";
import type { Host } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import type { Plan, PlannedStep } from "./plan.ts";

/** What happens while a plan is applied; renderers and the log subscribe to it. */
export type ApplyEvent =
  | { readonly kind: "step-started" | "step-done"; readonly step: string; readonly seconds: number }
  | { readonly kind: "change-started"; readonly change: Change }
  | { readonly kind: "progress"; readonly change: Change; readonly text: string }
  | { readonly kind: "change-done"; readonly change: Change; readonly seconds: number }
  | { readonly kind: "change-failed"; readonly change: Change; readonly why: string }
  /** It may have worked: the host could not be asked afterwards. */
  | { readonly kind: "change-unknown"; readonly change: Change; readonly why: string };

export interface ApplyResult {
  readonly outcome: "done" | "failed" | "unknown";
  readonly done: readonly Change[];
  readonly failed: readonly { readonly change: Change; readonly why: string }[];
  readonly notReached: readonly Change[];
  readonly stepSeconds: Readonly<Record<string, number>>;
}

/**
 * Applies the plan's Changes: steps in order of their dependencies, Changes of one host one after the other,
 * hosts in parallel, each Change verified before the next. The first failure lets running Changes end and
 * starts no other.
 */
export async function applyPlan(
  plan: Plan,
  hosts: readonly Host[],
  emit: (event: ApplyEvent) => void,
): Promise<ApplyResult> {
  const started = Date.now();
  const done: Change[] = [];
  const failed: { change: Change; why: string }[] = [];
  const state: { outcome: ApplyResult["outcome"] } = { outcome: "done" };
  const stepSeconds: Record<string, number> = {};
  const finished = new Map<string, Promise<void>>();

  async function applyChange(change: Change): Promise<void> {
    if (state.outcome !== "done") return;
    const begun = Date.now();
    emit({ kind: "change-started", change });
    const context = contextFor(hosts, (text) => emit({ kind: "progress", change, text }));
    let applyError: string | undefined;
    try {
      await change.apply(context);
    } catch (error) {
      applyError = messageOf(error);
    }
    // What counts is how things are, not what the program said; but an error is never called a success.
    const still = await change.verify(context).catch((error: unknown) => ({ unknown: messageOf(error) }));
    if (applyError === undefined && still === undefined) {
      done.push(change);
      emit({ kind: "change-done", change, seconds: seconds(begun) });
      return;
    }
    const unknown = typeof still === "object";
    const why = applyError ?? (unknown ? still.unknown : (still ?? ""));
    state.outcome = worse(state.outcome, unknown ? "unknown" : "failed");
    failed.push({ change, why });
    emit({ kind: unknown ? "change-unknown" : "change-failed", change, why });
  }

  async function applyStep({ step, changes }: PlannedStep): Promise<void> {
    await Promise.all(step.after.map((id) => finished.get(id)));
    if (state.outcome !== "done" || changes.length === 0) return;
    const begun = Date.now();
    emit({ kind: "step-started", step: step.id, seconds: seconds(started) });
    for (const batch of batches(changes)) {
      await Promise.all(
        batch.map(async (lane) => {
          for (const change of lane) await applyChange(change);
        }),
      );
    }
    stepSeconds[step.id] = seconds(begun);
    emit({ kind: "step-done", step: step.id, seconds: seconds(begun) });
  }

  for (const planned of plan) finished.set(planned.step.id, applyStep(planned));
  await Promise.all(finished.values());
  const touched = new Set([...done, ...failed.map((item) => item.change)]);
  const notReached = plan.flatMap((planned) => planned.changes).filter((change) => !touched.has(change));
  return { outcome: state.outcome, done, failed, notReached, stepSeconds };
}

/**
 * Lanes that may run side by side: neighbouring Changes of single hosts form one batch with a lane per host; a
 * Change of the whole cluster stands alone.
 */
function batches(changes: readonly Change[]): Change[][][] {
  const result: Change[][][] = [];
  let lanes = new Map<string, Change[]>();
  const flush = () => {
    if (lanes.size > 0) result.push([...lanes.values()]);
    lanes = new Map();
  };
  for (const change of changes) {
    if (change.host === "cluster") {
      flush();
      result.push([[change]]);
    } else {
      const lane = lanes.get(change.host) ?? [];
      lane.push(change);
      lanes.set(change.host, lane);
    }
  }
  flush();
  return result;
}

function contextFor(hosts: readonly Host[], progress: (text: string) => void): ApplyContext {
  return {
    hosts,
    progress,
    host(name) {
      const found = hosts.find((host) => host.name === name);
      if (found === undefined) throw new Error(`no host called ${name}`);
      return found;
    },
  };
}

function worse(left: ApplyResult["outcome"], right: ApplyResult["outcome"]): ApplyResult["outcome"] {
  const order = ["done", "failed", "unknown"] as const;
  return order.indexOf(left) > order.indexOf(right) ? left : right;
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 100) / 10;
}
