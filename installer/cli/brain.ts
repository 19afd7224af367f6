import { Command } from "@commander-js/extra-typings";
import { runBrain } from "../brain/command.ts";
import type { Io } from "./io.ts";
import { onPair, PAIR_HELP, type PairOptions } from "./pair.ts";

const EXAMPLES = `${PAIR_HELP}

It changes nothing. Which copy is kept is for you to choose: look at both, then type what is printed for that choice.

Examples:
  skyha brain
  skyha brain --json -f skyha.yaml

Exit codes: 0 both copies were looked at, 3 a host could not be asked.`;

interface Options extends PairOptions {
  readonly json?: true | undefined;
}

export function brainCommand(io: Io, finish: (code: number) => void): Command {
  const command = new Command("brain")
    .description("after a split brain: both copies side by side, and what to type to keep either one")
    .option("--json", "one JSON object")
    .addHelpText("after", EXAMPLES);
  return onPair(command, finish, (pair) => {
    const { json }: Options = command.opts();
    return runBrain({ ...pair, io, json: json === true });
  });
}
