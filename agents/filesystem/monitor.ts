import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { notRunning, type Outcome, success } from "../ocf/outcome.ts";
import { readProblem, writeProblem } from "./checks.ts";
import { type FilesystemTable, wantsReadOnly } from "./parameters.ts";
import { noteSpace } from "./sample.ts";
import { look, readOnlyProblem } from "./volume.ts";

/** Level 0 asks the kernel's table only, and once an hour how full the volume is; 10 reads from the volume, 20 writes to it as well. */
export async function monitorFilesystem(context: Context<FilesystemTable>): Promise<Outcome> {
  const { environment, parameters, log } = context;
  const { at, volume } = look(context);
  if (at.kind === "absent") {
    return environment.isProbe
      ? notRunning
      : { code: Ocf.notRunning, reason: `nothing is mounted at ${volume.directory}` };
  }
  if (at.kind === "foreign") {
    const text = `${at.mount.source} is mounted at ${volume.directory}, not ${parameters.device}`;
    if (!environment.isProbe) return { code: Ocf.generic, reason: text };
    // Ours is proven not to run here, and a probe that failed would make Pacemaker act upon what is none of ours.
    log.warn(text);
    return notRunning;
  }
  const problem =
    readOnlyProblem(at.mount, parameters.options) ?? (await deepProblem(context, volume.directory));
  if (problem !== undefined) return { code: Ocf.generic, reason: problem };
  if (!environment.isProbe) await noteSpace(context, volume.directory);
  return success;
}

async function deepProblem(
  context: Context<FilesystemTable>,
  directory: string,
): Promise<string | undefined> {
  const { checkLevel } = context.environment;
  if (checkLevel === 0) return undefined;
  const problem = await readProblem(context, directory);
  if (problem !== undefined || checkLevel < 20 || wantsReadOnly(context.parameters.options)) return problem;
  return writeProblem(context, directory);
}
