import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process, to be named to people. */
export interface Named {
  readonly pid: number;
  readonly name: string;
}

/** PF_KTHREAD of the kernel's include/linux/sched.h. */
const KERNEL_THREAD = 0x00200000;

/** In order, so that of several the oldest is named. @throws when the process table cannot be read at all. */
export function pidsOf(procDir: string): readonly number[] {
  return readdirSync(procDir)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .toSorted((a, b) => a - b);
}

export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

/** Where a link of /proc points to, read as text: the file itself, and the disk under it, are not touched. */
export function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

/** The kernel's name of a program: unlike its arguments it can be read while the process hangs. */
export function named(procDir: string, pid: number): Named {
  return { pid, name: textOf(`${procDir}/${pid}/comm`).trim() || "process" };
}

/** Neither the first process nor the kernel's own, nor the caller. */
export function maySignal(procDir: string, pid: number): boolean {
  if (pid <= 1 || pid === process.pid) return false;
  const stat = textOf(`${procDir}/${pid}/stat`);
  // The name in parentheses may hold blanks; flags are the seventh field after it.
  const flags = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[6]);
  return Number.isInteger(flags) && (flags & KERNEL_THREAD) === 0;
}

/** "sleep (4711), bash (815)", at most five. */
export function listText(processes: readonly Named[]): string {
  const shown = processes.slice(0, 5).map(({ name, pid }) => `${name} (${pid})`);
  const more = processes.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

export function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
