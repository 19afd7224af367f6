import type { Io } from "../cli/io.ts";
import type { ApplyEvent } from "../plan/apply.ts";

/** One event while Changes are applied: a line, or one JSON object. */
export function tellEvent(io: Io, json: boolean, event: ApplyEvent): void {
  if (!("change" in event)) return;
  const { id, host, title } = event.change;
  const why = "why" in event ? event.why : undefined;
  const note = event.kind === "progress" ? event.text : why;
  const end = {
    "change-started": "...",
    progress: "...",
    "change-done": "done",
    "change-failed": "FAILED",
    "change-unknown": "UNKNOWN",
  }[event.kind];
  tell(
    io,
    json,
    { type: event.kind, id, ...(note === undefined ? {} : { text: note }) },
    `  ${host.padEnd(7)}  ${title}: ${end}${note === undefined ? "" : ` ${note}`}\n`,
  );
}

export function tell(io: Io, json: boolean, record: object, text: string): void {
  io.out(json ? `${JSON.stringify(record)}\n` : text);
}
