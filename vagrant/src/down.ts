import { existsSync, rmSync } from "node:fs";
import { type Ledger, type Made, openLedger } from "./ledger.ts";
import { withLock } from "./lock.ts";
import { removeLink } from "./network.ts";
import { statePath } from "./paths.ts";
import { bootId, killTree } from "./process-id.ts";
import { step } from "./progress.ts";

/** Takes back what the ledger says this lab made, newest first, and nothing else. True when there was a lab. */
export async function labDown(prefix: string): Promise<boolean> {
  if (!existsSync(statePath(prefix))) return false;
  return await withLock(`${statePath(prefix)}.lock`, `another command on lab ${prefix}`, async () => {
    if (!existsSync(statePath(prefix))) return false;
    await step(`taking lab ${prefix} down`, () => takeBack(prefix));
    return true;
  });
}

/**
 * Whoever ends this process early gets the machine back as it was. Signals that come while the lab goes down change
 * nothing: npm passes on the one that its whole process group has got already.
 */
export function downWhenEnded(prefix: string): void {
  let ending = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (ending) return;
      ending = true;
      void labDown(prefix).finally(() => process.exit(130));
    });
  }
}

/** The caller holds the lab's lock. */
export async function takeBack(prefix: string): Promise<void> {
  const ledger = openLedger(statePath(prefix, "ledger.jsonl"));
  ledger.close();
  // Processes first: a guest that runs holds its taps, and a BMC could turn a guest on again.
  await removeAll(ledger, (made) => made.kind === "process" && made.role.startsWith("bmc "));
  await removeAll(ledger, (made) => made.kind === "process");
  await removeAll(ledger, () => true);
  removeTree(statePath(prefix));
}

/** Something an interrupted run started may still be writing there for a moment. */
function removeTree(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

async function removeAll(ledger: Ledger, wanted: (made: Made) => boolean): Promise<void> {
  for (const { id, made } of ledger.standing()) {
    if (!wanted(made)) continue;
    await remove(made);
    ledger.gone(id);
  }
}

async function remove(made: Made): Promise<void> {
  if (made.kind === "process") return await killTree(made.process);
  if (made.kind === "directory") return removeTree(made.path);
  // Taps and bridges do not outlive a boot; what has the name now is somebody else's.
  if (made.boot === bootId()) await removeLink(made.name);
}
