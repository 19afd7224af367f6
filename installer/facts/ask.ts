import { setTimeout as sleep } from "node:timers/promises";
import { type Argv, CommandError, type ExecResult, type Host } from "../../core/host.ts";

/*
 * Questions whose failure means "there is none". That has to be an answer: a program that did not end in time has given
 * none, and what is not known must never be taken for what is not there.
 */

/** A host that unpacks, or starts its databases, is slow to answer, and still answers. */
export const LOOK_LIMIT_MS = 60_000;

/** A program that may be missing, or may fail. @throws CommandError when it did not end in time */
export async function ask(host: Host, argv: Argv): Promise<ExecResult> {
  const result = await host.exec(argv, { timeoutMs: LOOK_LIMIT_MS });
  if (result.timedOut) throw new CommandError(host.name, argv, result);
  return result;
}

/** Its output; undefined: it failed. @throws CommandError when it did not end in time */
export async function outputOrUndefined(host: Host, argv: Argv): Promise<string | undefined> {
  const result = await ask(host, argv);
  return result.code === 0 ? result.stdout : undefined;
}

/**
 * What a daemon's own program says; undefined: the daemon does not run.
 * @param runs systemd's word. Then it has to answer, although one that is just starting does not at once.
 * @throws CommandError when it runs and does not answer
 */
export async function askDaemon(
  host: Host,
  argv: Argv,
  runs: boolean,
  { tries = 10, pauseMs = 3000 } = {},
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    const result = await ask(host, argv);
    if (result.code === 0) return result.stdout;
    if (!runs) return undefined;
    if (attempt >= tries) throw new CommandError(host.name, argv, result);
    await sleep(pauseMs);
  }
}
