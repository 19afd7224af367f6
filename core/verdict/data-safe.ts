import type { DrbdState } from "../drbd/model.ts";
import { say } from "../texts/say.ts";
import type { PairFacts } from "./facts.ts";
import { splitBrain } from "./rules/data.ts";
import { diskAt, drbdOf, reasonsOf } from "./view.ts";

export interface DataSafe {
  /** `yes`: two current copies. `one-copy`: one, and nothing is being copied. `no`: no current copy, or two that differ. */
  readonly state: "yes" | "one-copy" | "resyncing" | "no" | "unknown";
  readonly why: string;
  /** Share of a resync that is done, 0 to 100. */
  readonly percent: number | undefined;
  readonly etaSeconds: number | undefined;
  /** Host with the only current copy, when there is just one. */
  readonly goodCopy: string | undefined;
}

const answer = (
  state: DataSafe["state"],
  why: string,
  more: Partial<Pick<DataSafe, "percent" | "etaSeconds" | "goodCopy">> = {},
): DataSafe => ({ state, why, percent: undefined, etaSeconds: undefined, goodCopy: undefined, ...more });

/** How many current copies of the data there are, worst reading first. */
export function dataSafe(facts: PairFacts): DataSafe {
  const split = splitBrain(facts);
  if (split) return answer("no", split.text);
  const copies = facts.profile.hosts.map((host) => ({ name: host.name, disk: diskAt(facts, host.name) }));
  const current = copies.filter((copy) => copy.disk === "UpToDate");
  const unclear = copies.filter((copy) => copy.disk === undefined);
  const states = facts.hosts.flatMap((host) => drbdOf(host) ?? []);
  if (states.length === 0) {
    const why = reasonsOf(facts, (host) => host.unreachable ?? (host.drbd.known ? "" : host.drbd.why));
    return answer("unknown", say`DRBD could not be asked (${why})`);
  }
  const sync = syncOf(states);
  if (sync && current.length > 0) {
    const { percent, etaSeconds } = sync;
    const good = current[0]?.name;
    const done = percent === undefined ? "" : ` ${percent} %`;
    return answer(
      "resyncing",
      say`copying${done} to ${otherOf(copies, good)}; until then only ${good} has all data`,
      {
        percent,
        etaSeconds,
        goodCopy: good,
      },
    );
  }
  if (current.length === 2) {
    const connected = states.every((state) => state.connection === "Connected");
    if (connected) return answer("yes", say`both copies are up to date`);
    // Each calls itself current, but without a connection neither knows what the other one has.
    const [only, ...others] = facts.hosts.filter((host) => drbdOf(host)?.role === "Primary");
    return answer("one-copy", say`the copies are not connected: they drift apart with every write`, {
      goodCopy: others.length === 0 ? only?.name : undefined,
    });
  }
  const [good] = current;
  if (good) {
    const other = copies.find((copy) => copy !== good);
    const state = other?.disk === undefined ? say`cannot be seen` : say`is ${other.disk}`;
    return answer(
      "one-copy",
      say`only ${good.name} has all data; the copy on ${other?.name ?? say`the other host`} ${state}`,
      {
        goodCopy: good.name,
      },
    );
  }
  if (states.every((state) => state.connection === "Unconfigured")) {
    return answer("unknown", say`DRBD is not up: what the copies on the disks are worth cannot be seen`);
  }
  if (unclear.length > 0) {
    return answer(
      "unknown",
      say`no current copy in sight, and the one on ${unclear.map((copy) => copy.name).join(", ")} cannot be seen`,
    );
  }
  return answer(
    "no",
    say`no copy is up to date (${copies.map((copy) => `${copy.name}: ${copy.disk}`).join(", ")})`,
  );
}

/** The resync in progress; the receiving side knows its own speed best. */
function syncOf(states: readonly DrbdState[]): DrbdState["sync"] {
  const running = states.flatMap((state) =>
    state.sync && state.sync.direction !== "verify" ? [state.sync] : [],
  );
  return running.find((sync) => sync.direction === "to-here" && sync.percent !== undefined) ?? running[0];
}

const otherOf = (copies: readonly { readonly name: string }[], name: string | undefined): string =>
  copies.find((copy) => copy.name !== name)?.name ?? say`the other host`;
