import { say } from "../../core/texts/say.ts";
import type { Config } from "../config/schema.ts";
import { word } from "../show/words.ts";
import { switchPlan } from "../switch/plan.ts";
import { runFault, type World } from "./fault.ts";
import { type Injection, idOf, planFault } from "./faults.ts";
import { chosen, healthOf } from "./plan.ts";
import type { FaultOutcome, FaultResult } from "./result.ts";

/** Told as it goes. */
export interface Teller {
  begins(injection: Injection): void;
  ended(result: FaultResult): void;
}

/** After these the pair is whole; after anything else a person looks first. */
const GOES_ON: readonly FaultOutcome[] = ["passed", "no-effect", "not-injected"];

/**
 * One fault after the other, each into a pair that is whole.
 * @returns `stopped`: why not all of them were injected
 */
export async function runFaults(
  world: World,
  config: Config,
  only: readonly string[] | undefined,
  here: string | undefined,
  teller: Teller,
): Promise<{ readonly results: readonly FaultResult[]; readonly stopped: string | undefined }> {
  const results: FaultResult[] = [];
  for (const [index, item] of chosen(config, only).wanted.entries()) {
    const stop = (why: string) => ({ results, stopped: why });
    if (world.interrupted.aborted) return stop(say`interrupted before ${idOf(item)}`);
    const facts = await world.look();
    const wrong = healthOf(facts).find(({ ok }) => !ok);
    if (wrong) return stop(say`before ${idOf(item)}: ${word(wrong.name)}: ${wrong.why}`);
    const { from, to } = switchPlan(facts);
    if (from === undefined || to === undefined)
      return stop(say`it is not known on which host the services are`);
    const injection = planFault(item, { config, active: from, passive: to });
    // The roles may have changed since the beginning.
    if (here !== undefined && injection.hits.includes(here))
      return stop(say`${injection.id} would now hit ${here}, the host this is run on`);
    teller.begins(injection);
    const result = await runFault(world, injection, index + 1, from);
    results.push(result);
    teller.ended(result);
    if (!GOES_ON.includes(result.outcome))
      return stop(`${result.id}: ${word(result.outcome)}: ${result.why}`);
  }
  return { results, stopped: undefined };
}
