import { existsSync, readFileSync } from "node:fs";
import { messageOf } from "../../core/message.ts";
import { isAlive } from "../engine/processes.ts";
import { namesIn, pidsOf, targetOf, textOf } from "../host/processes.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import type { System } from "../ocf/system.ts";
import type { ParameterTable } from "../ocf/table.ts";

/**
 * What this host shows of its NFS server, without asking any program. Synchronous: small files of the kernel and of
 * the host's own disk, never of the volume, which may hang.
 */

export const SERVER_UNIT = "nfs-server.service";
export const TRACKER_UNIT = "nfsdcld.service";

/** Is the kernel's NFS server there to be looked at? */
export function isNfsdMounted(system: System): boolean {
  return existsSync(threadsFile(system));
}

/**
 * Kernel threads that serve NFS.
 * @throws OcfError when that cannot be found out; "none" is never a guess.
 */
export function threadCount(system: System): number {
  let text: string;
  try {
    text = readFileSync(threadsFile(system), "utf8");
  } catch (error) {
    // Without /proc/fs/nfsd the kernel's own process table still tells.
    if (isAbsence(error)) return processesNamed(system, "nfsd").length;
    throw new OcfError(Ocf.generic, `cannot find out whether the NFS server runs: ${messageOf(error)}`);
  }
  if (!/^\d+\s*$/.test(text)) {
    throw new OcfError(Ocf.generic, `${threadsFile(system)} holds no number, but "${text.trim()}"`);
  }
  return Number(text);
}

/** Living processes of that name (at most 15 characters, as the kernel keeps it). @throws OcfError */
export function processesNamed({ procDir }: System, name: string): readonly number[] {
  let pids: readonly number[];
  try {
    pids = pidsOf(procDir);
  } catch (error) {
    throw new OcfError(Ocf.generic, `the process table cannot be read: ${messageOf(error)}`);
  }
  return pids
    .filter((pid) => textOf(`${procDir}/${pid}/comm`).trimEnd() === name)
    .filter((pid) => isAlive(procDir, pid));
}

/** The daemon that remembers which clients hold locks; it keeps its database open as long as it lives. */
export function trackers(system: System): readonly number[] {
  return processesNamed(system, "nfsdcld");
}

/** Does the process hold a file open in that directory? Needs root, as agents are. */
export function holdsOpen({ procDir }: System, pid: number, directory: string): boolean {
  const fds = `${procDir}/${pid}/fd`;
  return namesIn(fds).some((fd) => targetOf(`${fds}/${fd}`)?.startsWith(`${directory}/`));
}

/** One line of etab: what rpc.mountd tells the kernel on demand. */
export interface Exported {
  readonly directory: string;
  readonly client: string;
}

/** @throws OcfError when it exists and cannot be read. */
export function exportTable({ libDir }: System): readonly Exported[] {
  const path = `${libDir}/nfs/etab`;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isAbsence(error)) return [];
    throw new OcfError(Ocf.generic, `cannot find out what is exported: ${messageOf(error)}`);
  }
  return text.split("\n").flatMap((line) => {
    const [, directory, client] = /^(\S+)\s+([^\s(]+)\(/.exec(line) ?? [];
    return directory && client ? [{ directory, client }] : [];
  });
}

/** Which of the directories are not exported. */
export function notExported(system: System, directories: readonly string[]): readonly string[] {
  const exported = new Set(exportTable(system).map(({ directory }) => directory));
  return directories.filter((directory) => !exported.has(directory));
}

/**
 * The file that exports our directories. It is written before anything is started and removed only after the last
 * thread has ended, so it also tells whether the server is this resource's.
 */
export function exportsFile({ system, instance }: Context<ParameterTable>): string {
  return `${system.etcDir}/exports.d/skyha-${encodeURIComponent(instance)}.exports`;
}

function threadsFile({ procDir }: System): string {
  return `${procDir}/fs/nfsd/threads`;
}

function isAbsence(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
