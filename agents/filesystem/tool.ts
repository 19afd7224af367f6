import type { Argv, ExecResult } from "../../core/host.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context, RunOptions } from "../ocf/context.ts";
import { TimeLimitError } from "../ocf/deadline.ts";
import { OcfError } from "../ocf/outcome.ts";
import type { FilesystemTable } from "./parameters.ts";

/** Code of env(1) when the program does not exist. */
const NO_PROGRAM = 127;

/**
 * Runs a program with English messages. Everything that may wait for the disk is done by a program of its own: a
 * thread in uninterruptible sleep would keep this process, and with it its answer to Pacemaker, from ending.
 * @throws TimeLimitError; OcfError with code 5 when the program is not installed.
 */
export async function runTool(
  context: Context<FilesystemTable>,
  argv: Argv,
  options: RunOptions = {},
): Promise<ExecResult> {
  const began = context.system.now();
  const result = await context.run(["env", "LC_ALL=C", ...argv], options).catch((error: unknown) => {
    if (!(error instanceof TimeLimitError)) throw error;
    throw new TimeLimitError(argv.join(" "), context.system.now() - began);
  });
  if (result.code === NO_PROGRAM)
    throw new OcfError(Ocf.installed, `${argv[0]} is not installed on this host`);
  return result;
}

/** What a program said last, for a reason. */
export function wordsOf({ stdout, stderr, code }: ExecResult): string {
  const said = (stderr.trim() || stdout.trim()).split("\n").slice(-3).join(" / ").slice(0, 400);
  return said || `code ${code}`;
}
