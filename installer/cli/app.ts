import { Command, CommanderError, Option } from "@commander-js/extra-typings";
import { Exit, type ExitCode } from "../../core/exit.ts";
import { HostError } from "../../core/host.ts";
import { report, SkyhaError } from "../../core/report.ts";
import { languageOf, speak } from "../../core/texts/say.ts";
import { printReports } from "../render/reports.ts";
import { backupCommand, restoreCommand } from "./backup.ts";
import { brainCommand } from "./brain.ts";
import { drillCommand } from "./drill.ts";
import { maintenanceCommand, standbyCommand, unstandbyCommand } from "./duty.ts";
import { initCommand, schemaCommand } from "./init.ts";
import { doctorCommand, installCommand, planCommand } from "./install.ts";
import { type Io, processIo } from "./io.ts";
import { historyCommand, unlockCommand } from "./ledger.ts";
import { recoverCommand } from "./recover.ts";
import { reportCommand } from "./report.ts";
import { resetCommand } from "./reset.ts";
import { showCommand } from "./show.ts";
import { switchCommand } from "./switch.ts";
import { VERSION } from "./version.ts";

/** @returns the exit code; see core/exit.ts */
export async function runCli(args: readonly string[], io: Io = processIo()): Promise<number> {
  let code: ExitCode | number = Exit.done;
  const finish = (result: number) => {
    code = result;
  };
  const json = args.includes("--json");
  // What programs read is English always.
  const forPrograms = json || args.includes("--check");
  const talk = (wanted?: "en" | "zh") => speak(forPrograms ? "en" : (wanted ?? languageOf(io.env)));
  talk();
  const program = new Command("skyha")
    .description("Keeps databases and a shared directory alive on two hosts.")
    .version(VERSION, "-V, --version")
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showSuggestionAfterError()
    .addOption(
      new Option("--lang <language>", "language of what is said, by default that of LANG").choices([
        "en",
        "zh",
      ] as const),
    )
    .addHelpText(
      "after",
      "\n  agent              the resource agents: skyha agent list | describe NAME | run NAME ACTION",
    );
  const makers = [
    initCommand,
    doctorCommand,
    planCommand,
    installCommand,
    showCommand,
    recoverCommand,
    brainCommand,
    switchCommand,
    standbyCommand,
    unstandbyCommand,
    maintenanceCommand,
    drillCommand,
    backupCommand,
    restoreCommand,
    historyCommand,
    reportCommand,
    resetCommand,
    unlockCommand,
    schemaCommand,
  ];
  program.hook("preAction", (root) => talk(root.opts().lang));
  for (const make of makers) program.addCommand(make(io, finish));
  inheritOutput(program, io);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    return exitOf(error, io, json);
  }
  return code;
}

/** addCommand does not pass settings on to commands that were made on their own. */
function inheritOutput(program: Command, io: Io): void {
  for (const command of [program, ...program.commands]) {
    command.exitOverride();
    command.configureOutput({ writeOut: io.out, writeErr: io.err });
  }
}

/** Says what ended a command that did not expect it. @returns the exit code */
export function exitOf(error: unknown, io: Io, json: boolean): number {
  if (error instanceof HostError) {
    const why = error.message.replace(`${error.host}: `, "");
    printReports(io, [report("host.lost", { why }, error.host)], json);
    return Exit.unknown;
  }
  if (error instanceof SkyhaError) {
    printReports(io, error.reports, json);
    return error.exitCode;
  }
  if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.done : Exit.usage;
  // A bug: whoever reports it needs the stack.
  io.err(
    `skyha: unexpected error, please report it\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return Exit.failed;
}
