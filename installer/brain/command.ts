import { Exit, type ExitCode } from "../../core/exit.ts";
import { report } from "../../core/report.ts";
import { splitBrain } from "../../core/verdict/rules/data.ts";
import { verdict } from "../../core/verdict.ts";
import type { Io } from "../cli/io.ts";
import type { Config } from "../config/schema.ts";
import { type GatherOptions, gatherPair } from "../facts/pair/gather.ts";
import { profileOf } from "../facts/pair/profile.ts";
import { type PairMember, reachableHosts } from "../hosts/pair.ts";
import { printReports } from "../render/reports.ts";
import { pairHosts } from "../show/command.ts";
import { cell, table } from "../show/layout.ts";
import { type CopyEvidence, gatherEvidence, instructions } from "./evidence.ts";

export interface BrainOptions extends GatherOptions {
  readonly config: Config;
  readonly members: readonly PairMember[];
  readonly io: Io;
  readonly json?: boolean;
}

/**
 * Shows both copies side by side and what to type for either choice. Changes nothing, and chooses nothing.
 * @returns 0 looked at, split or not · 3 a host could not be asked, so that nobody knows
 */
export async function runBrain(options: BrainOptions): Promise<ExitCode> {
  const { config, members, io, json = false } = options;
  const facts = await gatherPair(pairHosts(members), profileOf(config), options);
  const evidence = await gatherEvidence(facts, reachableHosts(members));
  const split = splitBrain(facts);
  const [first, second] = config.hosts.map(({ name }) => name);
  const choices =
    split && first !== undefined && second !== undefined
      ? [
          { keep: first, giveUp: second, type: instructions(config, first, second) },
          { keep: second, giveUp: first, type: instructions(config, second, first) },
        ]
      : [];
  if (json) io.out(`${JSON.stringify({ version: 1, split: split !== undefined, evidence, choices })}\n`);
  else io.out(`${[...columns(evidence), ...choices.flatMap(choiceText)].join("\n")}\n`);
  if (split) {
    printReports(io, [report("brain.split", { text: split.text })], json);
    return Exit.done;
  }
  const blind = facts.hosts.filter(({ drbd }) => !drbd.known).map(({ name }) => name);
  if (blind.length > 0) {
    printReports(io, [report("brain.unknown", { hosts: blind })], json);
    return Exit.unknown;
  }
  const worst = verdict(facts).findings.find(({ level }) => level !== "info");
  printReports(io, [report("brain.none", worst === undefined ? {} : { instead: worst.text })], json);
  return Exit.done;
}

const ROWS: readonly (readonly [string, (copy: CopyEvidence) => string])[] = [
  ["role", ({ role }) => role],
  ["copy", ({ disk }) => disk],
  ["connection", ({ connection }) => connection],
  ["changed", ({ changed }) => changed],
  ["VIP", ({ vip }) => vip],
  ["mounted", ({ mounted }) => mounted],
  ["running", ({ services }) => services],
];

function columns(evidence: readonly CopyEvidence[]): string[] {
  return [
    ...table([
      [cell(""), ...evidence.map(({ host }) => cell(host))],
      ...ROWS.map(([name, text]) => [cell(name), ...evidence.map((copy) => cell(text(copy)))]),
    ]),
    ...evidence.flatMap(({ host, generations, lastRoles }) => [
      `${host} generations  ${generations}`,
      ...lastRoles.map((line) => `${host} was         ${line}`),
    ]),
  ];
}

function choiceText({
  keep,
  giveUp,
  type,
}: {
  keep: string;
  giveUp: string;
  type: ReturnType<typeof instructions>;
}): string[] {
  return [
    "",
    `To keep the copy of ${keep} and give up what only ${giveUp} has (it is saved first):`,
    ...type.map(({ on, command }) => `  ${on}#  ${command}`),
  ];
}
