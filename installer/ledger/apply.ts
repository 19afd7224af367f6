import type { Change } from "../../core/change.ts";
import type { Host } from "../../core/host.ts";
import type { Io } from "../cli/io.ts";
import { type ApplyResult, applyPlan } from "../plan/apply.ts";
import { stagedPlan } from "../plan/plan.ts";
import { tellEvent } from "../render/changes.ts";
import { ledgerWarning } from "../render/reports.ts";
import { holdPair } from "./hold.ts";

/** Applies Changes, stage after stage, while nobody else is at work; told as they happen, and written down. */
export function applyHeld(
  command: string,
  hosts: readonly Host[],
  changes: readonly Change[],
  { io, json }: { readonly io: Io; readonly json: boolean },
): Promise<ApplyResult> {
  return holdPair(hosts, { command, warn: ledgerWarning(io, json) }, (holding) =>
    applyPlan(stagedPlan(changes), hosts, (event) => {
      tellEvent(io, json, event);
      holding.event(event);
    }),
  );
}
