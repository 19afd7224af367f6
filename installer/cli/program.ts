import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { usageError } from "../../core/report.ts";

/** The executable that goes to the hosts: this one, unless skyha runs from its sources. */
export function ownProgram(given: string | undefined): string {
  const compiled = !basename(process.execPath).startsWith("bun");
  const path = resolve(given ?? (compiled ? process.execPath : "dist/skyha"));
  if (existsSync(path)) return path;
  throw usageError("usage.no-program", { path });
}
