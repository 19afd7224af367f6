import type { Lab } from "../src/lab.ts";
import type { Engine } from "./product.ts";

/** One thing that has to be so; throws (node:assert) when it is not. */
export interface Scenario {
  readonly name: string;
  readonly run: (world: World) => Promise<void>;
}

/** What scenarios of one story share: a lab that they change one after the other. */
export interface World {
  readonly lab: Lab;
  readonly engine: Engine;
}

/** A lab and what happens on it, in order. */
export interface Story {
  readonly name: string;
  readonly release: "12" | "13";
  readonly engine: Engine;
  readonly arbiter?: boolean;
  /** They do not build on each other. Otherwise one that fails makes those after it unknowable: they fail too. */
  readonly independent?: boolean;
  readonly scenarios: readonly Scenario[];
}
