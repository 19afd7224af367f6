import { Ocf } from "../ocf/codes.ts";
import { notRunning, type Outcome, success } from "../ocf/outcome.ts";
import { command, holdersText } from "./command.ts";
import { promotionRefusal } from "./judge.ts";
import { publishScore } from "./score.ts";
import { type DrbdContext, isUp, nameOf, requireState } from "./state.ts";

const AGAIN_MS = 300;
/**
 * A connection that is just being found dead makes DRBD refuse ("peer is not outdated") although the handler has just
 * proved the peer off. The next try finds that noted down.
 */
const TRIES_MS = 20_000;

/**
 * Makes this host the primary. DRBD asks the fence-peer handler when the peer is away, so one try can take as long
 * as fencing does. Tried again for a while, and for as long as the peer is still primary: it may be on its way down.
 */
export async function promote(context: DrbdContext): Promise<Outcome> {
  const { deadline, system, log } = context;
  const until = system.now() + Math.min(TRIES_MS, deadline.remainingMs() / 2);
  for (;;) {
    const before = await requireState(context);
    if (!isUp(before)) return { code: Ocf.notRunning, reason: `${nameOf(context)} is not up` };
    if (before.role === "Primary") {
      await publishScore(context, before);
      return success;
    }
    const refusal = promotionRefusal(before);
    if (refusal !== undefined) return { code: Ocf.generic, reason: refusal };
    const tried = await command(context, ["drbdadm", "primary", nameOf(context)]);
    const after = await requireState(context);
    if (after.role === "Primary") {
      await publishScore(context, after);
      log.info(`${nameOf(context)} promoted`);
      return success;
    }
    const reason = after.peerRole === "Primary" ? "the other host is primary" : tried.text;
    const over = after.peerRole === "Primary" ? deadline.remainingMs() < AGAIN_MS * 4 : system.now() > until;
    if (over) {
      return { code: Ocf.generic, reason: `${nameOf(context)} cannot be promoted: ${reason}` };
    }
    await system.sleep(AGAIN_MS);
  }
}

/** Ends as a secondary; whatever still has the device open is named. */
export async function demote(context: DrbdContext): Promise<Outcome> {
  const { deadline, system, log } = context;
  for (;;) {
    const before = await requireState(context);
    if (!isUp(before)) return notRunning;
    if (before.role === "Secondary") {
      await publishScore(context, before);
      return success;
    }
    const tried = await command(context, ["drbdadm", "secondary", nameOf(context)]);
    if (tried.code === 0) {
      log.info(`${nameOf(context)} demoted`);
      continue;
    }
    if (deadline.remainingMs() < AGAIN_MS * 4) {
      const held = await holdersText(context);
      return {
        code: Ocf.failedPromoted,
        reason: `${nameOf(context)} cannot be demoted: ${held ?? tried.text}`,
      };
    }
    await system.sleep(AGAIN_MS);
  }
}
