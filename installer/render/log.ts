import { appendFileSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Redactor } from "../../core/redact.ts";
import { type ProgressView, plainProgress } from "./progress.ts";

/** A file that keeps every line of one run, redacted; readable by its owner only. */
export function openLog(
  command: string,
  redactor: Redactor,
): { readonly path: string; readonly view: ProgressView } {
  const folder = process.getuid?.() === 0 ? "/var/log/skyha" : join(homedir(), ".local", "state", "skyha");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stamp = new Date().toISOString().replace(/[-:]/g, "").replace(/\..*/, "");
  const path = join(folder, `${command}-${stamp}-${process.pid}.log`);
  const view = plainProgress((text) => appendFileSync(path, redactor.redact(text), { mode: 0o600 }));
  return { path, view };
}
