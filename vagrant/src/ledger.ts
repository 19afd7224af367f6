import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { LabError } from "./errors.ts";
import type { ProcessId } from "./process-id.ts";

/**
 * What a lab made on this machine. One JSON line is written before a thing is made (for a process: before
 * it may do anything) and one when it is gone, so that whatever was interrupted can be taken back, and
 * nothing else is ever touched.
 */
export type Made =
  | { readonly kind: "process"; readonly role: string; readonly process: ProcessId }
  | { readonly kind: "link"; readonly name: string; readonly boot: string }
  | { readonly kind: "directory"; readonly path: string };

export interface Entry {
  readonly id: string;
  readonly made: Made;
}

interface Line {
  readonly id: string;
  readonly at: string;
  readonly made?: Made;
}

export interface Ledger {
  readonly path: string;
  /** From now on nothing more may be made, by whatever is still at work: the lab is being taken back. */
  close(): void;
  /** Notes a thing about to be made; returns the name to give to `gone`. Throws once closed. */
  record(made: Made): string;
  gone(id: string): void;
  /** What was made and is not known to be gone, newest first. */
  standing(): Entry[];
}

/** A line without `made` says that the thing of that name is gone. A torn last line is ignored. */
export function parseLedger(text: string): Entry[] {
  const standing = new Map<string, Entry>();
  for (const row of text.split("\n")) {
    const line = parseLine(row);
    if (line === undefined) continue;
    if (line.made === undefined) standing.delete(line.id);
    else standing.set(line.id, { id: line.id, made: line.made });
  }
  return [...standing.values()].reverse();
}

function parseLine(row: string): Line | undefined {
  try {
    const line: Line = JSON.parse(row);
    return typeof line.id === "string" ? line : undefined;
  } catch {
    return undefined; // the writer was killed in the middle of the line: nothing had been made yet
  }
}

export function openLedger(path: string): Ledger {
  const read = () => parseLedger(existsSync(path) ? readFileSync(path, "utf8") : "");
  const write = (line: Omit<Line, "at">) =>
    // The leading newline keeps a torn line of an earlier writer from swallowing this one.
    appendFileSync(path, `\n${JSON.stringify({ ...line, at: new Date().toISOString() })}`, { mode: 0o600 });
  return {
    path,
    close: () => writeFileSync(`${path}.closed`, ""),
    record: (made) => {
      if (existsSync(`${path}.closed`)) throw new LabError("this lab is being taken down");
      const id = randomUUID(); // several processes write here at once
      write({ id, made });
      return id;
    },
    gone: (id) => write({ id }),
    standing: read,
  };
}

/** The live record of the process that plays `role` ("host db1", "bmc db1", "packages"). */
export function processOf(ledger: Ledger, role: string): (Entry & { process: ProcessId }) | undefined {
  for (const entry of ledger.standing()) {
    if (entry.made.kind === "process" && entry.made.role === role) {
      return { ...entry, process: entry.made.process };
    }
  }
  return undefined;
}
