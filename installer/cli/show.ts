import { Command } from "@commander-js/extra-typings";
import { usageError } from "../../core/report.ts";
import { runShow } from "../show/command.ts";
import type { Io } from "./io.ts";
import { onPair, PAIR_HELP, type PairOptions } from "./pair.ts";

const EXAMPLES = `${PAIR_HELP}

Examples:
  skyha show
  skyha show --host 192.0.2.11
  skyha show --json -f skyha.yaml
  skyha show --watch          looks again every 5 s; q quits, d shows details
  skyha show --check          one line; 0 ok, 1 warning, 2 critical, 3 unknown

Exit codes without --check: 0 the pair was looked at, 3 neither host answered.`;

interface Options extends PairOptions {
  readonly json?: true | undefined;
  readonly check?: true | undefined;
  readonly watch?: string | true | undefined;
}

export function showCommand(io: Io, finish: (code: number) => void): Command {
  const command = new Command("show")
    .description("is it serving, is the data safe, what to type next; changes nothing")
    .option("--json", "the whole view as one JSON object")
    .option("--check", "one line and the exit codes of a monitoring plugin")
    .option("--watch [seconds]", "look again and again, by default every 5 s")
    .addHelpText("after", EXAMPLES);
  return onPair(command, finish, (pair) => {
    const { json, check, watch }: Options = command.opts();
    const watchSeconds = watch === undefined ? undefined : secondsOf(watch);
    if (watchSeconds !== undefined && check === true)
      throw usageError("config.argument", { key: "--watch", message: "does not go with --check" });
    return runShow({ ...pair, io, json: json === true, check: check === true, watchSeconds });
  });
}

function secondsOf(watch: string | true): number {
  if (watch === true) return 5;
  const seconds = Number(watch);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600) return seconds;
  throw usageError("config.argument", { key: "--watch", message: `is 1 to 3600 seconds, not ${watch}` });
}
