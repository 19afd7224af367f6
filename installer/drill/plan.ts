import { usageError } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import type { PairFacts } from "../../core/verdict/facts.ts";
import type { Config } from "../config/schema.ts";
import { type SwitchCheck, switchPlan } from "../switch/plan.ts";
import { allFaults, FAULTS, type Injection, idOf, planFault, type Wanted } from "./faults.ts";

export interface DrillPlan {
  readonly checks: readonly SwitchCheck[];
  /** As they would be injected now; those after a fail-over are planned anew. */
  readonly faults: readonly Injection[];
  /** What this pair cannot have, of what was not asked for by name. */
  readonly leftOut: readonly { readonly fault: string; readonly why: string }[];
}

/**
 * What --only names, else everything this pair can have. A name without a service is all of its services.
 * @throws SkyhaError exit 2 for a name that is none
 */
export function chosen(
  config: Config,
  only: readonly string[] | undefined,
): {
  readonly wanted: readonly Wanted[];
  readonly leftOut: DrillPlan["leftOut"];
  readonly refused: DrillPlan["leftOut"];
} {
  const { wanted, impossible } = allFaults(config);
  if (only === undefined) return { wanted, leftOut: impossible, refused: [] };
  for (const name of only) {
    const isKnown = FAULTS.some((fault) => fault === name) || wanted.some((item) => idOf(item) === name);
    if (!isKnown) throw usageError("drill.no-such-fault", { name, known: wanted.map(idOf) });
  }
  return {
    wanted: wanted.filter((item) => only.includes(item.fault) || only.includes(idOf(item))),
    leftOut: [],
    refused: impossible.filter(({ fault }) => only.includes(fault)),
  };
}

/** What stands in the way of every fault: the checks of a planned move, and that clients are served over both links. */
export function healthOf(facts: PairFacts): readonly SwitchCheck[] {
  return [...switchPlan(facts).checks, links(facts), services(facts)];
}

/** Pure. @param here name of the host that skyha runs on; undefined: none of the pair */
export function drillPlan(
  config: Config,
  facts: PairFacts,
  only: readonly string[] | undefined,
  here: string | undefined,
): DrillPlan {
  const { wanted, leftOut, refused } = chosen(config, only);
  const { from, to } = switchPlan(facts);
  const faults =
    from === undefined || to === undefined
      ? []
      : wanted.map((item) => planFault(item, { config, active: from, passive: to }));
  const health = healthOf(facts);
  return {
    leftOut,
    faults,
    checks: [
      ...health,
      ...refused.map(({ fault, why }) => ({ name: fault, ok: false, why })),
      ...(here === undefined ? [] : [fromHere(here, faults)]),
    ],
  };
}

/** A host that is cut off, or off, can neither see what clients see nor undo anything. */
function fromHere(here: string, faults: readonly Injection[]): SwitchCheck {
  const hit = faults.filter(({ hits }) => hits.includes(here)).map(({ id }) => id);
  const rest = faults.filter(({ hits }) => !hits.includes(here)).map(({ id }) => id);
  if (hit.length === 0)
    return { name: "from here", ok: true, why: say`nothing hits ${here}, the host this is run on` };
  const instead = rest.length === 0 ? "" : say`, or with --only ${rest.join(",")}`;
  return {
    name: "from here",
    ok: false,
    why: say`${hit.join(", ")}: would hit ${here}, the host this is run on; run it on a third machine${instead}`,
  };
}

function links({ hosts }: PairFacts): SwitchCheck {
  const name = "links";
  for (const host of hosts) {
    if (!host.links.known) return { name, ok: false, why: `${host.name}: ${host.links.why}` };
    const down = host.links.value.find(({ peers }) => peers.some(({ connected }) => !connected));
    if (down) return { name, ok: false, why: say`link ${down.id} of ${host.name} is down` };
  }
  return { name, ok: true, why: say`all are connected` };
}

function services({ outside, profile }: PairFacts): SwitchCheck {
  const name = "services";
  const silent = profile.services.filter(
    ({ port }) => port !== undefined && outside.find((probe) => probe.port === port)?.result !== "open",
  );
  if (silent.length === 0) return { name, ok: true, why: say`all answer at ${profile.vip}` };
  const names = silent.map((service) => service.name).join(", ");
  return { name, ok: false, why: say`${names}: no answer at ${profile.vip}, from here` };
}
