import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { runSwitch } from "../switch/command.ts";
import type { Io } from "./io.ts";
import { onPair, PAIR_HELP, type PairOptions } from "./pair.ts";

const EXAMPLES = `${PAIR_HELP}

Examples:
  skyha switch                to the host that does not have the services
  skyha switch --to db1
  skyha switch --limit 60     back again when not everything runs there within a minute
  skyha switch --dry-run      only the checks and what would move

Exit codes: 0 done, 1 failed or rolled back, 3 outcome unknown, 4 refused by a check, 10 dry run of a move that would be made,
130 interrupted.`;

interface Options extends PairOptions {
  readonly to?: string | undefined;
  readonly json?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly limit?: number | undefined;
}

/** The constraint that makes the services move ends by itself after 300 s. */
const LIMIT = { from: 5, to: 240 } as const;

function limitOf(text: string): number {
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds < LIMIT.from || seconds > LIMIT.to) {
    throw new InvalidArgumentError(`seconds, ${LIMIT.from} to ${LIMIT.to}.`);
  }
  return seconds;
}

export function switchCommand(io: Io, finish: (code: number) => void): Command {
  const command = new Command("switch")
    .alias("switch-master-slave")
    .description("move all services to the other host, as planned work, and measure the outage")
    .option("--to <host>", "the host to move to")
    .option("--limit <seconds>", "move everything back when it does not run there by then", limitOf)
    .option("--dry-run", "show the checks and the moves, do nothing")
    .option("--json", "one JSON object per line")
    .addHelpText("after", EXAMPLES);
  return onPair(command, finish, (pair) => {
    const { to, json, dryRun, limit }: Options = command.opts();
    const common = { ...pair, io, json: json === true, dryRun: dryRun === true };
    return runSwitch({
      ...common,
      ...(to === undefined ? {} : { to }),
      ...(limit === undefined ? {} : { limit }),
    });
  });
}
