import { z } from "zod";
import type { DrillRecord } from "../../core/verdict/facts.ts";
import { FAULTS } from "./faults.ts";
import { type FaultResult, lostRows, overall } from "./result.ts";

const schema = z.object({
  at: z.iso.datetime(),
  by: z.string(),
  result: z.enum(["passed", "failed", "unknown", "interrupted"]),
  faults: z.array(z.string()),
  missing: z.array(z.string()),
  worstSeconds: z.number(),
  lost: z.number(),
});

/** What both hosts remember of a drill, and `show` says. */
export function recordOf(at: string, by: string, results: readonly FaultResult[]): DrillRecord {
  const faults = results.filter(({ outcome }) => outcome !== "not-injected").map(({ id }) => id);
  return {
    at,
    by,
    result: overall(results),
    faults,
    missing: FAULTS.filter((name) => !faults.some((id) => id.split(":")[0] === name)),
    worstSeconds: Math.max(0, ...results.flatMap(({ outages }) => outages.map(({ seconds }) => seconds))),
    lost: results.reduce((sum, { rows }) => sum + lostRows(rows), 0),
  };
}

/** @param text undefined: there is no such file, so there was no drill. @throws Error for anything else */
export function parseRecord(text: string | undefined): DrillRecord | undefined {
  return text === undefined ? undefined : schema.parse(JSON.parse(text));
}
