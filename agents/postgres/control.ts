import { messageOf } from "../../core/message.ts";
import type { Context } from "../ocf/context.ts";
import { head, layoutOf } from "./directory.ts";
import type { PostgresTable } from "./parameters.ts";

/** ControlFileData in src/include/catalog/pg_control.h: `DBState state` after 8 + 4 + 4 bytes, unchanged since 8.0. */
const STATE_OFFSET = 16;
/** DB_SHUTDOWNED and DB_SHUTDOWNED_IN_RECOVERY. */
const CLEAN = [1, 2];
const LAST_STATE = 6;
const LIMIT_MS = 1000;

/** Says so when the server did not end by itself; never fails a stop, nor lets it wait for a disk that hangs. */
export async function warnOfUncleanEnd(context: Context<PostgresTable>): Promise<void> {
  try {
    const state = await context.deadline.during("pg_control", () => stateOf(context), LIMIT_MS);
    if (state === undefined || CLEAN.includes(state)) return;
    context.log.warn("PostgreSQL did not shut down cleanly; its next start will do crash recovery");
  } catch (error) {
    context.log.trace(`pg_control: ${messageOf(error)}`);
  }
}

/** undefined when the volume is not here. */
async function stateOf(context: Context<PostgresTable>): Promise<number | undefined> {
  const { pgdata } = await layoutOf(context);
  const content = await head(`${pgdata}/global/pg_control`);
  if (content === undefined || content.length < STATE_OFFSET + 4) return undefined;
  const bytes = new DataView(content.buffer, content.byteOffset, content.length);
  const isLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  const state = bytes.getUint32(STATE_OFFSET, isLittle);
  return state <= LAST_STATE ? state : undefined;
}
