import { z } from "zod";
import { Exit } from "../../core/exit.ts";
import type { Host } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { type Report, report, SkyhaError } from "../../core/report.ts";
import { PATHS } from "../names.ts";
import { isProvenDead } from "./holder.ts";

const recordSchema = z.object({
  id: z.string(),
  /** user@machine */
  by: z.string(),
  pid: z.number(),
  /** See {@link processIdentity}; missing where there is no /proc. */
  process: z.string().optional(),
  command: z.string(),
  /** ISO 8601 */
  since: z.string(),
});

/** Content of /var/lib/skyha/lock. */
export type LockRecord = z.output<typeof recordSchema>;

/** A lock as found on a host. */
export interface FoundLock {
  readonly host: string;
  /** Undefined: the file cannot be read as one, as after a power cut. */
  readonly record: LockRecord | undefined;
  /** Seconds since its holder last said that it is alive, by the host's own clock. */
  readonly silentSeconds: number;
}

/** How often a holder touches its lock. */
export const HEARTBEAT_MS = 10_000;
/** A holder that was silent for longer has most likely died. */
export const STALE_SECONDS = 60;

// noclobber opens with O_EXCL: of two that try at the same moment one gets it. A record that does not arrive whole, because
// its sender was killed, makes none: a lock that names nobody could only be removed by hand.
const TAKE = 'umask 077; mkdir -p "$1" && IFS= read -r line && set -C && printf "%s\\n" "$line" > "$2"';
const IF_OURS = 'grep -qF -e "$1" "$2" 2>/dev/null || exit 1; ';
// One at a time, so that nobody removes the lock of him who was quicker.
const TAKE_OVER = `flock -w 10 "$2.guard" sh -c 'grep -qF -e "$1" "$2" && rm -f "$2"' over "$1" "$2"`;
// Opened once: what is removed meanwhile is still read whole, and what is gone before is no lock.
const LOOK = [
  '[ -e "$1" ] || exit 0',
  '{ echo $(($(date +%s) - $(stat -L -c %Y /dev/fd/3))); cat <&3; } 3< "$1" || [ ! -e "$1" ]',
].join("\n");

/** @returns undefined: not locked. @throws HostError, Error */
export async function findLock(host: Host): Promise<FoundLock | undefined> {
  const looked = await host.exec(["sh", "-c", LOOK, "look", PATHS.lock], { timeoutMs: 20_000 });
  if (looked.code !== 0) throw new Error(`${host.name}: ${PATHS.lock}: ${looked.stderr.trim()}`);
  if (looked.stdout.trim() === "") return undefined;
  const [age = "", ...content] = looked.stdout.split("\n");
  return { host: host.name, record: parseRecord(content.join("\n")), silentSeconds: Number(age) };
}

function parseRecord(text: string): LockRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * Takes the lock on every host, in the same order everywhere.
 *
 * A host whose disk takes no file cannot keep one for anybody, so everybody relies on the other host's: such a host must
 * not keep the pair from being repaired.
 * @returns why a host has none; empty: all have
 * @throws SkyhaError exit 5 when somebody has it, Error when no host takes it; then none is kept
 */
export async function takeLock(hosts: readonly Host[], record: LockRecord): Promise<string[]> {
  const tried: Host[] = [];
  const without: string[] = [];
  try {
    for (const host of [...hosts].sort((a, b) => a.name.localeCompare(b.name))) {
      // Also one that gave no answer may have made it.
      tried.push(host);
      const why = await takeOn(host, record);
      if (why !== undefined) without.push(why);
    }
    if (without.length === hosts.length) throw new Error(without.join("; "));
    return without;
  } catch (error) {
    await releaseLock(tried, record.id);
    throw error;
  }
}

/** How often a lock is tried that was in the way and gone a moment later. */
const TRIES = 5;

/** @returns why it could not be made; undefined: it was. @throws SkyhaError exit 5 */
async function takeOn(host: Host, record: LockRecord, tries = TRIES): Promise<string | undefined> {
  const argv = ["sh", "-c", TAKE, "take", PATHS.state, PATHS.lock] as const;
  const stdin = `${JSON.stringify(record)}\n`;
  try {
    const made = await host.exec(argv, { stdin, timeoutMs: 20_000 });
    if (made.code === 0) return undefined;
    const found = await findLock(host);
    if (found?.record && isLeftBehind(found)) {
      await host.exec(["sh", "-c", TAKE_OVER, "over", found.record.id, PATHS.lock], { timeoutMs: 20_000 });
      return await takeOn(host, record, tries);
    }
    if (found !== undefined) throw new SkyhaError([lockedReport(found)], Exit.locked);
    if (tries > 1) return await takeOn(host, record, tries - 1);
    return `${host.name}: cannot write ${PATHS.lock}: ${made.stderr.trim()}`;
  } catch (error) {
    if (error instanceof SkyhaError) throw error;
    return messageOf(error);
  }
}

/** Its holder was a process of this very machine, and has ended without a word: killed, or its terminal closed. */
export const isLeftBehind = ({ record }: FoundLock): boolean => isProvenDead(record?.process);

export function lockedReport({ host, record, silentSeconds }: FoundLock): Report {
  return report("lock.held", {
    host,
    by: record?.by ?? "somebody",
    command: record?.command ?? "?",
    since: record?.since ?? "?",
    silentSeconds,
    stale: silentSeconds > STALE_SECONDS,
  });
}

/** Removes the lock where it still is that one; a host that does not answer keeps it until somebody unlocks. */
export async function releaseLock(hosts: readonly Host[], id: string): Promise<void> {
  await onAll(hosts, `${IF_OURS}rm -f "$2"`, id);
}

/** Says that the holder is alive. */
export async function renewLock(hosts: readonly Host[], id: string): Promise<void> {
  await onAll(hosts, `${IF_OURS}touch -c "$2"`, id);
}

async function onAll(hosts: readonly Host[], program: string, id: string): Promise<void> {
  await Promise.allSettled(
    hosts.map((host) => host.exec(["sh", "-c", program, "lock", id, PATHS.lock], { timeoutMs: 10_000 })),
  );
}
