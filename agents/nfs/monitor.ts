import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { messageOf } from "../../core/message.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { notRunning, type Outcome, success } from "../ocf/outcome.ts";
import { parseExports } from "./exports.ts";
import { exportsFile, notExported, processesNamed, threadCount, trackers } from "./host.ts";
import type { NfsTable } from "./parameters.ts";
import { nullCallProblem } from "./rpc.ts";
import { notMounted } from "./volume.ts";

/**
 * "Not running" is said of a kernel without NFS threads, and by a probe also of somebody else's server that exports
 * none of our directories. Starts no program.
 */
export async function monitorNfs(context: Context<NfsTable>): Promise<Outcome> {
  const { environment, system, parameters, deadline, log, instance } = context;
  const file = exportsFile(context);
  if (threadCount(system) === 0) {
    if (environment.isProbe) return notRunning;
    return { code: Ocf.notRunning, reason: "no thread of the NFS server is left on this host" };
  }
  if (!existsSync(file)) {
    const directories = directoriesOf(parameters.exports);
    if (environment.isProbe && notExported(system, directories).length === directories.length) {
      log.warn(`an NFS server that ${instance} has not started runs on this host`);
      return notRunning;
    }
    return failed(`the NFS server runs, but ${file} is gone: the next exportfs -r ends the exports`);
  }
  const problem =
    (await servingProblem(context, deadline.remainingMs())) ??
    (environment.checkLevel >= 10 ? await readingProblem(context) : undefined);
  return problem === undefined ? success : failed(problem);
}

/** The first thing that keeps a running server from serving our directories, cheapest looks first. */
export async function servingProblem(
  context: Context<NfsTable>,
  limitMs: number,
): Promise<string | undefined> {
  const { parameters, system, deadline } = context;
  if (threadCount(system) === 0) return "no thread of the NFS server runs";
  const [path] = notMounted(context);
  if (path) return `${path} is not mounted, and the NFS server serves what lies under it`;
  // It tells the kernel who may mount what; without it clients hang as soon as the kernel's memory of that ends.
  if (processesNamed(system, "rpc.mountd").length === 0) return "rpc.mountd has ended";
  const [missing] = notExported(system, directoriesOf(parameters.exports));
  if (missing) return `${missing} is not exported`;
  if (parameters.state_directory && trackers(system).length === 0) {
    return "nfsdcld has ended: clients could not get their locks back after a switch";
  }
  return nullCallProblem(deadline, parameters, limitMs);
}

/** Reads each directory: a volume whose disk is gone still looks mounted. */
async function readingProblem({ parameters, deadline }: Context<NfsTable>): Promise<string | undefined> {
  for (const directory of directoriesOf(parameters.exports)) {
    try {
      await deadline.during(`reading ${directory}`, () => readdir(directory));
    } catch (error) {
      return messageOf(error);
    }
  }
  return undefined;
}

function directoriesOf(exports: string): readonly string[] {
  return parseExports(exports).map(({ directory }) => directory);
}

function failed(reason: string): Outcome {
  return { code: Ocf.generic, reason };
}
