import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../../core/message.ts";

/** One connection to a service through the VIP. */
export interface RowSession {
  /** Resolves when the service has acknowledged the row; a row that is there already is acknowledged too. */
  write(number: number): Promise<void>;
  /** Every number that is there. */
  present(numbers: readonly number[]): Promise<ReadonlySet<number>>;
  /** Makes the place for the rows, a new one of our own. */
  prepare(): Promise<void>;
  /** Removes that place and nothing else. */
  drop(): Promise<void>;
  close(): void;
}

/** A service that numbered rows can be written into. */
export interface RowStore {
  readonly service: string;
  /** Every acknowledged row has to survive; else the configuration of the service allows to lose some, as said here. */
  readonly mayLose: string | undefined;
  /** @throws what the service or the network says; the connection ends with the signal */
  open(signal: AbortSignal): Promise<RowSession>;
}

/** What became of the rows of one service. */
export interface RowsSeen {
  readonly service: string;
  readonly acknowledged: number;
  /** Acknowledged rows that are not there any more; undefined: nobody could look. */
  readonly lost: number | undefined;
  /** Longest time without an acknowledgement, seconds. */
  readonly seconds: number;
  /** Whether the last attempt of all still failed. */
  readonly stillDown: boolean;
  /** Why nobody could look. */
  readonly why?: string;
  readonly mayLose: string | undefined;
}

export interface RowWriter {
  readonly service: string;
  /** A row that was begun later than this was acknowledged; ms on the writer's clock. */
  answeredSince(time: number): boolean;
  /** Ends the writing, compares, and removes the rows. */
  stop(): Promise<RowsSeen>;
}

export interface WriterOptions {
  /** ms, forward only */
  readonly clock?: () => number;
  readonly tryMs?: number;
  readonly pauseMs?: number;
  /** How long it is tried to read the rows again. */
  readonly readMs?: number;
}

const TRY_MS = 1000;
const PAUSE_MS = 20;
const RETRY_MS = 50;
const READ_MS = 60_000;
/** A server that serves old connections and takes no new one is down for half of its clients. */
const SESSION_MS = 1000;

/**
 * Writes numbered rows one after the other, as a client would that waits for each answer, and starts over with a new
 * connection when one gives none.
 * @throws Error when not even the first row can be written
 */
export async function startRows(store: RowStore, options: WriterOptions = {}): Promise<RowWriter> {
  const { clock = () => performance.now(), tryMs = TRY_MS, pauseMs = PAUSE_MS, readMs = READ_MS } = options;
  const acknowledged: { readonly number: number; readonly begunAt: number; readonly at: number }[] = [];
  let running = true;
  let session: Connected | undefined = await connected(store, 10 * tryMs);
  await session.limited(10 * tryMs, ({ prepare }) => prepare());
  const startedAt = clock();
  let failing = false;

  async function loop(): Promise<void> {
    let openedAt = clock();
    for (let number = 1; running; ) {
      const begunAt = clock();
      try {
        if (session !== undefined && begunAt - openedAt > SESSION_MS) {
          session.end();
          session = undefined;
        }
        if (session === undefined) {
          session = await connected(store, tryMs);
          openedAt = clock();
        }
        const row = number;
        await session.limited(tryMs, ({ write }) => write(row));
        acknowledged.push({ number, begunAt, at: clock() });
        failing = false;
        number++;
        await sleep(pauseMs);
      } catch {
        failing = true;
        session?.end();
        session = undefined;
        await sleep(RETRY_MS);
      }
    }
  }
  const ended = loop();

  return {
    service: store.service,
    answeredSince: (time) => (acknowledged.at(-1)?.begunAt ?? Number.NEGATIVE_INFINITY) >= time,
    async stop() {
      running = false;
      await ended;
      const stoppedAt = clock();
      session?.end();
      const numbers = acknowledged.map(({ number }) => number);
      const times = [startedAt, ...acknowledged.map(({ at }) => at), ...(failing ? [stoppedAt] : [])];
      const seen = await lookAgain(store, numbers, readMs);
      return {
        service: store.service,
        acknowledged: numbers.length,
        seconds: Math.round(longestGap(times) / 100) / 10,
        stillDown: failing,
        mayLose: store.mayLose,
        ...seen,
      };
    },
  };
}

/** Of times in order, ms. */
export function longestGap(times: readonly number[]): number {
  let longest = 0;
  for (const [index, time] of times.entries()) longest = Math.max(longest, time - (times[index - 1] ?? time));
  return longest;
}

/** That the rows cannot be read is not that they are lost. */
async function lookAgain(
  store: RowStore,
  numbers: readonly number[],
  readMs: number,
): Promise<Pick<RowsSeen, "lost" | "why">> {
  const deadline = Date.now() + readMs;
  for (;;) {
    let session: Connected | undefined;
    try {
      session = await connected(store, readMs);
      const present = await session.limited(readMs, (one) => one.present(numbers));
      // Rows that stay behind harm nobody, and the next drill removes them.
      await session.limited(readMs, ({ drop }) => drop()).catch(() => {});
      return { lost: numbers.filter((number) => !present.has(number)).length };
    } catch (error) {
      if (Date.now() > deadline) return { lost: undefined, why: messageOf(error) };
      await sleep(500);
    } finally {
      session?.end();
    }
  }
}

interface Connected {
  limited<T>(ms: number, work: (session: RowSession) => Promise<T>): Promise<T>;
  end(): void;
}

/** A connection to a host that lost its power answers nothing: after its time it is destroyed, not closed. */
async function connected(store: RowStore, ms: number): Promise<Connected> {
  const controller = new AbortController();
  const within = <T>(limitMs: number, work: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const expiry = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`${store.service} gave no answer within ${limitMs / 1000} s`));
        controller.abort();
      }, limitMs);
    });
    return Promise.race([work, expiry]).finally(() => clearTimeout(timer));
  };
  let session: RowSession;
  try {
    session = await within(ms, store.open(controller.signal));
  } catch (error) {
    controller.abort();
    throw error;
  }
  return {
    limited: (limitMs, work) => within(limitMs, work(session)),
    end() {
      session.close();
      controller.abort();
    },
  };
}
