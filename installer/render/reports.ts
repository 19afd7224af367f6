import { Chalk, type ChalkInstance } from "chalk";
import { describe, type Report, report, type Severity } from "../../core/report.ts";
import type { Io } from "../cli/io.ts";

export function colours(io: Io): ChalkInstance {
  const wanted = io.terminal && io.env["NO_COLOR"] === undefined;
  return new Chalk({ level: wanted ? 1 : 0 });
}

const WORD: Record<Severity, string> = { error: "error", warning: "warning", info: "info", done: "done" };

/** One line per report, and below it what to type. Errors and warnings go to standard error. */
export function printReports(io: Io, reports: readonly Report[], json: boolean): void {
  const paint = colours(io);
  const colour: Record<Severity, (text: string) => string> = {
    error: paint.red,
    warning: paint.yellow,
    info: (text) => text,
    done: paint.green,
  };
  for (const item of reports) {
    const shown = describe(item);
    if (json) {
      io.out(`${JSON.stringify({ type: "report", ...shown, payload: item.payload })}\n`);
      continue;
    }
    const where = shown.host === undefined ? "" : `${shown.host}: `;
    const line = `${colour[shown.severity](`${WORD[shown.severity]}:`)} ${where}${shown.text}\n`;
    const next = shown.next === undefined ? "" : `  -> ${shown.next}\n`;
    if (shown.severity === "error" || shown.severity === "warning") io.err(line + next);
    else io.out(line + next);
  }
}

/** What {@link holdPair} is given to tell where it could not write. */
export const ledgerWarning = (io: Io, json: boolean) => (why: string) =>
  printReports(io, [report("ledger.not-written", { why })], json);
