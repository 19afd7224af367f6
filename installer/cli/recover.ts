import { Command } from "@commander-js/extra-typings";
import { runRecover } from "../recover/command.ts";
import { askYesNo } from "./ask.ts";
import type { Io } from "./io.ts";
import { onPair, PAIR_HELP, type PairOptions } from "./pair.ts";

const EXAMPLES = `${PAIR_HELP}

It never promotes, forces, discards or formats anything, and takes no host for off without proof. What somebody may
have set on purpose (standby, maintenance, a disabled service, a host that is off) is asked about one by one.

Examples:
  skyha recover               what is wrong, what would be done, then a question
  skyha recover --dry-run     only what would be done
  skyha recover --yes         without a question, and without undoing anybody's intention
  skyha recover --yes --intended

Exit codes: 0 nothing is left to do, 1 something still fails, 3 outcome unknown, 4 only a person can decide,
10 there is something to do (dry run, or nobody was there to be asked).`;

interface Options extends PairOptions {
  readonly json?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly yes?: true | undefined;
  readonly intended?: true | undefined;
}

export function recoverCommand(io: Io, finish: (code: number) => void): Command {
  const command = new Command("recover")
    .description("find out what is wrong, repair what can be repaired without risk, look again")
    .option("--dry-run", "show what would be done, do nothing")
    .option("--yes", "do what undoes nobody's intention, without asking")
    .option("--intended", "do also what somebody may have set on purpose")
    .option("--json", "one JSON object per line")
    .addHelpText("after", EXAMPLES);
  return onPair(command, finish, (pair) => {
    const options: Options = command.opts();
    const json = options.json === true;
    const common = {
      ...pair,
      io,
      json,
      dryRun: options.dryRun === true,
      yes: options.yes === true,
      intended: options.intended === true,
    };
    const somebody = io.terminal && !json && process.stdin.isTTY === true;
    return runRecover(somebody ? { ...common, ask: askYesNo } : common);
  });
}
