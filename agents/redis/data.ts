import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { requireData } from "../container/data-directory.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import type { RedisTable } from "./parameters.ts";

/** A file that another kind of server keeps in its data directory, and the server. */
const OTHERS: Readonly<Record<string, string>> = { PG_VERSION: "PostgreSQL", ibdata1: "MySQL or MariaDB" };

/** Refuses to start a server that would not serve the data in its directory. @throws OcfError */
export async function requireRedisData(context: Context<RedisTable>): Promise<void> {
  const { data_directory: path, initialize } = context.parameters;
  const names = await requireData(context, { path, initialize });
  for (const [name, owner] of Object.entries(OTHERS)) {
    // The images' entry points give everything in the directory to another user.
    if (names.includes(name)) throw refused(`data_directory ${path} holds data of ${owner}`);
  }
  const problem = await context.deadline.during(path, () => passedOver(context, names));
  if (problem) throw refused(`data_directory ${path} ${problem}`);
}

/**
 * Data the server would not load. It reads either the append-only file or the snapshot, says nothing about the
 * other, and overwrites that one later.
 */
async function passedOver(
  { parameters }: Context<RedisTable>,
  names: readonly string[],
): Promise<string | undefined> {
  const { data_directory: path, appendonly } = parameters;
  const snapshots = await newest(
    path,
    names.filter((name) => name.endsWith(".rdb") && !name.startsWith("temp-")),
  );
  const changes = await newest(path, await appendOnlyFiles(path, names));
  if (appendonly && snapshots && !changes) {
    return `holds the snapshot ${snapshots.name} and no append-only file: with appendonly=yes the server would start empty. Start once with appendonly=no, then CONFIG SET appendonly yes, and back to appendonly=yes`;
  }
  if (!appendonly && changes && changes.time > (snapshots?.time ?? 0)) {
    return `holds an append-only file (${changes.name}) that is newer than its snapshot: with appendonly=no the server would not load it`;
  }
  return undefined;
}

/** In the directory itself before version 7, in a directory below it since. */
async function appendOnlyFiles(path: string, names: readonly string[]): Promise<readonly string[]> {
  const isChanges = (name: string) => name.endsWith(".aof") || name.endsWith(".manifest");
  const deeper = await Promise.all(
    names
      .filter((name) => !/\.(aof|rdb|conf)$/.test(name))
      .map(async (name) => {
        const inside = await readdir(join(path, name)).catch(() => []);
        return inside.filter(isChanges).map((file) => join(name, file));
      }),
  );
  return [...names.filter(isChanges), ...deeper.flat()];
}

async function newest(path: string, names: readonly string[]) {
  const files = await Promise.all(
    names.map(async (name) => {
      const stats = await stat(join(path, name)).catch(() => undefined);
      return stats?.isFile() ? [{ name, time: stats.mtimeMs }] : [];
    }),
  );
  return files.flat().toSorted((a, b) => b.time - a.time)[0];
}

function refused(reason: string): OcfError {
  return new OcfError(Ocf.installed, reason);
}
