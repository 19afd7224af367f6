import { messageOf } from "../../core/message.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { TimeLimitError } from "../ocf/deadline.ts";
import type { Outcome } from "../ocf/outcome.ts";
import type { ParameterTable } from "../ocf/table.ts";

/** The level that also tries to write. */
const WRITE_TEST_LEVEL = 20;
const MIB = 1024 * 1024;
/**
 * PostgreSQL's log grows by files of 16 MiB (wal_segment_size) which it keeps in stock: on a full disk the one small
 * row of a write test goes well until the stock is used up, and then the server stops.
 */
const LITTLE_ROOM = 16 * MIB;

/**
 * A monitor that found all well, looked at once more: "degraded" when the volume is nearly full. Not a failure, for
 * a restart makes no room, and on the other host it is the same volume.
 */
export async function degradedWithoutRoom(
  { environment, deadline, system, log }: Context<ParameterTable>,
  directory: string,
  outcome: Outcome,
): Promise<Outcome> {
  if (outcome.code !== Ocf.success || environment.checkLevel < WRITE_TEST_LEVEL) return outcome;
  try {
    const free = await deadline.during(directory, () => system.freeBytes(directory));
    if (free >= LITTLE_ROOM) return outcome;
    const left = `${(free / MIB).toFixed(1)} MiB are left for ${directory}`;
    return {
      code: Ocf.degraded,
      reason: `it serves, but ${left}: the disk is full and writes are about to fail`,
    };
  } catch (error) {
    if (error instanceof TimeLimitError) throw error;
    // The server has just written there, which says more than this does.
    log.warn(`how much room ${directory} has left cannot be seen: ${messageOf(error)}`);
    return outcome;
  }
}
