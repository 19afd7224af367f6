import type { Argv, ExecResult } from "../../core/host.ts";
import type { Redactor } from "../../core/redact.ts";
import type { Deadline } from "./deadline.ts";
import { TimeLimitError } from "./deadline.ts";
import type { OcfEnvironment } from "./environment.ts";
import type { Log } from "./log.ts";
import type { System } from "./system.ts";
import type { ParameterTable, ValuesOf } from "./table.ts";
import type { Problem } from "./values.ts";

export interface RunOptions {
  readonly stdin?: string;
  /** Less than what the deadline leaves. */
  readonly limitMs?: number;
}

/** What an action is given. */
export interface Context<T extends ParameterTable> {
  readonly parameters: ValuesOf<T>;
  /** Wrong values of parameters; empty but for stop, which goes on without the ones it does not need. */
  readonly problems: readonly Problem[];
  readonly environment: OcfEnvironment;
  /** Name of the resource, or what stands for it when a tool calls without one. */
  readonly instance: string;
  readonly deadline: Deadline;
  readonly log: Log;
  readonly secrets: Redactor;
  readonly system: System;
  /**
   * Runs a program, never through a shell. It and its children end with the deadline.
   * @throws TimeLimitError when it did not end in time; Error when it cannot be started.
   */
  run(argv: Argv, options?: RunOptions): Promise<ExecResult>;
}

/** Time to collect what a killed program has left behind, before the deadline's own timer. */
const KILL_MARGIN_MS = 20;

export function createRunner(system: System, deadline: Deadline, log: Log): Context<ParameterTable>["run"] {
  return async (argv, options = {}) => {
    const limit = Math.min(options.limitMs ?? Number.POSITIVE_INFINITY, deadline.remainingMs());
    const what = argv.slice(0, 3).join(" ");
    log.trace(`run ${argv.join(" ")}`);
    const result = await deadline.during(what, () =>
      system.run(argv, {
        env: system.env,
        timeoutMs: Math.max(1, limit - KILL_MARGIN_MS),
        ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
      }),
    );
    log.trace(`${what}: code ${result.code}, ${result.stdout.length} bytes out`);
    if (result.timedOut) throw new TimeLimitError(what, limit);
    return result;
  };
}
