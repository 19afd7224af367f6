import { Command } from "@commander-js/extra-typings";
import { stringify } from "yaml";
import { Exit, type ExitCode } from "../../core/exit.ts";
import example from "../../examples/skyha.yaml" with { type: "text" };
import { configJsonSchema } from "../config/pages.ts";
import { inputFromSeed } from "../config/seed.ts";
import type { Io } from "./io.ts";

const EXAMPLES = `
Examples:
  skyha init > skyha.yaml             a commented file to edit
  skyha init master_ip=192.0.2.11 slave_ip=192.0.2.12 vip_master=192.0.2.20 data_dir=/data \\
    master_hostname=db1 slave_hostname=db2 > skyha.yaml
                                      the words of \`skyha install\` as a file
  skyha plan -f skyha.yaml            what it would do

docs/config.md describes every key; \`skyha schema\` prints the JSON Schema for editors.
Exit codes: 0 done, 2 wrong input.`;

/** Writes to standard output only: which file it becomes, and whether one is overwritten, is the shell's business. */
export function initCommand(io: Io, finish: (code: ExitCode) => void): Command {
  return new Command("init")
    .description("print a skyha.yaml to start from, or the one that key=value words mean")
    .argument("[key=value...]", "the words of `skyha install`")
    .addHelpText("after", EXAMPLES)
    .action((words: string[]) => {
      io.out(words.length === 0 ? example : stringify(inputFromSeed(words)));
      finish(Exit.done);
    }) as unknown as Command;
}

export function schemaCommand(io: Io, finish: (code: ExitCode) => void): Command {
  return new Command("schema")
    .description("print the JSON Schema of skyha.yaml, for editors and other programs")
    .addHelpText("after", "\nExample:\n  skyha schema > skyha.schema.json")
    .action(() => {
      io.out(`${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
      finish(Exit.done);
    });
}
