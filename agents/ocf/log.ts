import { appendFileSync } from "node:fs";
import type { Redactor } from "../../core/redact.ts";
import type { OcfEnvironment } from "./environment.ts";
import type { System } from "./system.ts";

/**
 * Lines on standard error, which Pacemaker's executor puts into its log with the operation's name before them.
 * HA_LOGFACILITY and HA_LOGFILE stay unused for that reason: the same line would appear twice.
 */
export interface Log {
  /** A state was changed, or something an operator would ask about. Not for "all is well". */
  info(text: string): void;
  warn(text: string): void;
  /** Each step towards the outside, only with OCF_TRACE_RA. */
  trace(text: string): void;
}

export function createLog(
  system: Pick<System, "now" | "stderr">,
  environment: OcfEnvironment,
  redactor: Redactor,
): Log {
  const start = system.now();
  const line = (text: string) => `${oneLine(redactor.redact(text))}\n`;
  const traceTo = traceWriter(system, environment.traceFile);
  return {
    info: (text) => system.stderr(line(`INFO: ${text}`)),
    warn: (text) => system.stderr(line(`WARNING: ${text}`)),
    trace: (text) => {
      if (environment.trace) traceTo(line(`TRACE: +${Math.round(system.now() - start)}ms ${text}`));
    },
  };
}

/** Exit reasons and log lines are one line each, whatever a tool or an image has put into them. */
export function oneLine(text: string): string {
  return text
    .replace(/[\r\n]+/g, " ")
    .replace(/\p{Cc}/gu, "")
    .trim()
    .slice(0, 1000);
}

function traceWriter(system: Pick<System, "stderr">, file: string | undefined): (line: string) => void {
  if (file === undefined || file === "/dev/stderr") return system.stderr;
  return (line) => {
    try {
      appendFileSync(file, line, { mode: 0o600 });
    } catch {
      // A trace that cannot be written is no reason to fail the service.
      system.stderr(line);
    }
  };
}
