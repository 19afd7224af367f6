import { readdir, stat } from "node:fs/promises";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import type { ContainerTable } from "./parameters.ts";
import { mountPaths } from "./settings.ts";

/** A server's data on this host, as its parameters name it. */
export interface DataDirectory {
  readonly path: string;
  /** Whether a server may make new data in an empty directory. */
  readonly initialize: boolean;
}

/** An absolute path that an engine's option takes for a whole: no blanks, commas or colons, no "." and "..". */
export const PATH_PATTERN = /^(?:\/(?!\.{1,2}(?:\/|$))[\p{L}\p{N}._@+=%-]+)+\/?$/u;
export const PATH_TEXT = "an absolute path without blanks, commas and colons";

const OWNER_MAY_ALL = 0o700;
/** What mkfs leaves at the top of a file system. */
const LOST_FOUND = "lost+found";

/**
 * Names in the data directory, without the sentinel and lost+found. An empty one is refused, because it is what a
 * lost data set looks like, unless new data is wanted and the place is proven to be the right volume. To be asked
 * from an extension's `admit`, when the paths of mount_check have been seen with their sentinels.
 * @throws OcfError
 */
export async function requireData(
  context: Context<ContainerTable>,
  { path, initialize }: DataDirectory,
): Promise<readonly string[]> {
  // Bounded, because looking at a path on a suspended volume may take for ever.
  const found = await context.deadline.during(path, () => look(path));
  if (typeof found === "string") throw new OcfError(Ocf.installed, `data_directory ${path} ${found}`);
  if ((found.mode & OWNER_MAY_ALL) !== OWNER_MAY_ALL) {
    throw new OcfError(
      Ocf.installed,
      `data_directory ${path} may not be used by its own owner: chmod u+rwx ${path}`,
    );
  }
  const { sentinel } = context.parameters;
  const names = found.names.filter((name) => name !== sentinel && name !== LOST_FOUND);
  if (names.length > 0) return names;
  if (!initialize) {
    throw new OcfError(
      Ocf.installed,
      `data_directory ${path} is empty: refusing to start without the data (initialize=yes makes new ones)`,
    );
  }
  if (!found.names.includes(sentinel) && !isOnCheckedVolume(context, path)) {
    throw new OcfError(
      Ocf.installed,
      `data_directory ${path} is empty, and nothing proves that it is the right place for new data: set mount_check to the volume's mount point, or touch ${path}/${sentinel}`,
    );
  }
  context.log.info(`data_directory ${path} is empty: new data will be made in it`);
  return names;
}

function isOnCheckedVolume({ parameters }: Context<ContainerTable>, path: string): boolean {
  return mountPaths(parameters).some((mount) => `${path}/`.startsWith(mount === "/" ? "/" : `${mount}/`));
}

async function look(path: string): Promise<{ mode: number; names: readonly string[] } | string> {
  try {
    const stats = await stat(path);
    if (!stats.isDirectory()) return "is not a directory";
    return { mode: stats.mode, names: await readdir(path) };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return code === "ENOENT" ? "does not exist on this host" : `cannot be read on this host: ${code}`;
  }
}
