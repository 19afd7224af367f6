import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import type { Context } from "../ocf/context.ts";
import type { FilesystemTable } from "./parameters.ts";

const HOUR_MS = 3600_000;
/** Thirty days of hours; a line has some thirty bytes. */
const MOST_LINES = 720;
/** The counters are in memory; what takes longer is not waited for. */
const LIMIT_MS = 200;

/**
 * Notes once an hour how much of the volume is used, so that `skyha show` can say when it will be full. Read by
 * core/verdict/growth.ts: `SECONDS USED FREE`, in bytes, one line per sample.
 *
 * Nothing that happens here is any business of the monitor: whatever goes wrong, there is a sample less. Between samples
 * it costs one stat of a file in /var/lib. A sample starts no program: it asks the kernel for the counters that xfs and ext4
 * have in memory, which waits for no disk.
 */
export async function noteSpace(context: Context<FilesystemTable>, directory: string): Promise<void> {
  try {
    const file = sampleFile(context);
    const now = Date.now();
    const age = now - writtenAt(file);
    // A time to come, after the clock was set back, would otherwise end the samples until then.
    if (age >= 0 && age < HOUR_MS) return;
    mkdirSync(`${context.system.libDir}/skyha`, { recursive: true, mode: 0o700 });
    // First of all the hour begins anew: whatever goes wrong next is not tried again before its end.
    closeSync(openSync(file, "a", 0o600));
    utimesSync(file, now / 1000, now / 1000);
    const space = await Promise.race([context.system.space(directory), context.system.sleep(LIMIT_MS)]);
    if (space === undefined) throw new Error("statfs did not answer");
    const { usedBytes, freeBytes } = space;
    const kept = linesOf(file).slice(-(MOST_LINES - 1));
    const lines = [...kept, `${Math.round(now / 1000)} ${usedBytes} ${freeBytes}`];
    // Whole or not at all: a reader sees the file before or after.
    writeFileSync(`${file}.new`, `${lines.join("\n")}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    context.log.trace(`no sample of the space: ${String(error)}`);
  }
}

const sampleFile = ({ system, instance }: Context<FilesystemTable>): string =>
  `${system.libDir}/skyha/space-${encodeURIComponent(instance)}`;

function writtenAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
}

function linesOf(file: string): string[] {
  const found = statSync(file, { throwIfNoEntry: false });
  // What is far too big was not written here, and what is no file will not be read.
  if (!found?.isFile() || found.size > 1_000_000) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => /^\d+ \d+ \d+$/.test(line));
}
