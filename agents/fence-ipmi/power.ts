import type { Known } from "../../core/cluster/known.ts";
import type { System } from "../ocf/system.ts";
import type { Bmc, Power } from "./ipmitool.ts";

export type Clock = Pick<System, "now" | "sleep">;

const POLL_MS = 200;
/** Failed calls are spaced out, because a controller may lock a user out after too many failed logins. */
const LONGEST_PAUSE_MS = 2000;
const RESEND_MS = 2000;
/** Less than this is not enough for a session. */
const SHORTEST_CALL_MS = 200;
/** Between the two tries of a status that is asked for its own sake. */
const SECOND_TRY_MS = 500;

/**
 * Sends the command and asks until the controller itself says that the power is as wanted.
 *
 * The command comes before the first question, because that saves a call in the common case, and its own result is
 * not believed either way: controllers refuse to switch off what is off, and some accept what they then do not do.
 * @returns undefined with that proof; why there is none when the deadline is reached.
 */
export async function drive(
  bmc: Bmc,
  want: Power,
  clock: Clock,
  deadline: number,
): Promise<string | undefined> {
  const left = () => deadline - clock.now();
  let resendAt = clock.now();
  let pause = POLL_MS;
  let why: string | undefined;
  let refused: string | undefined;
  while (left() > SHORTEST_CALL_MS) {
    let seen: Known<Power>;
    if (clock.now() >= resendAt) {
      resendAt = clock.now() + RESEND_MS;
      // Half of what is left, so that a command without an answer leaves time for the question.
      ({ refused, seen } = await bmc.command(want, left() / 2));
    } else {
      seen = await bmc.status(left());
    }
    if (seen.known && seen.value === want) return undefined;
    // A call that the deadline has cut short says less than the one before it.
    if (left() > 0 || why === undefined) why = reason(seen, refused);
    await clock.sleep(Math.min(pause, Math.max(0, left())));
    pause = seen.known ? POLL_MS : Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
  return why ?? refused ?? "no time was left to ask";
}

function reason(seen: Known<Power>, refused: string | undefined): string {
  if (!seen.known) return seen.why;
  return `the BMC says the power is ${seen.value}${refused === undefined ? "" : ` (${refused})`}`;
}

/** One status, asked a second time when the first call failed: controllers run out of sessions for a moment. */
export async function askTwice(bmc: Bmc, clock: Clock, deadline: number): Promise<Known<Power>> {
  const first = await bmc.status(deadline - clock.now());
  if (first.known || deadline - clock.now() <= SECOND_TRY_MS + SHORTEST_CALL_MS) return first;
  await clock.sleep(SECOND_TRY_MS);
  const left = deadline - clock.now();
  return left > SHORTEST_CALL_MS ? bmc.status(left) : first;
}
