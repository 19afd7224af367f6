import { mkdir, realpath, stat } from "node:fs/promises";
import { messageOf } from "../../core/message.ts";
import { containerParameters } from "../container/parameters.ts";
import { mountPoints, requireMounts } from "../container/places.ts";
import { textOf } from "../host/processes.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import { readValues } from "../ocf/values.ts";
import { mountPaths, type NfsTable } from "./parameters.ts";

/** Everything here touches the volume, which may hang, so each step is bounded and names its path. */

/**
 * The check of the container agent: mounted, and the right volume.
 * @throws OcfError with code 1 or 5
 */
export async function requireVolume(context: Context<NfsTable>): Promise<void> {
  const { mount_check, sentinel } = context.parameters;
  // The container agent's own parameters are none of ours; the check looks only at the two that we share.
  const { values } = readValues(containerParameters, {});
  await requireMounts({ ...context, parameters: { ...values, mount_check, sentinel } });
}

/** Paths of mount_check that are not mounted. Looks only at the kernel's list. */
export function notMounted({ parameters, system }: Context<NfsTable>): readonly string[] {
  const paths = mountPaths(parameters);
  if (paths.length === 0) return [];
  const mounted = mountPoints(textOf(`${system.procDir}/self/mountinfo`));
  return paths.filter((path) => !mounted.has(path));
}

/**
 * exportfs resolves links before it writes its table, so only real paths can be found in there again.
 * @throws OcfError with code 2 when one is missing on this host, no directory, or reached through a link.
 */
export async function requireDirectories(
  { deadline }: Context<NfsTable>,
  parameter: keyof NfsTable,
  directories: readonly string[],
): Promise<void> {
  for (const directory of directories) {
    const refuse = (why: string) => new OcfError(Ocf.arguments, `${parameter} names ${directory}, ${why}`);
    const look = async () => ({
      isDirectory: (await stat(directory)).isDirectory(),
      real: await realpath(directory),
    });
    const { isDirectory, real } = await deadline.during(directory, () =>
      look().catch((error: unknown) => {
        throw refuse(`which cannot be used on this host: ${messageOf(error)}`);
      }),
    );
    if (!isDirectory) throw refuse("which is no directory");
    if (real !== directory) throw refuse(`which is reached through a symbolic link: write ${real}`);
  }
}

/** Creates the directory of the client database, for root alone. @throws OcfError */
export async function makeStateDirectory(context: Context<NfsTable>, directory: string): Promise<void> {
  await context.deadline.during(directory, () =>
    mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw new OcfError(Ocf.generic, `state_directory cannot be created: ${messageOf(error)}`);
    }),
  );
  await requireDirectories(context, "state_directory", [directory]);
}
