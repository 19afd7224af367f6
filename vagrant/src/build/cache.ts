import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { Ledger } from "../ledger.ts";
import { withLock } from "../lock.ts";
import { cacheRoot } from "../paths.ts";
import { step } from "../progress.ts";

/** What a build may use: where to put its result, and the ledger for whatever it starts. */
export interface Workshop {
  readonly ledger: Ledger;
  readonly directory: string;
  readonly logFile: string;
}

export interface Artefact {
  readonly name: string;
  /** Everything the content depends on; the cache key is its hash. */
  readonly recipe: unknown;
  readonly build: (workshop: Workshop) => Promise<void>;
}

export function artefactPath(artefact: Pick<Artefact, "name" | "recipe">): string {
  const hash = createHash("sha256").update(JSON.stringify(artefact.recipe)).digest("hex").slice(0, 16);
  return join(cacheRoot(), `${artefact.name}-${hash}`);
}

/**
 * The artefact's directory, built when the cache has none. Built beside its final place and renamed, so
 * a directory under its final name is always complete; a second builder waits and finds it.
 */
export async function obtain(ledger: Ledger, artefact: Artefact): Promise<string> {
  const final = artefactPath(artefact);
  if (existsSync(final)) return final;
  mkdirSync(cacheRoot(), { recursive: true, mode: 0o700 });
  return await withLock(`${final}.lock`, `another build of ${artefact.name}`, async () => {
    if (existsSync(final)) return final;
    // A name of this build's own: what an earlier, killed build still writes must not mix with it, and
    // the clean-up after that build must not take this one away.
    const directory = `${final}.part-${randomBytes(4).toString("hex")}`;
    const id = ledger.record({ kind: "directory", path: directory });
    mkdirSync(directory, { mode: 0o755 });
    await step(`building ${artefact.name}`, () =>
      artefact.build({ ledger, directory, logFile: `${final}.log` }),
    );
    renameSync(directory, final);
    ledger.gone(id);
    return final;
  });
}
