import type { Host } from "./host.ts";

/** What a Change can do to a running service or to data, in ascending order of gravity. */
export const RISKS = ["safe", "restarts", "interrupts", "destroys"] as const;
export type Risk = (typeof RISKS)[number];

/**
 * One thing that will be different afterwards. What `plan` prints, what apply runs and what the journal records
 * is this same value; a thing that is already as wanted yields no Change.
 */
export interface Change {
  /** Stable over runs: `step/host/what`, for example `packages/db1/install`. */
  readonly id: string;
  /** The step of `installer/steps/` that wants it. */
  readonly step: string;
  /** Node name, or `cluster` for what exists once. */
  readonly host: string;
  /** Verb and object, as shown: "install 12 packages". */
  readonly title: string;
  readonly risk: Risk;
  /** Lines that tell exactly what: a unified diff, or commands. Never holds a secret. */
  readonly preview: readonly string[];
  readonly apply: (context: ApplyContext) => Promise<void>;
  /** Looks at the hosts again. `undefined`: holds now; a text: what is still wrong. */
  readonly verify: (context: ApplyContext) => Promise<string | undefined>;
}

/** What a Change may use while it is applied. */
export interface ApplyContext {
  /** @throws when the configuration has no host of that name. */
  host(name: string): Host;
  readonly hosts: readonly Host[];
  /** Shows progress of a long Change: "412 of 1000 MB". */
  progress(text: string): void;
}
