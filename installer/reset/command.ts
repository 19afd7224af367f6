import type { Change } from "../../core/change.ts";
import { Exit, type ExitCode } from "../../core/exit.ts";
import { type Host, HostError } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { report, SkyhaError } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import type { Io } from "../cli/io.ts";
import type { Config } from "../config/schema.ts";
import { type PairMember, reachableHosts } from "../hosts/pair.ts";
import { holdPair, nobodyAtWork } from "../ledger/hold.ts";
import { type ApplyResult, applyPlan } from "../plan/apply.ts";
import { stagedPlan } from "../plan/plan.ts";
import { tell, tellEvent } from "../render/changes.ts";
import { ledgerWarning, printReports } from "../render/reports.ts";
import { padded } from "../show/layout.ts";
import { word } from "../show/words.ts";
import { keptIn } from "./data-changes.ts";
import { lookAt, type ResetHost } from "./look.ts";
import { resetChanges } from "./plan.ts";
import { reasonsAgainst } from "./reasons.ts";
import { type Choices, nameOf, type ResetView, type Scope, targetsOf } from "./scope.ts";
import { tellLosses, tellStays } from "./tell.ts";

export interface ResetOptions extends Omit<Choices, "stamp"> {
  readonly config: Config;
  readonly members: readonly PairMember[];
  readonly io: Io;
  readonly json: boolean;
  readonly scope: Scope;
  readonly dryRun: boolean;
  /** The name of what is lost, from somebody who is not at a terminal. */
  readonly confirm?: string;
  /** Asks a person; undefined: nobody is there to be asked. */
  readonly ask?: (question: string) => Promise<string>;
  readonly now?: () => number;
  /** Tests give their own. */
  readonly look?: (host: Host, config: Config, withContents: boolean) => Promise<ResetHost>;
}

/**
 * Takes skyha off: the cluster, or all of it, or one host of two.
 * @returns 0 done, or nothing is there · 1 failed · 2 no such host · 3 not known · 4 refused · 5 somebody else is at
 *   work · 10 not confirmed, or dry run
 */
export async function runReset(options: ResetOptions): Promise<ExitCode> {
  const { config, members, io, json, scope } = options;
  const names = config.hosts.map(({ name }) => name);
  if (scope.kind === "host" && !names.includes(scope.host)) {
    printReports(io, [report("usage.no-such-host", { name: scope.host, hosts: names })], json);
    return Exit.usage;
  }
  const lost = members.flatMap(({ config: own, host }) =>
    host instanceof SkyhaError ? [{ name: own.name, why: host.message }] : [],
  );
  if (lost.length > 0) {
    const why = lost.map(({ name, why: text }) => `${name}: ${text}`).join("; ");
    printReports(io, [report("reset.unreachable", { hosts: lost.map(({ name }) => name), why })], json);
    return Exit.refused;
  }
  const hosts = reachableHosts(members);
  const stillNobody = await nobodyAtWork(hosts);
  const view = await look(options, hosts, true);
  if ("exit" in view) return view.exit;
  const changes = resetChanges(view);
  if (changes.length === 0) {
    printReports(io, [report("reset.nothing", {})], json);
    return Exit.done;
  }
  tellPlan(io, json, changes);
  tellLosses(io, json, view);
  if (options.dryRun || !(await isConfirmed(options))) {
    printReports(io, [report("reset.not-confirmed", { words: wordsOf(scope), name: nameOf(view) })], json);
    return Exit.changesPending;
  }
  return holdPair(hosts, { command: "reset", warn: ledgerWarning(io, json) }, async (holding) => {
    await stillNobody();
    // While a person types, hosts fail.
    const again = await look(options, hosts, false);
    if ("exit" in again) return again.exit;
    if (!isSame(changes, resetChanges({ ...again, choices: view.choices }))) {
      printReports(io, [report("reset.changed", {})], json);
      return Exit.refused;
    }
    const result = await applyPlan(stagedPlan(changes), hosts, (event) => {
      tellEvent(io, json, event);
      holding.event(event);
    });
    return tellEnd(options, view, result);
  });
}

/** Both hosts, and nothing against it; else what to end with, which was said. */
async function look(
  { config, io, json, scope, now = Date.now, look: lookOne = lookAt, ...choices }: ResetOptions,
  hosts: readonly Host[],
  withContents: boolean,
): Promise<ResetView | { readonly exit: ExitCode }> {
  const stamp = new Date(now()).toISOString().replace(/[-:]|\..*/g, "");
  let seen: ResetHost[];
  try {
    if (withContents && !json) io.out(`${say`looking at both hosts`}\n`);
    seen = await Promise.all(hosts.map((host) => lookOne(host, config, withContents)));
  } catch (error) {
    // A connection that is lost has its own words.
    if (error instanceof HostError || error instanceof SkyhaError) throw error;
    printReports(io, [report("reset.not-seen", { why: messageOf(error) })], json);
    return { exit: Exit.unknown };
  }
  const [first, second] = seen;
  if (first === undefined || second === undefined) throw new Error("a pair has two hosts");
  const { noCopy, images, foreign } = choices;
  const view = {
    config,
    scope,
    choices: { noCopy, images, foreign, stamp },
    hosts: [first, second],
  } as const;
  const against = reasonsAgainst(view);
  if (against.length === 0) return view;
  printReports(io, against, json);
  return { exit: Exit.refused };
}

const isSame = (confirmed: readonly Change[], now: readonly Change[]): boolean =>
  confirmed.map(({ id, title }) => `${id} ${title}`).join("\n") ===
  now.map(({ id, title }) => `${id} ${title}`).join("\n");

const wordsOf = (scope: Scope): string =>
  scope.kind === "host" ? `--host ${scope.host}` : `--${scope.kind}`;

function tellPlan(io: Io, json: boolean, changes: readonly Change[]): void {
  for (const { id, host, title, risk, preview } of changes) {
    const line = `  ${padded(word(risk), 10)}  ${host.padEnd(7)}  ${title}\n`;
    tell(io, json, { type: "change", id, host, title, risk, preview }, line);
    if (!json) for (const text of preview) io.out(`                         ${text}\n`);
  }
}

/** Nothing but the name of what is lost, typed. */
async function isConfirmed({ config, scope, confirm, ask }: ResetOptions): Promise<boolean> {
  const name = nameOf({ config, scope });
  if (confirm !== undefined) return confirm === name;
  const question =
    scope.kind === "data"
      ? say`This ends the data of the pair. Type ${name} to go on: `
      : say`This stops what runs there. Type ${name} to go on: `;
  return (await ask?.(question)) === name;
}

function tellEnd({ io, json, scope, noCopy }: ResetOptions, view: ResetView, result: ApplyResult): ExitCode {
  if (result.outcome !== "done") {
    const why = result.failed
      .map(({ change, why: text }) => `${change.host}: ${change.title}: ${text}`)
      .join("; ");
    printReports(io, [report("reset.failed", { why, words: wordsOf(scope) })], json);
    return result.outcome === "unknown" ? Exit.unknown : Exit.failed;
  }
  const keeper = noCopy ? undefined : result.done.find(({ step }) => step === "keep")?.host;
  const { directory } = keptIn(view.config.data_dir, view.choices.stamp);
  const kept = keeper === undefined ? {} : { kept: `${keeper}:${directory}` };
  printReports(io, [report("reset.done", { hosts: targetsOf(view).map(({ name }) => name), ...kept })], json);
  tellStays(io, json, view);
  return Exit.done;
}
