import { Exit, type ExitCode } from "../../core/exit.ts";
import { report } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import type { PairFacts } from "../../core/verdict/facts.ts";
import type { Finding } from "../../core/verdict/finding.ts";
import { type Verdict, verdict } from "../../core/verdict.ts";
import type { Io } from "../cli/io.ts";
import type { Config } from "../config/schema.ts";
import { type GatherOptions, gatherPair } from "../facts/pair/gather.ts";
import { profileOf } from "../facts/pair/profile.ts";
import { type PairMember, reachableHosts } from "../hosts/pair.ts";
import { applyHeld } from "../ledger/apply.ts";
import type { ApplyResult } from "../plan/apply.ts";
import { tell } from "../render/changes.ts";
import { printReports } from "../render/reports.ts";
import { pairHosts } from "../show/command.ts";
import { padded } from "../show/layout.ts";
import { word } from "../show/words.ts";
import { leftToPeople, type Remedy, remediesFor } from "./remedies.ts";

export interface RecoverOptions extends GatherOptions {
  readonly config: Config;
  readonly members: readonly PairMember[];
  readonly io: Io;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  /** Does without a question what undoes nobody's intention. */
  readonly yes?: boolean;
  /** Does also what somebody may have set on purpose. */
  readonly intended?: boolean;
  /** Asks a person; undefined: nobody is there to be asked. */
  readonly ask?: (question: string) => Promise<boolean>;
  readonly settling?: { readonly limitMs: number; readonly pollMs: number };
}

const SETTLING = { limitMs: 240_000, pollMs: 5000 } as const;

/**
 * Diagnose, plan, confirm, act, look again from outside.
 * @returns 0 nothing is left to do · 1 something still fails · 3 outcome unknown · 4 only a person can decide ·
 *   10 there is something to do (dry run, or nobody to ask)
 */
export async function runRecover(options: RecoverOptions): Promise<ExitCode> {
  const { config, members, io, json = false } = options;
  const look = () => gatherPair(pairHosts(members), profileOf(config), options);
  const facts = await look();
  const seen = verdict(facts);
  const all = remediesFor(seen.findings, facts);
  tellFindings(io, json, seen);
  if (all.length === 0) return nothingToDo(io, json, seen);
  tellPlan(io, json, all);
  if (options.dryRun) return Exit.changesPending;
  const chosen = await choose(all, options);
  if (chosen.length === 0) {
    printReports(io, [report("recover.not-confirmed", {})], json);
    return Exit.changesPending;
  }
  const changes = chosen.map(({ change }) => change);
  const result = await applyHeld("recover", reachableHosts(members), changes, { io, json });
  const after = await settle(look, seen, options);
  return tellEnd(io, json, result, after);
}

function nothingToDo(io: Io, json: boolean, seen: Verdict): ExitCode {
  const people = leftToPeople(seen.findings);
  if (people.length === 0) {
    printReports(io, [report("recover.nothing", {})], json);
    return Exit.done;
  }
  printReports(io, [report("recover.left", { findings: people.map(leftText) })], json);
  return Exit.refused;
}

/** What may undo somebody's intention is asked about one by one; the rest in one question. */
async function choose(all: readonly Remedy[], { yes, intended, ask }: RecoverOptions): Promise<Remedy[]> {
  const plain = all.filter((remedy) => !remedy.intended);
  const doPlain = plain.length > 0 && (yes || (await ask?.(say`Do these ${plain.length}? [y/N] `)) === true);
  const chosen = doPlain ? plain : [];
  for (const remedy of all.filter((item) => item.intended)) {
    const wanted =
      intended || (!yes && (await ask?.(say`Was that not wanted? ${remedy.change.title} [y/N] `)) === true);
    if (wanted) chosen.push(remedy);
  }
  // As planned, because the order matters.
  return all.filter((remedy) => chosen.includes(remedy));
}

/** Waits until the pair serves and nothing is critical, or until it no longer gets better. */
async function settle(
  look: () => Promise<PairFacts>,
  before: Verdict,
  { io, json = false, settling = SETTLING }: RecoverOptions,
): Promise<Verdict> {
  const deadline = performance.now() + settling.limitMs;
  let last = before;
  let said = "";
  for (;;) {
    last = verdict(await look());
    if (last.serving.state === "yes" && last.level !== "critical" && !isUnderWay(last)) return last;
    const text = say`serving: ${word(last.serving.state)}, ${worst(last)?.text ?? last.serving.why}`;
    if (text !== said) tell(io, json, { type: "progress", text }, `  … ${text}\n`);
    said = text;
    if (performance.now() > deadline) return last;
    await new Promise((resolve) => setTimeout(resolve, settling.pollMs));
  }
}

/** The cluster is at work: the rules name "look again" as the next command. */
const isUnderWay = ({ findings }: Verdict): boolean =>
  findings.some(({ level, next }) => level !== "info" && next?.command === "skyha show");

const worst = ({ findings }: Verdict): Finding | undefined => findings.find(({ level }) => level !== "info");

function tellEnd(io: Io, json: boolean, result: ApplyResult, after: Verdict): ExitCode {
  const { serving, dataSafe, failuresLeft } = after;
  const state = {
    serving: word(serving.state),
    data: word(dataSafe.state),
    failuresLeft: failuresLeft.count ?? word("unknown"),
  };
  const left = after.findings.filter(({ level }) => level !== "info");
  const failed = result.failed.map(({ change, why }) => `${change.title}: ${why}`);
  if (result.outcome === "unknown") {
    printReports(io, [report("recover.unknown", { why: failed.join("; ") })], json);
    return Exit.unknown;
  }
  if (failed.length > 0 || after.level === "critical" || after.level === "unknown") {
    printReports(io, [report("recover.failed", { ...state, why: [...failed, ...left.map(leftText)] })], json);
    return after.level === "unknown" && failed.length === 0 ? Exit.unknown : Exit.failed;
  }
  printReports(io, [report("recover.done", { ...state, left: left.map(leftText) })], json);
  return Exit.done;
}

const leftText = ({ text, next }: Finding): string => {
  if (next === undefined) return text;
  return `${text} (${next.on === undefined ? "" : say`on ${next.on}: `}${next.command})`;
};

function tellFindings(io: Io, json: boolean, { findings, level }: Verdict): void {
  if (json) io.out(`${JSON.stringify({ type: "findings", level, findings })}\n`);
  else for (const { level: grade, text } of findings) io.out(`  ${padded(word(grade), 8)}  ${text}\n`);
}

function tellPlan(io: Io, json: boolean, remedies: readonly Remedy[]): void {
  for (const { change, code, intended } of remedies) {
    const { id, host, title, risk, preview } = change;
    if (json) {
      io.out(`${JSON.stringify({ type: "remedy", id, host, title, risk, preview, code, intended })}\n`);
      continue;
    }
    const note = intended ? say`   (somebody may have wanted it so: asked for by itself)` : "";
    io.out(`  ${padded(word(risk), 8)}  ${host.padEnd(7)}  ${title}${note}\n`);
    for (const line of preview) io.out(`                       ${line}\n`);
  }
}
