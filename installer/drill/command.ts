import { Exit, type ExitCode } from "../../core/exit.ts";
import type { Host } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { quoteArgv } from "../../core/quote.ts";
import { type Report, report, usageError } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import type { Io } from "../cli/io.ts";
import type { Config } from "../config/schema.ts";
import { type GatherOptions, gatherPair } from "../facts/pair/gather.ts";
import { tcpProbe } from "../facts/pair/outside.ts";
import { profileOf } from "../facts/pair/profile.ts";
import { type PairMember, reachableHosts } from "../hosts/pair.ts";
import { holdPair, whoAmI } from "../ledger/hold.ts";
import { PATHS } from "../names.ts";
import { tell } from "../render/changes.ts";
import { ledgerWarning, printReports } from "../render/reports.ts";
import { pairHosts } from "../show/command.ts";
import { cell, createPaint, table, wantsColour } from "../show/layout.ts";
import { word } from "../show/words.ts";
import { withSignals } from "../signals.ts";
import type { World } from "./fault.ts";
import type { Command, Injection } from "./faults.ts";
import { recordOf } from "./last.ts";
import { loadOf, type StartLoad, storesOf } from "./load/load.ts";
import { chosen, type DrillPlan, drillPlan } from "./plan.ts";
import { checkDirectory, drillReport, writeReport } from "./report.ts";
import { type FaultResult, overall } from "./result.ts";
import { runFaults } from "./run.ts";

export interface DrillOptions extends GatherOptions {
  readonly config: Config;
  readonly members: readonly PairMember[];
  readonly io: Io;
  readonly json?: boolean;
  /** Faults, with or without a service; undefined: all that this pair can have. */
  readonly only?: readonly string[];
  readonly dryRun?: boolean;
  /** The cluster's name, from somebody who is not at a terminal. */
  readonly confirm?: string;
  /** Asks a person; undefined: nobody is there to be asked. */
  readonly ask?: (question: string) => Promise<string>;
  /** Directory for the report. */
  readonly output: string;
  /** Tests give their own; default: SIGINT, SIGTERM and SIGHUP of this process. */
  readonly interrupted?: AbortSignal;
  readonly startLoad?: StartLoad;
  readonly timing?: NonNullable<World["timing"]>;
}

/**
 * Breaks one thing after the other, on purpose, while clients write, and says what they went through.
 * @returns 0 passed · 1 failed · 2 no such fault, no such directory · 3 not known · 4 refused · 10 not confirmed, or dry
 *   run · 130 interrupted
 */
export async function runDrill(options: DrillOptions): Promise<ExitCode> {
  const { config, members, io, json = false, only, output } = options;
  chosen(config, only);
  try {
    checkDirectory(output);
  } catch (error) {
    throw usageError("drill.no-directory", { why: messageOf(error) });
  }
  const profile = profileOf(config);
  const look = () => gatherPair(pairHosts(members), profile, options);
  const hosts = reachableHosts(members);
  const here = hosts.find(({ address }) => address === "local")?.name;
  const plan = drillPlan(config, await look(), only, here);
  tell(
    io,
    json,
    { type: "plan", ...plan },
    planText(plan, wantsColour(io.terminal, io.env), options.dryRun === true),
  );
  const refusals = plan.checks.filter(({ ok }) => !ok).map(({ name, why }) => ({ name: word(name), why }));
  if (refusals.length > 0 || plan.faults.length === 0) {
    const none = { name: word("target"), why: say`there is no fault to inject` };
    printReports(io, [report("drill.refused", { checks: refusals.length > 0 ? refusals : [none] })], json);
    return Exit.refused;
  }
  if (options.dryRun || !(await isConfirmed(options))) {
    printReports(io, [report("drill.not-confirmed", { cluster: config.cluster })], json);
    return Exit.changesPending;
  }
  const stamp = new Date().toISOString().replace(/[-:]|\..*/g, "");
  let startLoad: StartLoad;
  try {
    startLoad =
      options.startLoad ?? loadOf(profile, await storesOf(config, hosts, stamp), options.probe ?? tcpProbe);
  } catch (error) {
    const checks = [{ name: word("services"), why: messageOf(error) }];
    printReports(io, [report("drill.refused", { checks })], json);
    return Exit.refused;
  }
  const holdOptions = { command: "drill", warn: ledgerWarning(io, json), handlesSignals: true };
  return holdPair(hosts, holdOptions, ({ note }) =>
    withSignals(options.interrupted, async (interrupted) => {
      const at = new Date().toISOString();
      const world: World = {
        hostOf: (name) => hostNamed(hosts, name),
        look,
        startLoad,
        interrupted,
        stamp,
        progress: (text) =>
          tell(io, json, { type: "progress", text }, `    ${text.replaceAll("\n", "; ")}\n`),
        ...(options.timing === undefined ? {} : { timing: options.timing }),
      };
      const { results, stopped } = await runFaults(world, config, only, here, {
        begins: ({ id, title }) => tell(io, json, { type: "fault", id, title }, `\n${id}  ${title}\n`),
        ended(result) {
          const { id, host, outcome, seconds, why } = result;
          const done = outcome === "passed" ? "done" : outcome === "interrupted" ? "interrupted" : "failed";
          note({ host, what: id, result: done, seconds, ...(why === "" ? {} : { why }) });
          tell(io, json, { type: "result", ...result }, resultText(result));
        },
      });
      const record = recordOf(at, whoAmI(), results);
      const notRun = [...plan.leftOut, ...notReached(plan, results, stopped)];
      const reports = [
        ...results.flatMap(({ left }) => left.map((what) => report("drill.left", { what }))),
        ...(await remember(hosts, JSON.stringify(record))),
        ...written(() => writeReport(output, stamp, drillReport(profile, record, results, notRun))),
        closing(results, stopped, record.worstSeconds),
      ];
      printReports(io, reports, json);
      if (overall(results) === "interrupted" || interrupted.aborted) return Exit.interrupted;
      if (overall(results) === "failed") return Exit.failed;
      return overall(results) === "passed" && stopped === undefined ? Exit.done : Exit.unknown;
    }),
  );
}

function hostNamed(hosts: readonly Host[], name: string): Host {
  const found = hosts.find((host) => host.name === name);
  if (found === undefined) throw new Error(`${name} cannot be reached`);
  return found;
}

/** Nothing but the cluster's name, typed. */
async function isConfirmed({ config, confirm, ask }: DrillOptions): Promise<boolean> {
  if (confirm !== undefined) return confirm === config.cluster;
  const answer = await ask?.(
    say`Services will be interrupted and hosts powered off. Type ${config.cluster} to go on: `,
  );
  return answer === config.cluster;
}

function planText({ checks, faults, leftOut }: DrillPlan, colour: boolean, exactly: boolean): string {
  const paint = createPaint(colour);
  const judged = table(
    checks.map(({ ok, name, why }) => [
      cell(ok ? say`ok` : say`NO`, ok ? paint.good : paint.bad),
      cell(word(name)),
      cell(why),
    ]),
  );
  const planned = exactly
    ? faults.flatMap((fault) => ["", `${paint.strong(fault.id)}  ${fault.title}`, ...typed(fault)])
    : [
        "",
        ...table(
          faults.map(({ id, inject, title }) => [cell(id, paint.strong), cell(inject.host), cell(title)]),
        ),
      ];
  const left = leftOut.map(({ fault, why }) => say`left out: ${fault}: ${why}`);
  return `${[...judged, ...planned, ...(left.length === 0 ? [] : ["", ...left])].join("\n")}\n`;
}

/** Everything that is typed for one fault. */
function typed({ inject, undo, ending, undoneAfterSeconds }: Injection): string[] {
  const undone = ({ host, argv }: Command) =>
    ending.kind === "undone"
      ? say`after ${ending.afterSeconds} s, on ${host}: ${quoteArgv(argv)}`
      : say`if it stays, on ${host}: ${quoteArgv(argv)}`;
  return [
    say`on ${inject.host}: ${quoteArgv(inject.argv)}`,
    ...undo.map(undone),
    ...(undo.length === 0 ? [] : [say`by itself after ${undoneAfterSeconds} s, should the drill die`]),
  ].map((line) => `    ${line}`);
}

function resultText({ outcome, why, seconds, outages, rows }: FaultResult): string {
  const outage = outages.map(({ service, by, seconds: gap, stillDown }) => {
    const counted = rows.find((item) => item.service === service);
    const lost =
      counted === undefined
        ? ""
        : say`${counted.acknowledged} rows acknowledged, ${counted.lost ?? "?"} lost`;
    return [
      cell(service),
      cell(`${gap} s${stillDown ? say` and still down` : ""}`),
      cell(by === "rows" ? lost : say`TCP connections only`),
      cell(counted?.mayLose ?? ""),
    ];
  });
  const end = `    ${word(outcome)} (${seconds} s)${why === "" ? "" : `: ${why}`}\n`;
  return `${table(outage)
    .map((line) => `  ${line}`)
    .join("\n")}\n${end}`;
}

function notReached(plan: DrillPlan, results: readonly FaultResult[], stopped: string | undefined) {
  return plan.faults
    .filter(({ id }) => !results.some((result) => result.id === id))
    .map(({ id }) => ({ fault: id, why: stopped ?? "the drill had stopped" }));
}

/** On both hosts, as far as they can be reached. */
async function remember(hosts: readonly Host[], text: string): Promise<Report[]> {
  const written = await Promise.all(
    hosts.map(async (host) => {
      try {
        await host.write(PATHS.drill, `${text}\n`);
        return [];
      } catch (error) {
        return [report("drill.not-remembered", { why: messageOf(error) }, host.name)];
      }
    }),
  );
  return written.flat();
}

function written(write: () => readonly string[]): Report[] {
  try {
    return [report("drill.written", { files: [...write()] })];
  } catch (error) {
    return [report("drill.not-written", { why: messageOf(error) })];
  }
}

function closing(results: readonly FaultResult[], stopped: string | undefined, worst: number): Report {
  const why = stopped ?? "";
  switch (overall(results)) {
    case "failed":
      return report("drill.failed", { why });
    case "interrupted":
      return report("drill.interrupted", {});
    case "unknown":
      return report("drill.unknown", { why });
    case "passed":
      return stopped === undefined
        ? report("drill.passed", { count: results.length, worstSeconds: worst })
        : report("drill.unknown", { why });
  }
}
