import { Command } from "@commander-js/extra-typings";
import type { Change } from "../../core/change.ts";
import { Exit, type ExitCode } from "../../core/exit.ts";
import type { Host } from "../../core/host.ts";
import { createRedactor, type Redactor } from "../../core/redact.ts";
import { describe, type Report, report } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import { requireFencing } from "../config/check.ts";
import { readConfig } from "../config/given.ts";
import type { Config } from "../config/schema.ts";
import { SEED_KEYS } from "../config/seed.ts";
import { runDoctor } from "../doctor/command.ts";
import { gatherLocal } from "../facts/local.ts";
import { connectBoth } from "../hosts/pair.ts";
import { applyInstall, gatherHosts, planInstall } from "../install.ts";
import { holdPair, nobodyAtWork } from "../ledger/hold.ts";
import { changesOf } from "../plan/plan.ts";
import { openLog } from "../render/log.ts";
import { countRisks, planJson, printPlan } from "../render/plan.ts";
import { combine, jsonProgress, type ProgressView, plainProgress, SILENT } from "../render/progress.ts";
import { ledgerWarning, printReports } from "../render/reports.ts";
import { askYesNo } from "./ask.ts";
import type { Io } from "./io.ts";
import { findConfig } from "./pair.ts";
import { ownProgram } from "./program.ts";

interface Options {
  readonly file?: string | undefined;
  readonly acceptHostKey?: string[] | undefined;
  readonly program?: string | undefined;
  readonly json?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly yes?: true | undefined;
}

const KEYS = Object.entries(SEED_KEYS)
  .map(([key, spec]) => `  ${key.padEnd(24)}${spec.help}${spec.required ? " (required)" : ""}`)
  .join("\n");

const EXAMPLES = `
Arguments (or the same in a file, -f skyha.yaml):
${KEYS}

Examples:
  skyha doctor -f skyha.yaml       on one of the hosts of a pair: skyha doctor
  skyha plan -f skyha.yaml
  skyha install -f skyha.yaml
  skyha install master_ip=192.0.2.11 slave_ip=192.0.2.12 vip_master=192.0.2.20 data_dir=/data \\
    master_hostname=db1 slave_hostname=db2 fence_master=ipmi://admin@192.0.2.101 \\
    fence_slave=ipmi://admin@192.0.2.102 fence_password_file=bmc.password

Exit codes: 0 done, 1 failed, 2 wrong input (nothing was changed), 3 outcome unknown, 4 refused for safety;
5 somebody else is at work; 10 plan and --dry-run: there are changes to make; install: something that serves would be
interrupted, and nobody has said --yes; doctor: 1 when something is wrong.`;

export function installCommand(io: Io, finish: (code: ExitCode) => void): Command {
  return baseCommand(
    "install",
    "build the pair over SSH; run again, it changes only what is not yet as wanted",
  )
    .option("--dry-run", "the same as `skyha plan`")
    .option("--yes", "also what interrupts services that run, without a question")
    .action(async (words: string[], options: Options) =>
      finish(await runInstall(io, words, options)),
    ) as unknown as Command;
}

export function doctorCommand(io: Io, finish: (code: ExitCode) => void): Command {
  return baseCommand(
    "doctor",
    "check everything an installation needs, and a pair that is built already; change nothing",
  ).action(async (words: string[], options: Options) =>
    finish(await diagnose(io, words, options)),
  ) as unknown as Command;
}

async function diagnose(io: Io, words: readonly string[], options: Options): Promise<ExitCode> {
  const isGiven = words.length > 0 || options.file !== undefined;
  const config = isGiven ? readConfig(words, options.file) : await findConfig({});
  // Files that only an installation reads: those the configuration on a host names are on the other one.
  if (isGiven) await gatherLocal(config, ownProgram(options.program), createRedactor());
  const hosts = await connectBoth(config, options.acceptHostKey ?? []);
  try {
    const facts = await gatherHosts(config, hosts);
    return await runDoctor({ config, hosts, facts, io, json: options.json === true });
  } finally {
    await Promise.all(hosts.map((host) => host.close()));
  }
}

export function planCommand(io: Io, finish: (code: ExitCode) => void): Command {
  return baseCommand("plan", "show what install would change, and change nothing").action(
    async (words: string[], options: Options) =>
      finish(await runInstall(io, words, { ...options, dryRun: true })),
  ) as unknown as Command;
}

function baseCommand(name: string, description: string) {
  return new Command(name)
    .description(description)
    .argument("[key=value...]", "the configuration as words, as the original took it")
    .option("-f, --file <file>", "the configuration file, skyha.yaml")
    .option("--accept-host-key <fingerprint...>", "trust a host key that is not known yet: SHA256:…")
    .option("--program <file>", "the skyha executable to copy to the hosts (default: this one)")
    .option("--json", "one JSON object per line")
    .addHelpText("after", EXAMPLES);
}

async function runInstall(io: Io, words: readonly string[], options: Options): Promise<ExitCode> {
  const config = readConfig(words, options.file);
  requireFencing(config);
  const program = ownProgram(options.program);
  const redactor = createRedactor();
  const json = options.json === true;
  if (options.dryRun) return runPlan(io, config, { program, redactor, json, options });
  const log = openLog("install", redactor);
  let view = combine([await openScreen(io, json, redactor), log.view]);
  let hosts: readonly Host[] = [];
  try {
    view.note(`connecting to ${config.hosts.map((host) => `${host.name} (${host.address})`).join(" and ")}`);
    const pair = await connectBoth(config, options.acceptHostKey ?? []);
    hosts = pair;
    const stillNobody = await nobodyAtWork(pair);
    view.note("looking at both hosts");
    const { plan, grave, warnings } = await planInstall(config, pair, program, redactor);
    const changes = changesOf(plan);
    // Where nothing changes there is nothing to think over; skyha doctor lists them at any time.
    if (changes.length > 0) for (const item of warnings) view.note(warningLine(item));
    if (grave.length > 0 && options.yes !== true) {
      view.close();
      if (!(await isWanted(io, grave, json))) {
        printReports(
          io,
          [report("install.not-confirmed", { changes: grave.map(({ title }) => title) })],
          json,
        );
        return Exit.changesPending;
      }
      view = combine([await openScreen(io, json, redactor), log.view]);
    }
    if (changes.length > 0) view.note(describe(summary(changes)).text);
    const hold = {
      command: "install",
      redact: (text: string) => redactor.redact(text),
      warn: ledgerWarning(io, json),
    };
    // Nothing to do is no reason to write to the hosts.
    const { exit, reports, result } =
      changes.length === 0
        ? await applyInstall(config, pair, plan, view)
        : await holdPair(pair, hold, async ({ event }) => {
            await stillNobody();
            return applyInstall(config, pair, plan, combine([view, { ...SILENT, event }]));
          });
    view.close();
    if (json) {
      const { done, stepSeconds } = result;
      io.out(`${JSON.stringify({ type: "result", changes: done.length, stepSeconds })}\n`);
    }
    printReports(io, reports, json);
    if (exit !== Exit.done && !json) io.err(`log: ${log.path}\n`);
    return exit;
  } finally {
    view.close();
    await Promise.all(hosts.map((host) => host.close()));
  }
}

async function isWanted(io: Io, grave: readonly Change[], json: boolean): Promise<boolean> {
  if (!io.terminal || json) return false;
  for (const { host, title, preview } of grave) {
    io.out(`${host}: ${title}\n`);
    for (const line of preview) io.out(`    ${line}\n`);
  }
  return askYesNo(say`This interrupts services that run. Go on? [y/N] `);
}

interface PlanContext {
  readonly program: string;
  readonly redactor: Redactor;
  readonly json: boolean;
  readonly options: Options;
}

async function runPlan(
  io: Io,
  config: Config,
  { program, redactor, json, options }: PlanContext,
): Promise<ExitCode> {
  const hosts = await connectBoth(config, options.acceptHostKey ?? []);
  try {
    const { plan, warnings } = await planInstall(config, hosts, program, redactor);
    const changes = changesOf(plan);
    if (json) io.out(`${JSON.stringify(planJson(plan))}\n`);
    else {
      printPlan(io, plan);
      printReports(io, [...(changes.length > 0 ? warnings : []), summary(changes)], false);
    }
    return changes.length === 0 ? Exit.done : Exit.changesPending;
  } finally {
    await Promise.all(hosts.map((host) => host.close()));
  }
}

function warningLine(item: Report): string {
  const { host, text, next } = describe(item);
  return `${host === undefined ? "" : `${host}: `}${text}${next === undefined ? "" : ` (${next})`}`;
}

/** A live view for a person, plain lines for a pipe, JSON for a program; ink is loaded only when it is used. */
async function openScreen(io: Io, json: boolean, redactor: Redactor): Promise<ProgressView> {
  if (json) return jsonProgress(io);
  if (!io.terminal) return plainProgress((text) => io.out(redactor.redact(text)));
  const { liveProgress } = await import("../render/live.tsx");
  return liveProgress((text) => redactor.redact(text));
}

function summary(changes: Parameters<typeof countRisks>[0]) {
  return changes.length === 0
    ? report("plan.nothing", {})
    : report("plan.changes", { changes: changes.length, ...countRisks(changes) });
}
