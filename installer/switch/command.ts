import { Exit, type ExitCode } from "../../core/exit.ts";
import type { Host } from "../../core/host.ts";
import { type Report, report } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import type { PairFacts } from "../../core/verdict/facts.ts";
import type { Io } from "../cli/io.ts";
import type { Config } from "../config/schema.ts";
import { type GatherOptions, gatherPair } from "../facts/pair/gather.ts";
import { tcpProbe } from "../facts/pair/outside.ts";
import { profileOf } from "../facts/pair/profile.ts";
import { type PairMember, reachableHosts } from "../hosts/pair.ts";
import { holdPair } from "../ledger/hold.ts";
import { ledgerWarning, printReports } from "../render/reports.ts";
import { pairHosts } from "../show/command.ts";
import { cell, createPaint, table, wantsColour } from "../show/layout.ts";
import { word } from "../show/words.ts";
import { withSignals } from "../signals.ts";
import { type SwitchPlan, switchPlan } from "./plan.ts";
import { type MoveOptions, moveServices, type SwitchResult } from "./run.ts";

export interface SwitchOptions extends GatherOptions {
  readonly config: Config;
  readonly members: readonly PairMember[];
  readonly io: Io;
  /** Host to move to; default: the one that does not have the services. */
  readonly to?: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  /** Seconds within which everything has to be there; otherwise it goes back. Default: waited for longer, no way back. */
  readonly limit?: number;
  /** Tests give their own; default: SIGINT and SIGTERM of this process. */
  readonly interrupted?: AbortSignal;
  readonly waiting?: Pick<MoveOptions, "limitMs" | "pollMs">;
}

/**
 * Planned switch-over: checks, moves, observes, measures from outside.
 * @returns 0 done (or there already) · 1 failed, or rolled back · 3 outcome unknown · 4 refused · 10 dry run of a move that would
 *   be made · 130 interrupted
 */
export async function runSwitch(options: SwitchOptions): Promise<ExitCode> {
  const { config, members, io, to, json = false, dryRun = false, limit } = options;
  const facts = await gatherPair(pairHosts(members), profileOf(config), options);
  const plan = switchPlan(facts, to);
  if (json) io.out(`${JSON.stringify({ type: "plan", ...plan })}\n`);
  else io.out(planText(plan, wantsColour(io.terminal, io.env)));
  const refusals = plan.checks
    .filter((check) => !check.ok)
    .map(({ name, why }) => ({ name: word(name), why }));
  if (plan.alreadyThere && plan.to !== undefined) {
    printReports(io, [report("switch.already-there", { to: plan.to })], json);
    return Exit.done;
  }
  if (refusals.length > 0 || !isComplete(plan)) {
    printReports(io, [report("switch.refused", { checks: refusals })], json);
    return Exit.refused;
  }
  if (dryRun) return Exit.changesPending;
  const hosts = reachable(members, plan.to);
  const holdOptions = { command: "switch", warn: ledgerWarning(io, json), handlesSignals: true };
  const result = await holdPair(hosts, holdOptions, ({ note }) =>
    withSignals(options.interrupted, async (interrupted) => {
      const moved = await moveServices({
        facts,
        plan,
        hosts,
        probe: options.probe ?? tcpProbe,
        interrupted,
        progress: (text) => io.out(json ? `${JSON.stringify({ type: "progress", text })}\n` : `  ${text}\n`),
        ...options.waiting,
        ...(limit === undefined ? {} : { limitMs: limit * 1000, rollBack: true }),
      });
      const { seconds, why } = moved;
      const outcome = moved.outcome === "rolled-back" ? "failed" : moved.outcome;
      const what = `move the services from ${plan.from} to ${plan.to}`;
      note({ host: "cluster", what, result: outcome, seconds, ...(why === "" ? {} : { why }) });
      return moved;
    }),
  );
  if (json) io.out(`${JSON.stringify({ type: "result", ...result, left: result.left?.id })}\n`);
  else if (result.outcome === "done" || result.outcome === "rolled-back") io.out(outageText(result));
  printReports(io, reportsOf(result, plan, facts), json);
  return exitOf(result);
}

function isComplete(plan: SwitchPlan): plan is SwitchPlan & { readonly from: string; readonly to: string } {
  return plan.from !== undefined && plan.to !== undefined;
}

/** The host that the services go to comes first: it stays when the other one breaks on the way. */
function reachable(members: readonly PairMember[], to: string): Host[] {
  return reachableHosts(members).sort((a, b) => Number(b.name === to) - Number(a.name === to));
}

function planText(plan: SwitchPlan, colour: boolean): string {
  const paint = createPaint(colour);
  const checks = plan.checks.map((check) => [
    cell(check.ok ? say`ok` : say`NO`, check.ok ? paint.good : paint.bad),
    cell(word(check.name)),
    cell(check.why),
  ]);
  const moves = plan.moves.map((move) => [
    cell(say`move`),
    cell(move.resource),
    cell(`${move.from} -> ${move.to}`),
  ]);
  return `${[...table(checks), ...table(moves)].join("\n")}\n`;
}

function outageText({ outages }: SwitchResult): string {
  return `${table(outages.map((item) => [cell(say`outage`), cell(item.service), cell(`${item.seconds} s`)])).join("\n")}\n`;
}

function reportsOf(
  result: SwitchResult,
  plan: { readonly from: string; readonly to: string },
  facts: PairFacts,
): Report[] {
  const { from, to } = plan;
  const { why, seconds, outages, left } = result;
  const outageSeconds = Math.max(0, ...outages.map((item) => item.seconds));
  const main = {
    done: () => report("switch.done", { from, to, seconds, outageSeconds }),
    "rolled-back": () => report("switch.rolled-back", { from, to, why, seconds, outageSeconds }),
    failed: () => report("switch.failed", { to, why }),
    unknown: () => report("switch.unknown", { to, why }),
    interrupted: () => report("switch.interrupted", { why }),
  }[result.outcome]();
  const resource = facts.profile.ids.drbdClone;
  return left
    ? [main, report("switch.constraint-left", { id: left.id, until: left.until, resource })]
    : [main];
}

function exitOf({ outcome, left }: SwitchResult): ExitCode {
  if (outcome === "interrupted") return Exit.interrupted;
  if (outcome === "failed" || (outcome === "rolled-back" && !left)) return Exit.failed;
  return outcome === "unknown" || left ? Exit.unknown : Exit.done;
}
