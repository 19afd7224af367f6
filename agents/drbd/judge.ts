import type { DrbdState } from "../../core/drbd/model.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Outcome } from "../ocf/outcome.ts";

/** Pure rules over the state of a resource; the tables in the tests are their documentation. */

export interface Scores {
  readonly both: number;
  readonly alone: number;
  readonly peerOnly: number;
}

/**
 * Promotion score: `undefined` = must not be promoted, `keep` = in between, the last score stands. Same ranks as
 * ocf:linbit:drbd's `adjust_master_score`.
 */
export function scoreOf(state: DrbdState, scores: Scores): number | "keep" | undefined {
  switch (state.disk) {
    case "UpToDate":
      return state.role === "Primary" || isPeerKnown(state) ? scores.both : scores.alone;
    case "Attaching":
    case "Negotiating":
      return "keep";
    case "Inconsistent":
    case "Diskless":
      return peerServes(state) && scores.peerOnly > 0 ? scores.peerOnly : undefined;
    default:
      return undefined;
  }
}

/** What a monitor answers for a resource that is up. */
export function judge(state: DrbdState): Outcome {
  const primary = state.role === "Primary";
  if (state.role === "Unknown")
    return { code: Ocf.generic, reason: "DRBD reports a role skyha does not know" };
  if (state.disk === "Failed" || (primary && state.disk === "Diskless" && !peerServes(state))) {
    const reason = `this host's copy is ${state.disk} and no other one is connected`;
    return { code: primary ? Ocf.failedPromoted : Ocf.generic, reason };
  }
  const concern = concernOf(state);
  if (concern === undefined) return { code: primary ? Ocf.runningPromoted : Ocf.success };
  return { code: primary ? Ocf.degradedPromoted : Ocf.degraded, reason: concern };
}

/** What keeps the pair from surviving another failure, in one line; undefined when nothing does. */
export function concernOf(state: DrbdState): string | undefined {
  if (state.suspended) return "writes are frozen until the other host is proven off";
  if (state.connection === "StandAlone") {
    return `stands alone (${state.disk}): disconnected by hand or split brain; it will not connect by itself`;
  }
  if (state.disk === "Diskless") return "has lost its own disk and works on the other host's copy";
  if (state.sync && state.sync.direction !== "verify") {
    const way = state.sync.direction === "to-here" ? "from" : "to";
    const done = state.sync.percent === undefined ? "" : `, ${state.sync.percent} % done`;
    return `${state.sync.paused ? "paused resync" : "resync"} ${way} the other host${done}`;
  }
  if (state.disk !== "UpToDate") return `this host's copy is ${state.disk}`;
  if (state.connection !== "Connected")
    return `not connected (${state.connection}): the other copy falls behind`;
  if (state.peerDisk !== "UpToDate") return `the other host's copy is ${state.peerDisk}`;
  return undefined;
}

/** Why a promotion must not even be tried, or undefined. DRBD itself refuses too; this says it in words. */
export function promotionRefusal(state: DrbdState): string | undefined {
  switch (state.disk) {
    case "UpToDate":
    case "Consistent":
      return undefined;
    case "Inconsistent":
    case "Diskless":
      return peerServes(state)
        ? undefined
        : `this host's copy is ${state.disk} and no up-to-date one is connected`;
    default:
      return `this host's copy is ${state.disk}`;
  }
}

const peerServes = (state: DrbdState): boolean =>
  state.connection === "Connected" && state.peerDisk === "UpToDate";

/** A host that stands alone remembers what its peer's copy was worth then, not what it has become since. */
const isPeerKnown = (state: DrbdState): boolean =>
  state.connection !== "StandAlone" &&
  state.peerDisk !== "DUnknown" &&
  state.peerDisk !== "Unknown" &&
  state.peerDisk !== "Consistent";
