import { type Code, catalog, type PayloadOf } from "./catalog.ts";
import { Exit, type ExitCode } from "./exit.ts";

/** One finding, error or result. Commands return reports; renderers (ink, plain, JSON) print them. */
export type Report = {
  [C in Code]: { readonly code: C; readonly payload: PayloadOf<C>; readonly host?: string };
}[Code];

export type Severity = "error" | "warning" | "info" | "done";

export interface DescribedReport {
  readonly severity: Severity;
  readonly code: Code;
  readonly host?: string;
  /** One line: what, where, why. */
  readonly text: string;
  /** The command or edit that helps, when there is one. */
  readonly next?: string;
}

export function report<C extends Code>(code: C, payload: PayloadOf<C>, host?: string): Report {
  // The union is over the same table the two arguments are typed by; TypeScript cannot see that they belong together.
  return { code, payload, ...(host === undefined ? {} : { host }) } as Extract<Report, { code: C }>;
}

export function describe(item: Report): DescribedReport {
  const entry: CatalogEntry = catalog[item.code] as CatalogEntry;
  const next = entry.next?.(item.payload);
  return {
    severity: entry.severity,
    code: item.code,
    ...(item.host === undefined ? {} : { host: item.host }),
    text: entry.text(item.payload),
    ...(next === undefined ? {} : { next }),
  };
}

interface CatalogEntry {
  readonly severity: Severity;
  readonly text: (payload: Report["payload"]) => string;
  readonly next?: (payload: Report["payload"]) => string | undefined;
}

/** Something the operator can understand and act on; anything else that is thrown is a bug and keeps its stack. */
export class SkyhaError extends Error {
  readonly reports: readonly Report[];
  readonly exitCode: ExitCode;
  constructor(reports: readonly Report[], exitCode: ExitCode = Exit.failed, options?: ErrorOptions) {
    super(reports.map((item) => describe(item).text).join("; "), options);
    this.name = "SkyhaError";
    this.reports = reports;
    this.exitCode = exitCode;
  }
}

/** Shorthand for the commonest error: one report, wrong input, nothing changed. */
export function usageError<C extends Code>(code: C, payload: PayloadOf<C>, host?: string): SkyhaError {
  return new SkyhaError([report(code, payload, host)], Exit.usage);
}
