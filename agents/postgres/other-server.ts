import { readdirSync, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { containerProcesses, isAlive } from "../engine/processes.ts";

/**
 * Process number of a PostgreSQL server that works in this directory, undefined when there is none.
 *
 * postmaster.pid cannot tell: in a container it holds a number of another process table (1, mostly), by which the
 * server takes another container's lock for its own left-over. Its working directory is PGDATA wherever it runs,
 * and device and inode of that are the same in every mount namespace.
 * @param ours id of this resource's container, which may be replaced.
 */
export async function otherServer(
  procDir: string,
  pgdata: string,
  ours: string | undefined,
): Promise<number | undefined> {
  const directory = await stat(pgdata);
  const servers: number[] = [];
  for (const name of readdirSync(procDir).filter((entry) => /^\d+$/.test(entry))) {
    // The name first: the working directory of something else may be on a file system that hangs.
    if (!/postgres|postmaster/.test(commandOf(procDir, name))) continue;
    const cwd = await stat(`${procDir}/${name}/cwd`).catch(() => undefined);
    if (cwd?.dev === directory.dev && cwd.ino === directory.ino && isAlive(procDir, Number(name))) {
      servers.push(Number(name));
    }
  }
  if (servers.length === 0) return undefined;
  const inside = containerProcesses(procDir).filter(({ id }) => id === ours);
  return servers.find((pid) => !inside.some((process) => process.pid === pid));
}

function commandOf(procDir: string, pid: string): string {
  try {
    return readFileSync(`${procDir}/${pid}/comm`, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}
