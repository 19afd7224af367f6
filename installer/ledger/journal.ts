import { z } from "zod";
import type { Host } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { PATHS } from "../names.ts";

const entrySchema = z.object({
  /** By the clock of the machine skyha ran on. */
  at: z.iso.datetime(),
  /** The same for all entries of one command. */
  run: z.string(),
  /** user@machine that skyha ran on. */
  by: z.string(),
  /** `install`, `switch`, … */
  command: z.string(),
  /** Node name, or `cluster`. */
  host: z.string(),
  what: z.string(),
  result: z.enum(["done", "failed", "unknown", "interrupted"]),
  seconds: z.number().optional(),
  why: z.string().optional(),
});

/** One line of the journal, /var/lib/skyha/journal.jsonl, on both hosts as far as both could be reached. */
export type JournalEntry = z.output<typeof entrySchema>;

const APPEND = 'umask 077; mkdir -p "$1" && cat >> "$2" && sync "$2"';

export interface JournalWriter {
  write(entry: JournalEntry): void;
  /** Waits until everything is on the hosts. @returns what could not be written where; undefined: all was */
  end(): Promise<string | undefined>;
}

/** Appends to the journals of both hosts, one call at a time per host, without holding the work up. */
export function openJournal(hosts: readonly Host[]): JournalWriter {
  const queues = hosts.map((host) => ({ host, lines: [] as string[], busy: Promise.resolve(), why: "" }));
  const flush = async (queue: (typeof queues)[number]) => {
    const lines = queue.lines.splice(0);
    if (lines.length === 0) return;
    try {
      const argv = ["sh", "-c", APPEND, "journal", PATHS.state, PATHS.journal] as const;
      const written = await queue.host.exec(argv, { stdin: lines.join(""), timeoutMs: 30_000 });
      queue.why = written.code === 0 ? "" : written.stderr.trim() || `code ${written.code}`;
    } catch (error) {
      queue.why = messageOf(error);
    }
    // A host that is being fenced comes back: its lines wait, in order.
    if (queue.why !== "") queue.lines.unshift(...lines);
  };
  const schedule = (queue: (typeof queues)[number]) => {
    queue.busy = queue.busy.then(() => flush(queue));
  };
  return {
    write(entry) {
      for (const queue of queues) {
        queue.lines.push(`${JSON.stringify(entry)}\n`);
        schedule(queue);
      }
    },
    async end() {
      for (const queue of queues) schedule(queue);
      await Promise.all(queues.map(({ busy }) => busy));
      const left = queues.filter(({ lines }) => lines.length > 0);
      return left.length === 0 ? undefined : left.map(({ host, why }) => `${host.name}: ${why}`).join("; ");
    },
  };
}

/** Bytes; 0 where there is none yet. */
export async function journalSize(host: Host): Promise<number> {
  const asked = await host.exec(["stat", "-c", "%s", PATHS.journal], { timeoutMs: 20_000 });
  return asked.code === 0 ? Number(asked.stdout) : 0;
}

/** Reads what `openJournal` wrote; a line that a power cut has torn is left out. */
export function parseJournal(text: string): JournalEntry[] {
  return text.split("\n").flatMap((line) => {
    try {
      const entry = entrySchema.safeParse(JSON.parse(line));
      return entry.success ? [entry.data] : [];
    } catch {
      return [];
    }
  });
}

/** Both hosts' journals as one, oldest first; what both have appears once. */
export function mergeJournals(journals: readonly (readonly JournalEntry[])[]): JournalEntry[] {
  const seen = new Map(journals.flat().map((entry) => [JSON.stringify(entry), entry]));
  return [...seen.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
