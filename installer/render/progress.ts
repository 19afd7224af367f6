import type { Io } from "../cli/io.ts";
import type { ApplyEvent } from "../plan/apply.ts";

/** Follows a running plan. Implementations: plain lines, JSON lines, a live ink view, the log file. */
export interface ProgressView {
  event(event: ApplyEvent): void;
  /** A line that belongs to no Change: "connecting to db1". */
  note(text: string): void;
  close(): void;
}

/** Shows nothing. */
export const SILENT: ProgressView = { event: () => {}, note: () => {}, close: () => {} };

/** Lines for a pipe, a log or a slow terminal: when a Change starts and ends, and now and then in between. */
export function plainProgress(write: (text: string) => void, started = Date.now()): ProgressView {
  const lastProgress = new Map<string, number>();
  const line = (host: string, text: string) => {
    const at = ((Date.now() - started) / 1000).toFixed(1).padStart(6);
    write(`${at}s ${host.padEnd(8)} ${text}\n`);
  };
  return {
    note: (text) => line("", text),
    event(event) {
      switch (event.kind) {
        case "step-started":
        case "step-done":
          return;
        case "change-started":
          return line(event.change.host, `${event.change.title} ...`);
        case "change-done":
          return line(event.change.host, `${event.change.title}: done (${event.seconds} s)`);
        case "change-failed":
          return line(event.change.host, `${event.change.title}: FAILED: ${event.why}`);
        case "change-unknown":
          return line(event.change.host, `${event.change.title}: UNKNOWN: ${event.why}`);
        case "progress": {
          const last = lastProgress.get(event.change.id) ?? 0;
          if (Date.now() - last < 2000) return;
          lastProgress.set(event.change.id, Date.now());
          return line(event.change.host, `  ${event.text}`);
        }
      }
    },
    close() {},
  };
}

/** One JSON object per line, for programs. */
export function jsonProgress(io: Io): ProgressView {
  const print = (value: unknown) => io.out(`${JSON.stringify(value)}\n`);
  return {
    note: (text) => print({ type: "note", text }),
    event(event) {
      if (!("change" in event)) {
        print({ type: event.kind, step: event.step, seconds: event.seconds });
        return;
      }
      const { change } = event;
      const details = { ...event, change: undefined, kind: undefined };
      print({ type: event.kind, id: change.id, host: change.host, title: change.title, ...details });
    },
    close() {},
  };
}

/** Several views of the same run. */
export function combine(views: readonly ProgressView[]): ProgressView {
  return {
    note: (text) => views.forEach((view) => void view.note(text)),
    event: (event) => views.forEach((view) => void view.event(event)),
    close: () => views.forEach((view) => void view.close()),
  };
}
