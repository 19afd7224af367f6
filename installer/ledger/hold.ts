import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { Exit } from "../../core/exit.ts";
import type { Host } from "../../core/host.ts";
import { report, SkyhaError } from "../../core/report.ts";
import type { ApplyEvent } from "../plan/apply.ts";
import { processIdentity } from "./holder.ts";
import { type JournalEntry, journalSize, openJournal } from "./journal.ts";
import {
  findLock,
  HEARTBEAT_MS,
  isLeftBehind,
  lockedReport,
  releaseLock,
  renewLock,
  takeLock,
} from "./lock.ts";

/** What a command that changes something has while it holds the pair. */
export interface Holding {
  /** Writes one line into the journals of the hosts. */
  note(entry: Pick<JournalEntry, "host" | "what" | "result" | "seconds" | "why">): void;
  /** The same for a Change that has ended; every other event is left out. */
  event(event: ApplyEvent): void;
}

export interface HoldOptions {
  /** `install`, `switch`, … */
  readonly command: string;
  /** Told where the lock or the journal could not be written. */
  readonly warn: (why: string) => void;
  /** Takes secrets out of what is written. */
  readonly redact?: (text: string) => string;
  readonly now?: () => number;
  /** The work ends by itself when it is interrupted; else the process is ended once the lock is free. */
  readonly handlesSignals?: boolean;
}

/**
 * Before a long look at the hosts: nobody is at work on them.
 * @returns asked again once the lock is held, it throws when somebody has changed something in between
 * @throws SkyhaError exit 5
 */
export async function nobodyAtWork(hosts: readonly Host[]): Promise<() => Promise<void>> {
  for (const host of hosts) {
    const found = await findLock(host);
    if (found && !isLeftBehind(found)) throw new SkyhaError([lockedReport(found)], Exit.locked);
  }
  const before = await Promise.all(hosts.map(journalSize));
  return async () => {
    const after = await Promise.all(hosts.map(journalSize));
    if (after.join() !== before.join()) throw new SkyhaError([report("lock.changed", {})], Exit.locked);
  };
}

/**
 * Does the work while nobody else can: lock on the hosts, renewed while it lasts, and a journal of what was done.
 * @throws SkyhaError exit 5 when somebody else is at work
 */
export async function holdPair<T>(
  hosts: readonly Host[],
  { command, warn, redact = (text) => text, now = Date.now, handlesSignals = false }: HoldOptions,
  work: (holding: Holding) => Promise<T>,
): Promise<T> {
  const run = randomUUID();
  const by = whoAmI();
  const time = () => new Date(now()).toISOString();
  const identity = processIdentity(process.pid);
  const without = await takeLock(hosts, {
    id: run,
    by,
    pid: process.pid,
    ...(identity === undefined ? {} : { process: identity }),
    command,
    since: time(),
  });
  for (const why of without) warn(why);
  const journal = openJournal(hosts);
  const note: Holding["note"] = ({ what, why, ...rest }) => {
    const reason = why === undefined ? {} : { why: redact(why) };
    journal.write({ at: time(), run, by, command, ...rest, what: redact(what), ...reason });
  };
  const beat = setInterval(() => void renewLock(hosts, run), HEARTBEAT_MS);
  const end = () => {
    clearInterval(beat);
    void releaseLock(hosts, run).finally(() => process.exit(130));
  };
  const signals = handlesSignals ? [] : (["SIGINT", "SIGTERM", "SIGHUP"] as const);
  for (const signal of signals) process.once(signal, end);
  try {
    return await work({ note, event: (event) => noteEvent(note, event) });
  } finally {
    for (const signal of signals) process.off(signal, end);
    clearInterval(beat);
    const unwritten = await journal.end();
    if (unwritten !== undefined) warn(unwritten);
    await releaseLock(hosts, run);
  }
}

/** Who asked for it, as far as this machine knows; root by sudo is the person behind it. */
function person(): string {
  const { SUDO_USER, USER, LOGNAME } = process.env;
  if (process.getuid?.() === 0) return SUDO_USER === undefined ? "root" : `${SUDO_USER} as root`;
  return USER ?? LOGNAME ?? `uid ${process.getuid?.()}`;
}

/** Whose command this is, as the lock, the journal and the cluster name him: user@machine. */
export const whoAmI = (): string => `${person()}@${hostname()}`;

const RESULTS = { "change-done": "done", "change-failed": "failed", "change-unknown": "unknown" } as const;

function noteEvent(note: Holding["note"], event: ApplyEvent): void {
  if (event.kind !== "change-done" && event.kind !== "change-failed" && event.kind !== "change-unknown")
    return;
  const { host, title } = event.change;
  const end = event.kind === "change-done" ? { seconds: event.seconds } : { why: event.why };
  note({ host, what: title, result: RESULTS[event.kind], ...end });
}
