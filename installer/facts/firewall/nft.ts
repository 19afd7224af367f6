import { z } from "zod";
import type { Action, Condition, Field, Rule, Ruleset, Value } from "./rules.ts";

const statement = z.record(z.string(), z.unknown());
type Statement = z.output<typeof statement>;

const schema = z.object({
  nftables: z.array(
    z.object({
      chain: z
        .object({
          family: z.string(),
          table: z.string(),
          name: z.string(),
          type: z.string().optional(),
          hook: z.string().optional(),
          policy: z.string().optional(),
        })
        .optional(),
      rule: z
        .object({ family: z.string(), table: z.string(), chain: z.string(), expr: z.array(statement) })
        .optional(),
      set: z
        .object({
          family: z.string(),
          table: z.string(),
          name: z.string(),
          flags: z.union([z.string(), z.array(z.string())]).optional(),
          elem: z.array(z.unknown()).optional(),
        })
        .optional(),
    }),
  ),
});

/** Where a packet for this host may be dropped. */
const ENTRANCES = ["prerouting", "input", "ingress"];
/** Tables of the iptables that keeps its rules in nftables: its own listing says more about them. */
const OF_IPTABLES = ["filter", "raw", "mangle", "nat", "security"];

/**
 * `nft -j list ruleset`, for IPv4. Address translation is left out: it drops nothing.
 * @param withIptables false: tables of iptables are left out, because its own listing was read
 * @throws Error when it is something else
 */
export function parseNft(text: string, { withIptables }: { readonly withIptables: boolean }): Ruleset {
  const { nftables } = schema.parse(JSON.parse(text));
  const isWanted = ({ family, table }: { family: string; table: string }) =>
    ["ip", "inet", "netdev"].includes(family) &&
    (withIptables || family !== "ip" || !OF_IPTABLES.includes(table));
  const nameOf = ({ family, table }: { family: string; table: string }, name: string) =>
    `${family} ${table} ${name}`;
  const sets = new Map<string, readonly unknown[] | undefined>();
  for (const { set } of nftables) {
    // What the kernel itself adds to a set may be another a moment later.
    if (set) sets.set(nameOf(set, set.name), set.flags?.includes("dynamic") ? undefined : (set.elem ?? []));
  }
  const translates = nftables.some(({ rule }) =>
    rule?.expr.some((item) => "dnat" in item || "redirect" in item),
  );
  const atDevice = new Set<string>();
  const chains = new Map<string, { policy: "accept" | "drop" | undefined; rules: Rule[] }>();
  for (const { chain } of nftables) {
    if (!chain || !isWanted(chain) || chain.type === "nat") continue;
    const isEntrance = chain.hook !== undefined && ENTRANCES.includes(chain.hook);
    const policy = chain.policy === "drop" && chain.hook !== "ingress" ? "drop" : "accept";
    chains.set(nameOf(chain, chain.name), { policy: isEntrance ? policy : undefined, rules: [] });
    if (chain.hook === "ingress") atDevice.add(nameOf(chain, chain.name));
  }
  for (const { rule } of nftables) {
    const found = rule && chains.get(nameOf(rule, rule.chain));
    if (!rule || !found) continue;
    const surroundings: Surroundings = {
      set: (name) => sets.get(nameOf(rule, name)),
      chain: (name) => nameOf(rule, name),
      translates,
    };
    found.rules.push(...rulesOf(rule.expr, surroundings));
  }
  for (const name of atDevice) {
    // Whether it is the device of our packets is left open, and so is all that comes of it.
    const found = chains.get(name);
    if (found && found.rules.length > 0)
      found.rules = [{ conditions: ["anything"], action: { kind: "drop" } }];
  }
  return chains;
}

interface Surroundings {
  /** undefined: its content is not known. */
  readonly set: (name: string) => readonly unknown[] | undefined;
  readonly chain: (name: string) => string;
  /** Addresses of packets may have been changed before. */
  readonly translates: boolean;
}

/** Statements that choose no packets and decide nothing. */
const PASSING = ["counter", "log", "comment", "mangle", "notrack", "set", "map", "secmark", "flow"];
/** Statements that let some of the packets go on. */
const CHOOSING = ["limit", "quota", "ct count", "meter", "connlimit", "last"];

/** One rule may stand for several here: a map of verdicts is one rule for each of its entries. */
function rulesOf(expr: readonly Statement[], around: Surroundings): Rule[] {
  const conditions: Condition[] = [];
  for (const item of expr) {
    const [kind = "", value] = Object.entries(item)[0] ?? [];
    if (PASSING.includes(kind)) continue;
    if (kind === "match") conditions.push(...conditionsOf(value, around));
    else if (CHOOSING.includes(kind) || (kind === "xt" && objectOf(value)["type"] === "match")) {
      conditions.push("anything");
    } else if (kind === "vmap") return verdictMap(value, conditions, around);
    else return [{ conditions, action: actionOf(item, around) }];
  }
  return [{ conditions, action: { kind: "continue" } }];
}

function actionOf(item: Statement, around: Surroundings): Action {
  const [kind = "", value] = Object.entries(item)[0] ?? [];
  if (kind === "accept" || kind === "drop" || kind === "return" || kind === "continue") return { kind };
  if (kind === "reject") return { kind: "drop" };
  const target = objectOf(value)["target"];
  if ((kind === "jump" || kind === "goto") && typeof target === "string") {
    return { kind, chain: around.chain(target) };
  }
  return { kind: "anything" };
}

function verdictMap(value: unknown, before: readonly Condition[], around: Surroundings): Rule[] {
  const { key, data } = objectOf(value);
  const entries = objectOf(data)["set"];
  if (!Array.isArray(entries)) return [{ conditions: before, action: { kind: "anything" } }];
  return entries.map((entry: unknown): Rule => {
    const [wanted, verdict] = Array.isArray(entry) ? entry : [];
    const one = conditionsOf({ op: "==", left: key, right: wanted }, around);
    return { conditions: [...before, ...one], action: actionOf(objectOf(verdict), around) };
  });
}

function conditionsOf(value: unknown, around: Surroundings): Condition[] {
  const { op, left, right } = objectOf(value);
  const negated = op === "!=";
  const among = op === "==" || op === "in" || negated ? valuesOf(right, around) : undefined;
  const { payload, meta, ct, fib } = objectOf(left);
  const compare = (field: Field): Condition => {
    const isOfKind = (item: Value) =>
      typeof item === "string"
        ? !["port", "source", "destination"].includes(field)
        : field === kindOf(item, field);
    return among?.every(isOfKind) ? { field, among, negated } : "anything";
  };
  if (payload !== undefined) {
    const { protocol, field } = objectOf(payload);
    if (protocol === "ip" && field === "saddr") return [compare("source")];
    if (protocol === "ip" && field === "daddr") return [compare("destination")];
    if (protocol === "ip" && field === "protocol") return [compare("protocol")];
    if (protocol === "ip6") return [{ field: "family", among: ["ipv6"], negated: false }];
    if (protocol === "th" && field === "dport") return [compare("port")];
    if (typeof protocol !== "string" || ["ip", "th", "ether", "vlan"].includes(protocol)) return ["anything"];
    const own: Condition = { field: "protocol", among: [protocol], negated: false };
    return [own, field === "dport" ? compare("port") : "anything"];
  }
  const key = objectOf(meta)["key"];
  if (key === "iif" || key === "iifname") return [compare("interface")];
  if (key === "l4proto") return [compare("protocol")];
  if (key === "nfproto") return [compare("family")];
  const { result, flags } = objectOf(fib);
  if (result === "type" && String(flags) === "daddr") return [compare("destinationType")];
  const tracked = objectOf(ct)["key"];
  if (tracked === "state") return [compare("state")];
  if (tracked === "status" && right === "dnat" && !negated && !around.translates) {
    return [{ field: "state", among: [], negated: false }];
  }
  return ["anything"];
}

/** Words are compared with words, numbers with ports, networks with addresses; all else is not understood. */
function kindOf(item: Exclude<Value, string>, field: string): string {
  if ("from" in item) return "port";
  return field === "destination" ? "destination" : "source";
}

/** undefined: it is not understood. */
function valuesOf(right: unknown, around: Surroundings): readonly Value[] | undefined {
  if (typeof right === "number") return [{ from: right, to: right }];
  if (typeof right === "string" && right.startsWith("@")) return listOf(around.set(right.slice(1)), around);
  if (typeof right === "string") {
    return [/^\d+\.\d+\.\d+\.\d+$/.test(right) ? { address: right, prefix: 32 } : right];
  }
  if (Array.isArray(right)) return listOf(right, around);
  const { set, range, prefix, elem } = objectOf(right);
  if (Array.isArray(set)) return listOf(set, around);
  if (elem !== undefined) return valuesOf(objectOf(elem)["val"], around);
  if (Array.isArray(range)) {
    const [from, to] = range;
    return typeof from === "number" && typeof to === "number" ? [{ from, to }] : undefined;
  }
  const { addr, len } = objectOf(prefix);
  return typeof addr === "string" && typeof len === "number" ? [{ address: addr, prefix: len }] : undefined;
}

function listOf(items: readonly unknown[] | undefined, around: Surroundings): readonly Value[] | undefined {
  const all = items?.map((item) => valuesOf(item, around));
  return all?.every((item) => item !== undefined) ? all.flat() : undefined;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
