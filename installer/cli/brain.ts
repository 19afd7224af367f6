import { Command } from "@commander-js/extra-typings";
import { runBrain } from "../brain/command.ts";
import { askText } from "./ask.ts";
import type { Io } from "./io.ts";
import { onPair, PAIR_HELP, type PairOptions } from "./pair.ts";

const EXAMPLES = `${PAIR_HELP}

Without --give-up it only looks. Which copy is kept is for you to choose: with --give-up HOST the copy of the other
host is kept, and what only HOST has is saved bit by bit before it is overwritten. It refuses when it is no split
brain, when a host cannot be reached, or when there is no room for the saved copy.

Examples:
  skyha brain                                 both copies side by side
  skyha brain --give-up db2 --dry-run         what would be done
  skyha brain --give-up db2                   do it, after db2 was typed once more
  skyha brain --give-up db2 --confirm db2     the same without a terminal
  skyha brain --give-up db2 --save-to /backup the saved copy somewhere else on db2

Exit codes: 0 looked at, or settled, 1 failed, 2 no such host, 3 not known, 4 refused, 10 not confirmed or dry run.`;

interface Options extends PairOptions {
  readonly json?: true | undefined;
  readonly giveUp?: string | undefined;
  readonly dryRun?: true | undefined;
  readonly confirm?: string | undefined;
  readonly saveTo?: string | undefined;
}

export function brainCommand(io: Io, finish: (code: number) => void): Command {
  const command = new Command("brain")
    .description("after a split brain: both copies side by side; --give-up HOST ends it")
    .option("--give-up <host>", "keep the copy of the other host; save and overwrite that of this one")
    .option("--dry-run", "with --give-up: show what would be done, do nothing")
    .option("--confirm <host>", "with --give-up, without a terminal: the same name once more")
    .option("--save-to <directory>", "with --give-up: where the saved copy goes on that host")
    .option("--json", "one JSON object per line")
    .addHelpText("after", EXAMPLES);
  return onPair(command, finish, (pair) => {
    const { json, giveUp, dryRun, confirm, saveTo }: Options = command.opts();
    const somebody = io.terminal && json !== true && process.stdin.isTTY === true;
    return runBrain({
      ...pair,
      io,
      json: json === true,
      dryRun: dryRun === true,
      ...(giveUp === undefined ? {} : { giveUp }),
      ...(confirm === undefined ? {} : { confirm }),
      ...(saveTo === undefined ? {} : { saveTo }),
      ...(somebody ? { ask: askText } : {}),
    });
  });
}
