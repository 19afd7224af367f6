import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NAME } from "./parameters.ts";

/** Where a temporary file may be, best first. A disk is no place for a password, so /run comes before /tmp. */
export const DIRECTORIES: readonly string[] = ["/run", tmpdir()];

/** No directory took the file. */
export class NoPlace extends Error {}

/**
 * Calls `use` with a file of mode 0600 that holds the text. It lives no longer than that, also when the agent is
 * asked to end by a signal, as Pacemaker does some seconds before it kills.
 * @throws NoPlace when it cannot be written; `use` was not called
 */
export async function withPrivateFile<T>(
  text: string,
  directories: readonly string[],
  use: (file: string) => Promise<T>,
): Promise<T> {
  const file = write(text, directories);
  const remove = () => rmSync(file, { force: true });
  const end = () => {
    remove();
    process.exit(1);
  };
  const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, end);
  try {
    return await use(file);
  } finally {
    remove();
    for (const signal of signals) process.off(signal, end);
  }
}

function write(text: string, directories: readonly string[]): string {
  const name = `${NAME}.${process.pid}.${randomBytes(8).toString("hex")}`;
  let failed: unknown;
  for (const directory of directories) {
    const file = join(directory, name);
    try {
      // "wx" never follows a link that somebody has put there before.
      writeFileSync(file, text, { mode: 0o600, flag: "wx" });
      return file;
    } catch (error) {
      failed = error;
      // An empty or half-written file of a full disk.
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST"))
        rmSync(file, { force: true });
    }
  }
  const code = failed instanceof Error && "code" in failed ? String(failed.code) : "error";
  throw new NoPlace(`cannot be written to ${directories.join(" or ")} (${code})`);
}
