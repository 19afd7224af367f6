import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { errnoOf, LabError } from "./errors.ts";

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks after boot at which it started: field 22 of /proc/PID/stat, proc(5). */
  readonly start: string;
  readonly boot: string;
}

export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** State letter and start time from the text of /proc/PID/stat; the command name may hold spaces and ")". */
export function parseStat(text: string): { state: string; start: string } | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, start] = [fields[0], fields[19]];
  return state === undefined || start === undefined ? undefined : { state, start };
}

function stat(pid: number): { state: string; start: string } | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}

export function identify(pid: number): ProcessId | undefined {
  const now = stat(pid);
  return now === undefined ? undefined : { pid, start: now.start, boot: bootId() };
}

/** True only for the very process that was recorded; a zombie no longer counts. */
export function isAlive(id: ProcessId): boolean {
  const now = stat(id.pid);
  return now !== undefined && now.state !== "Z" && now.start === id.start && id.boot === bootId();
}

/** The process and everything below it, children last. */
export function treeOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(Number(name));
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

function parentOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined; // ended between readdir and read
  }
}

function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== "ESRCH") throw error;
  }
}

export function signalTree(id: ProcessId, signal: NodeJS.Signals): void {
  if (!isAlive(id)) return;
  for (const pid of treeOf(id.pid)) signalOne(pid, signal);
}

/** SIGKILL to the whole tree, and proof that every member is gone. */
export async function killTree(id: ProcessId, timeoutMs = 15_000): Promise<void> {
  if (!isAlive(id)) return;
  const members = treeOf(id.pid)
    .map(identify)
    .filter((member) => member !== undefined);
  for (const member of members) signalOne(member.pid, "SIGKILL");
  const deadline = Date.now() + timeoutMs;
  while (members.some(isAlive)) {
    if (Date.now() > deadline) throw new LabError(`process ${id.pid} did not end after SIGKILL`);
    await sleep(10);
  }
}

/** State letter of proc(5): R, S, D, Z, T (stopped)…; undefined when there is no such process. */
export function stateOf(pid: number): string | undefined {
  return stat(pid)?.state;
}
