import type { Context } from "./context.ts";
import type { Outcome } from "./outcome.ts";
import type { System } from "./system.ts";
import type { ParameterTable, ValuesOf } from "./table.ts";
import type { Problem } from "./values.ts";

/** An operation as Pacemaker is told about it. Times in seconds. */
export interface ActionInfo {
  readonly name: string;
  readonly timeout: number;
  readonly interval?: number;
  readonly depth?: 0 | 10 | 20;
  readonly role?: "Promoted" | "Unpromoted";
}

export type Action<T extends ParameterTable> = (context: Context<T>) => Promise<Outcome>;

/** Everything one agent is. */
export interface AgentDefinition<T extends ParameterTable> {
  /** Resource type: the file's name in `resource.d/skyha/`. */
  readonly name: string;
  /** The agent's own version. */
  readonly version: string;
  readonly short: string;
  readonly long: string;
  readonly parameters: T;
  /** In the order of the meta-data; `meta-data` and `validate-all` are added. */
  readonly operations: readonly ActionInfo[];
  readonly actions: Readonly<Record<"start" | "stop" | "monitor", Action<T>>> &
    Readonly<Partial<Record<"promote" | "demote" | "notify" | "reload-agent", Action<T>>>>;
  /** What is wrong with values that are right one by one. Pure: looks at nothing of the host. */
  readonly check?: (values: ValuesOf<T>) => readonly Problem[];
  /** What validate-all looks at on this host at level 10 and above. */
  readonly checkHost?: Action<T>;
}

/** One call of an agent. */
export interface Invocation {
  readonly action: string;
  readonly env: NodeJS.ProcessEnv;
  readonly system: System;
}

/** An agent whose parameter types are closed over, so that agents of all kinds fit one registry. */
export interface Agent {
  readonly name: string;
  readonly short: string;
  readonly operations: readonly ActionInfo[];
  /** Runs one action and tells its outcome; writes log lines, but neither exit reason nor meta-data. */
  invoke(invocation: Invocation): Promise<Outcome>;
  metadata(): string;
  /** The agent's page in docs/agents/. */
  documentation(): string;
}
