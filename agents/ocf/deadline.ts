import { Ocf } from "./codes.ts";
import { OcfError } from "./outcome.ts";

/** The end of this run, a little before Pacemaker would end it with SIGKILL and no reason given. */
export interface Deadline {
  /** Milliseconds left, never negative. */
  remainingMs(): number;
  /**
   * Waits for work and remembers what for, so that an expiry can say it. With a limit, or at the end of all time,
   * the signal is aborted and the promise rejects with {@link TimeLimitError}.
   */
  during<T>(what: string, work: (signal: AbortSignal) => Promise<T>, limitMs?: number): Promise<T>;
  /** What is waited for now: the innermost {@link Deadline.during}. */
  readonly waitingFor: string | undefined;
  /** Ends everything still waited for. */
  close(): void;
}

export class TimeLimitError extends Error {
  constructor(what: string, limitMs: number) {
    super(`${what}: no answer in ${seconds(limitMs)}`);
    this.name = "TimeLimitError";
  }
}

/** Time kept for telling the reason: a tenth of the operation's time-out, between 0.3 s and 3 s. */
export function marginMs(timeoutMs: number): number {
  return Math.min(3000, Math.max(300, timeoutMs / 10));
}

export function createDeadline(timeoutMs: number, now: () => number): Deadline {
  const end = now() + Math.max(100, timeoutMs - marginMs(timeoutMs));
  const open = new Set<{ readonly what: string; readonly abort: () => void }>();
  const deadline: Deadline = {
    remainingMs: () => Math.max(0, end - now()),
    get waitingFor() {
      return [...open].at(-1)?.what;
    },
    during(what, work, limitMs = Number.POSITIVE_INFINITY) {
      const limit = Math.max(1, Math.min(limitMs, deadline.remainingMs()));
      const controller = new AbortController();
      const entry = { what, abort: () => controller.abort() };
      open.add(entry);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          controller.abort();
          reject(new TimeLimitError(what, limit));
        }, limit);
        // `settled` also swallows what the abandoned work does after its time.
        const settled = () => {
          clearTimeout(timer);
          open.delete(entry);
        };
        work(controller.signal).then(
          (value) => {
            settled();
            resolve(value);
          },
          (error: unknown) => {
            settled();
            reject(error);
          },
        );
      });
    },
    close() {
      for (const entry of open) entry.abort();
    },
  };
  return deadline;
}

/** Rejects at the deadline, whatever else is awaited. `stop` takes the timer away. */
export function expiry(
  deadline: Deadline,
  action: string,
  timeoutMs: number,
): { readonly expired: Promise<never>; readonly stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    // Slightly later than the limits inside, which know better what went wrong.
    timer = setTimeout(() => {
      const waiting = deadline.waitingFor;
      const what = waiting ? ` while waiting for ${waiting}` : "";
      reject(
        new OcfError(Ocf.generic, `${action} gave up before its time-out of ${seconds(timeoutMs)}${what}`),
      );
    }, deadline.remainingMs() + 50);
  });
  return { expired, stop: () => clearTimeout(timer) };
}

export function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}
