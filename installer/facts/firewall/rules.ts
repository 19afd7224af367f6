/**
 * Rules of a packet filter, as far as they can be understood. Whatever is not understood may match or not, and may do
 * anything: a verdict is only given when it does not depend on that.
 */

/** A range of port numbers, a network, or a word; a word that ends with `*` stands for all that begin like it. */
export type Value =
  | { readonly from: number; readonly to: number }
  | { readonly address: string; readonly prefix: number }
  | string;

/** What is asked of a packet; "destinationType": whether its destination is an address of this host. */
export type Field =
  | "protocol"
  | "port"
  | "source"
  | "destination"
  | "destinationType"
  | "interface"
  | "state"
  | "family";

/** "anything": what nobody here understands. */
export type Condition =
  | {
      readonly field: Field;
      readonly among: readonly Value[];
      readonly negated: boolean;
    }
  | "anything";

export type Action =
  | { readonly kind: "accept" | "drop" | "return" | "continue" | "anything" }
  | { readonly kind: "jump" | "goto"; readonly chain: string };

export interface Rule {
  readonly conditions: readonly Condition[];
  readonly action: Action;
}

export interface Chain {
  /** Where packets enter, with what happens to those that no rule decides about; undefined: only jumped to. */
  readonly policy: "accept" | "drop" | undefined;
  readonly rules: readonly Rule[];
}

/** By name; names of different tables do not meet. */
export type Ruleset = ReadonlyMap<string, Chain>;

/** The first packet of something new that comes to this host by IPv4. */
export interface Packet {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  /** undefined: anybody. */
  readonly source: string | undefined;
  readonly destination: string;
  /** undefined: not known. */
  readonly interface: string | undefined;
}

export type Passage = "open" | "blocked" | "unknown";

type Outcome = "accept" | "drop" | "end";
const ALL: readonly Outcome[] = ["accept", "drop", "end"];

/** Whether a packet gets through every chain that it meets. */
export function passageOf(rulesets: readonly Ruleset[], packet: Packet): Passage {
  const ends = endsOf(rulesets, packet);
  if (ends.some(({ outcomes }) => !outcomes.has("accept"))) return "blocked";
  return ends.every(({ outcomes }) => !outcomes.has("drop")) ? "open" : "unknown";
}

/** Names of the chains where it enters and may be dropped. */
export const obstaclesTo = (rulesets: readonly Ruleset[], packet: Packet): readonly string[] =>
  endsOf(rulesets, packet)
    .filter(({ outcomes }) => outcomes.has("drop"))
    .map(({ name }) => name);

/** What can become of a packet in each chain where it enters. */
function endsOf(rulesets: readonly Ruleset[], packet: Packet) {
  return rulesets.flatMap((ruleset) => {
    const seen = new Map<string, ReadonlySet<Outcome>>();
    return [...ruleset].flatMap(([name, { policy }]) => {
      if (policy === undefined) return [];
      const outcomes = walk(ruleset, name, packet, seen);
      return [
        { name, outcomes: new Set([...outcomes].map((outcome) => (outcome === "end" ? policy : outcome))) },
      ];
    });
  });
}

/** Everything that can become of a packet in a chain; "end": it leaves the chain undecided. */
function walk(
  ruleset: Ruleset,
  name: string,
  packet: Packet,
  seen: Map<string, ReadonlySet<Outcome>>,
): ReadonlySet<Outcome> {
  const known = seen.get(name);
  if (known) return known;
  // Also what a chain gets that jumps to itself.
  seen.set(name, new Set(ALL));
  const outcomes = new Set<Outcome>();
  const isOver = ruleset.get(name)?.rules.some(({ conditions, action }) => {
    const match = matches(conditions, packet);
    if (match === false || action.kind === "continue") return false;
    const possible = outcomesOf(action, (chain) => walk(ruleset, chain, packet, seen));
    const goesOn = possible.delete("on");
    for (const outcome of possible) if (outcome !== "on") outcomes.add(outcome);
    return match === true && !goesOn;
  });
  if (isOver === undefined) return new Set(ALL);
  if (!isOver) outcomes.add("end");
  seen.set(name, outcomes);
  return outcomes;
}

/** "on": to the next rule. */
function outcomesOf(action: Action, walked: (chain: string) => ReadonlySet<Outcome>): Set<Outcome | "on"> {
  switch (action.kind) {
    case "accept":
    case "drop":
      return new Set([action.kind]);
    case "return":
      return new Set(["end"]);
    case "continue":
      return new Set(["on"]);
    case "anything":
      return new Set([...ALL, "on"]);
    case "goto":
      return new Set(walked(action.chain));
    case "jump":
      return new Set([...walked(action.chain)].map((outcome) => (outcome === "end" ? "on" : outcome)));
  }
}

/** undefined: it depends on what is not known. */
function matches(conditions: readonly Condition[], packet: Packet): boolean | undefined {
  const each = conditions.map((condition) => holds(condition, packet));
  if (each.includes(false)) return false;
  return each.includes(undefined) ? undefined : true;
}

function holds(condition: Condition, packet: Packet): boolean | undefined {
  if (condition === "anything") return undefined;
  const { field, among, negated } = condition;
  const value = valueIn(field, packet);
  if (value === undefined) return undefined;
  return among.some((item) => isAmong(value, item)) !== negated;
}

function valueIn(field: Field, packet: Packet): string | number | undefined {
  switch (field) {
    case "state":
      return "new";
    case "family":
      return "ipv4";
    case "destinationType":
      return "local";
    default:
      return packet[field];
  }
}

function isAmong(value: string | number, item: Value): boolean {
  if (typeof item === "string") {
    return item.endsWith("*") ? String(value).startsWith(item.slice(0, -1)) : String(value) === item;
  }
  if ("from" in item) return typeof value === "number" && value >= item.from && value <= item.to;
  return typeof value === "string" && isInNetwork(value, item.address, item.prefix);
}

export function isInNetwork(address: string, network: string, prefix: number): boolean {
  const size = 2 ** (32 - prefix);
  return Math.floor(numberOf(address) / size) === Math.floor(numberOf(network) / size);
}

const numberOf = (address: string): number =>
  address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
