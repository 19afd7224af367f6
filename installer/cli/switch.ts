import { Command } from "@commander-js/extra-typings";
import { runSwitch } from "../switch/command.ts";
import type { Io } from "./io.ts";
import { onPair, PAIR_HELP, type PairOptions } from "./pair.ts";

const EXAMPLES = `${PAIR_HELP}

Examples:
  skyha switch                to the host that does not have the services
  skyha switch --to db1
  skyha switch --dry-run      only the checks and what would move

Exit codes: 0 done, 1 failed, 3 outcome unknown, 4 refused by a check, 10 dry run of a move that would be made,
130 interrupted.`;

interface Options extends PairOptions {
  readonly to?: string | undefined;
  readonly json?: true | undefined;
  readonly dryRun?: true | undefined;
}

export function switchCommand(io: Io, finish: (code: number) => void): Command {
  const command = new Command("switch")
    .alias("switch-master-slave")
    .description("move all services to the other host, as planned work, and measure the outage")
    .option("--to <host>", "the host to move to")
    .option("--dry-run", "show the checks and the moves, do nothing")
    .option("--json", "one JSON object per line")
    .addHelpText("after", EXAMPLES);
  return onPair(command, finish, (pair) => {
    const { to, json, dryRun }: Options = command.opts();
    const common = { ...pair, io, json: json === true, dryRun: dryRun === true };
    return runSwitch(to === undefined ? common : { ...common, to });
  });
}
