import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { LabError } from "./errors.ts";
import type { Ledger } from "./ledger.ts";
import { identify } from "./process-id.ts";
import { failureText } from "./run.ts";

// The shell waits for the word before it becomes the command: if this program dies before the process is
// in the ledger, the pipe closes and the child ends without having done anything.
const GATE = 'read -r go && [ "$go" = go ] && exec "$@" </dev/null';

async function startRecorded(ledger: Ledger, role: string, argv: readonly string[], logFile: string) {
  const log = openSync(logFile, "a", 0o600);
  const child = spawn("sh", ["-c", GATE, "sh", ...argv], {
    detached: true,
    stdio: ["pipe", log, log],
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", LC_ALL: "C.UTF-8" },
  });
  closeSync(log);
  const started = child.pid === undefined ? undefined : identify(child.pid);
  if (started === undefined) throw new LabError(`could not start ${role}: ${argv[0] ?? ""}`);
  const id = ledger.record({ kind: "process", role, process: started });
  child.stdin?.end("go\n");
  return { child, id, process: started };
}

/** Starts a process that outlives this program (a guest, a BMC, the package server). */
export async function startDaemon(ledger: Ledger, role: string, argv: readonly string[], logFile: string) {
  const { child, process } = await startRecorded(ledger, role, argv, logFile);
  child.unref();
  return process;
}

/** Runs a long command (a build) to its end; a lab killed meanwhile still finds it in the ledger. */
export async function runRecorded(ledger: Ledger, role: string, argv: readonly string[], logFile: string) {
  const { child, id } = await startRecorded(ledger, role, argv, logFile);
  const [code]: (number | null)[] = await once(child, "exit");
  ledger.gone(id);
  if (code !== 0) {
    throw new LabError(
      failureText(argv, code ?? undefined, readFileSync(logFile, "utf8")),
      `read ${logFile}`,
    );
  }
}

/**
 * Own mount and process namespaces: what the command mounts vanishes with it, and killing the first
 * process kills all of them at once.
 */
export function isolated(argv: readonly string[]): string[] {
  return ["unshare", "--mount", "--pid", "--fork", "--kill-child", ...argv];
}
