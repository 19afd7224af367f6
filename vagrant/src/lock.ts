import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { LabError } from "./errors.ts";
import { say } from "./progress.ts";

/**
 * Holds flock(2) on `path` while `work` runs. The lock belongs to a child that ends with our end of its
 * pipe, so the kernel releases it however this program dies.
 */
export async function withLock<T>(path: string, waitingFor: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const holder = spawn("flock", ["--exclusive", path, "sh", "-c", "echo held; exec cat >/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const notice = setTimeout(() => say(`  … waiting for ${waitingFor}`), 1000);
  const ended = once(holder, "exit");
  try {
    const got = await Promise.race([once(holder.stdout, "data"), ended.then(() => undefined)]);
    clearTimeout(notice);
    if (got === undefined) throw new LabError(`cannot lock ${path}`);
    return await work();
  } finally {
    clearTimeout(notice);
    holder.stdin.end();
    await ended;
  }
}
