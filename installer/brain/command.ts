import { Exit, type ExitCode } from "../../core/exit.ts";
import { report } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import type { PairFacts } from "../../core/verdict/facts.ts";
import { splitBrain } from "../../core/verdict/rules/data.ts";
import { clusterView, drbdOf, hostOf } from "../../core/verdict/view.ts";
import { verdict } from "../../core/verdict.ts";
import type { Io } from "../cli/io.ts";
import type { Config } from "../config/schema.ts";
import { type GatherOptions, gatherPair } from "../facts/pair/gather.ts";
import { profileOf } from "../facts/pair/profile.ts";
import { type PairMember, reachableHosts } from "../hosts/pair.ts";
import { printReports } from "../render/reports.ts";
import { pairHosts } from "../show/command.ts";
import { cell, table } from "../show/layout.ts";
import { type CopyEvidence, gatherEvidence } from "./evidence.ts";
import { type Descent, descent, type Generations } from "./generations.ts";
import type { Choice } from "./give-up.ts";
import { settle } from "./settle.ts";

export interface BrainOptions extends GatherOptions {
  readonly config: Config;
  readonly members: readonly PairMember[];
  readonly io: Io;
  readonly json?: boolean;
  /** The host whose own changes are given up; undefined: only look. */
  readonly giveUp?: string;
  readonly dryRun?: boolean;
  /** The same name once more, from somebody who is not at a terminal. */
  readonly confirm?: string;
  /** Directory on that host for the saved copy. */
  readonly saveTo?: string;
  /** Asks a person; undefined: nobody is there to be asked. */
  readonly ask?: (question: string) => Promise<string>;
  readonly now?: () => number;
}

/**
 * Shows both copies side by side, and with `giveUp` ends the split brain at the cost of that host's own changes, which
 * are saved first. Chooses nothing.
 * @returns 0 looked at, or settled · 1 failed · 2 no such host · 3 not known · 4 refused · 10 not confirmed, or dry run
 */
export async function runBrain(options: BrainOptions): Promise<ExitCode> {
  const { config, members, io, json = false, giveUp } = options;
  const names = config.hosts.map(({ name }) => name);
  if (giveUp !== undefined && !names.includes(giveUp)) {
    printReports(io, [report("usage.no-such-host", { name: giveUp, hosts: names })], json);
    return Exit.usage;
  }
  const facts = await gatherPair(pairHosts(members), profileOf(config), options);
  const evidence = await gatherEvidence(facts, reachableHosts(members));
  const split = splitBrain(facts);
  const origin = descentOf(evidence);
  if (json) {
    const choices = split === undefined ? [] : names.map((name) => choiceOf(facts, name));
    const record = {
      version: 1,
      type: "copies",
      split: split !== undefined,
      descent: origin,
      evidence,
      choices,
    };
    io.out(`${JSON.stringify(record)}\n`);
  } else {
    io.out(`${columns(evidence, origin).join("\n")}\n`);
  }
  if (split === undefined) return noSplit(facts, options);
  printReports(io, [report("brain.split", { text: split.text })], json);
  if (giveUp === undefined) {
    printReports(
      io,
      names.map((name) => report("brain.choice", { keep: otherOf(names, name), giveUp: name })),
      json,
    );
    return Exit.done;
  }
  return settle({ ...options, giveUp, choice: choiceOf(facts, giveUp), descent: origin, evidence });
}

const otherOf = (names: readonly string[], name: string): string => names.find((each) => each !== name) ?? "";

function choiceOf(facts: PairFacts, giveUp: string): Choice {
  const names = facts.profile.hosts.map(({ name }) => name);
  const view = clusterView(facts);
  const locations = view.known && view.value.cib.known ? view.value.cib.value.locations : [];
  return {
    keep: otherOf(names, giveUp),
    giveUp,
    movesServices: drbdOf(hostOf(facts, giveUp))?.role === "Primary",
    fenceConstraints: locations.filter(({ origin }) => origin === "drbd-fence").map(({ id }) => id),
  };
}

/** Undefined: the identifiers of one host are not known. */
function descentOf([first, second]: readonly CopyEvidence[]): Descent | undefined {
  const known = first?.generations !== undefined && second?.generations !== undefined;
  return known ? descent(first.generations, second.generations) : undefined;
}

function noSplit(facts: PairFacts, { io, json = false, giveUp }: BrainOptions): ExitCode {
  const blind = facts.hosts.filter(({ drbd }) => !drbd.known).map(({ name }) => name);
  if (blind.length > 0) {
    printReports(io, [report("brain.unknown", { hosts: blind })], json);
    return Exit.unknown;
  }
  const worst = verdict(facts).findings.find(({ level }) => level !== "info");
  printReports(io, [report("brain.none", worst === undefined ? {} : { instead: worst.text })], json);
  return giveUp === undefined ? Exit.done : Exit.refused;
}

const rows = (): readonly (readonly [string, (copy: CopyEvidence) => string])[] => [
  [say`role`, ({ role }) => role],
  [say`copy`, ({ disk }) => disk],
  [say`connection`, ({ connection }) => connection],
  [say`changed`, ({ changed }) => changed],
  ["VIP", ({ vip }) => vip],
  [say`mounted`, ({ mounted }) => mounted],
  [say`running`, ({ services }) => services],
];

const ORIGIN: Readonly<Record<Descent, (first: string, second: string) => string>> = {
  same: () => say`both copies are the same generation`,
  "first-newer": (first, second) =>
    say`${first} has all that ${second} has, and more: nothing is lost when they connect`,
  "second-newer": (first, second) =>
    say`${second} has all that ${first} has, and more: nothing is lost when they connect`,
  diverged: () => say`both have changed since they were one`,
  unrelated: () => say`the two were never one, or that is too long ago for DRBD to know`,
};

function columns(evidence: readonly CopyEvidence[], origin: Descent | undefined): string[] {
  const [first = "", second = ""] = evidence.map(({ host }) => host);
  return [
    ...table([
      [cell(""), ...evidence.map(({ host }) => cell(host))],
      ...rows().map(([name, text]) => [cell(name), ...evidence.map((copy) => cell(text(copy)))]),
    ]),
    ...evidence.flatMap(({ host, generations, lastRoles }) => [
      `${say`${host} generations`}  ${idsOf(generations)}`,
      ...lastRoles.map((line) => `${say`${host} was`}         ${line}`),
    ]),
    ...(origin === undefined ? [] : [say`by their generations: ${ORIGIN[origin](first, second)}`]),
  ];
}

const idsOf = (generations: Generations | undefined): string =>
  generations === undefined
    ? "?"
    : [generations.current, generations.bitmap, ...generations.history].join(" ");
