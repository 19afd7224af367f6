import { Command } from "@commander-js/extra-typings";
import { runBrain } from "../brain/command.ts";
import type { Io } from "./io.ts";
import { closePair, openPair, PAIR_HELP, PAIR_OPTIONS, type PairOptions } from "./pair.ts";

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
  for (const [flags, description] of PAIR_OPTIONS) command.option(flags, description);
  return command.action(async () => {
    const options: Options = command.opts();
    const { config, members } = await openPair(options);
    try {
      finish(await runBrain({ config, members, io, json: options.json === true }));
    } finally {
      await closePair(members);
    }
  }) as unknown as Command;
}
