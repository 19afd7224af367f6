import type { PairOptions } from "../../fixtures/captured/pair.ts";
import type { CheckLevel } from "../exit.ts";
import type { DataSafe } from "./data-safe.ts";
import type { PairFacts } from "./facts.ts";
import type { FailuresLeft } from "./failures-left.ts";
import type { Serving } from "./serving.ts";

/** One state of a pair, and what has to be said of it. */
export interface Case {
  readonly name: string;
  readonly state: string;
  readonly options?: PairOptions;
  readonly alter?: (facts: PairFacts) => PairFacts;
  /** level / serving / data / failures left */
  readonly expected: readonly [CheckLevel, Serving["state"], DataSafe["state"], FailuresLeft["count"]];
  /** Code of the finding that has to come first, and what its command has to contain. */
  readonly first?: string;
  readonly next?: string;
}
