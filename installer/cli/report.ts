import { Command } from "@commander-js/extra-typings";
import { runReport } from "../report/command.ts";
import type { Io } from "./io.ts";
import { onPair, PAIR_HELP, type PairOptions } from "./pair.ts";

interface Options extends PairOptions {
  readonly since?: string | undefined;
  readonly out?: string | undefined;
  readonly json?: true | undefined;
}

export function reportCommand(io: Io, finish: (code: number) => void): Command {
  const command = new Command("report")
    .description("one file with what helps to understand what happened, without secrets; changes nothing")
    .option("--since <time>", "journals from then on, as journalctl takes it (24 hours ago)")
    .option("--out <directory>", "where the file goes (the current directory)")
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      `${PAIR_HELP}

From both hosts, or from the one that answers: cluster, DRBD, engine, containers, network, disks, journals, skyha's
own journal, and all journals by time in timeline.log. Passwords that the hosts keep for skyha, private keys and values of
password parameters are masked.

Examples:
  skyha report
  skyha report --since "2026-01-02 03:00" --out /tmp

Exit codes: 0 written, 1 could not be written, 3 no host could be asked.`,
    );
  return onPair(command, finish, (pair) => {
    const { since = "24 hours ago", out = ".", json }: Options = command.opts();
    return runReport({ ...pair, io, json: json === true, since, directory: out });
  });
}
