import { type Stats, statSync } from "node:fs";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { seconds } from "../ocf/deadline.ts";
import { OcfError, type Outcome, success } from "../ocf/outcome.ts";
import { missingText, readSentinel } from "./checks.ts";
import type { FilesystemTable } from "./parameters.ts";
import { runTool, wordsOf } from "./tool.ts";
import { isOurs, look, readOnlyProblem } from "./volume.ts";

/** Kept of the time for taking a wrong volume away again. */
const UNDO_SHARE = 0.25;
/** e2fsck: 1 errors were corrected, 2 and a reboot is advised, which is meant for a mounted root only. */
const REPAIRED = 3;

export async function startFilesystem(context: Context<FilesystemTable>): Promise<Outcome> {
  const { parameters, system, log } = context;
  const began = system.now();
  const { at, volume, mounts } = look(context);
  const { directory } = volume;
  if (at.kind === "foreign") {
    return failed(`${at.mount.source} is mounted at ${directory}, so ${parameters.device} cannot be`);
  }
  if (at.kind === "absent") {
    requirePlaces(context);
    const elsewhere = mounts.find((mount) => isOurs(volume, mount));
    if (elsewhere) return failed(`${parameters.device} is mounted already, at ${elsewhere.point}`);
    await repair(context);
    await mount(context, directory);
  }
  const mounted = look(context).at;
  if (mounted.kind !== "ours") return failed(`mount reported success, but ${directory} shows no mount`);
  const problem = readOnlyProblem(mounted.mount, parameters.options);
  if (problem !== undefined) return failed(problem);
  if (parameters.sentinel !== undefined) {
    const wrong = await sentinelFailure(context, directory);
    // What was mounted before is Pacemaker's to stop.
    if (wrong && at.kind === "absent") await unmountAgain(context, directory);
    if (wrong) return wrong;
  }
  if (at.kind === "absent") {
    log.info(
      `${parameters.device} is mounted at ${directory}, ${seconds(system.now() - began)} after start was called`,
    );
  }
  return success;
}

/**
 * What a host has to have, also asked by validate-all at level 10.
 * @throws OcfError with code 5
 */
export function requirePlaces({ parameters }: Context<FilesystemTable>): void {
  const directory = statOf(parameters.directory);
  if (!directory?.isDirectory()) {
    const what = directory ? "is not a directory" : "does not exist";
    throw new OcfError(
      Ocf.installed,
      `${parameters.directory} ${what} on this host: mkdir -p ${parameters.directory}`,
    );
  }
  const device = statOf(parameters.device);
  if (!device) throw new OcfError(Ocf.installed, `${parameters.device} does not exist on this host`);
  // mount refuses everything else that is no block device by itself; a file it would attach to a loop device.
  if (device.isFile()) {
    throw new OcfError(
      Ocf.installed,
      `${parameters.device} is a plain file on this host, left by something that wrote while the device was missing`,
    );
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Replays the journal and corrects what is safe to correct; more than that is for a human to decide. */
async function repair(context: Context<FilesystemTable>): Promise<void> {
  const { device, fstype } = context.parameters;
  if (!/^ext[234]$/.test(fstype)) return;
  const result = await runTool(context, ["e2fsck", "-p", device]);
  if (result.code > REPAIRED) {
    throw new OcfError(Ocf.generic, `e2fsck -p ${device} ended with code ${result.code}: ${wordsOf(result)}`);
  }
  if (result.code > 0) context.log.warn(`e2fsck corrected ${device}: ${wordsOf(result)}`);
}

async function mount(context: Context<FilesystemTable>, directory: string): Promise<void> {
  const { device, fstype, options } = context.parameters;
  const result = await runTool(context, ["mount", "-t", fstype, "-o", options, "--", device, directory]);
  if (result.code !== 0) {
    throw new OcfError(Ocf.generic, `${device} cannot be mounted at ${directory}: ${wordsOf(result)}`);
  }
}

async function sentinelFailure(
  context: Context<FilesystemTable>,
  directory: string,
): Promise<Outcome | undefined> {
  const limitMs = context.deadline.remainingMs() * (1 - UNDO_SHARE);
  const sentinel = await readSentinel(context, directory, limitMs);
  switch (sentinel.kind) {
    case "there":
      return undefined;
    case "missing":
      return { code: Ocf.installed, reason: missingText(context.parameters) };
    case "unreadable":
      return failed(`${directory} is mounted, but cannot be read: ${sentinel.why}`);
  }
}

/** Nothing may find the wrong volume there; when it stays all the same, stop has more means. */
async function unmountAgain(context: Context<FilesystemTable>, directory: string): Promise<void> {
  const result = await runTool(context, ["umount", "--", directory]);
  if (result.code !== 0) context.log.warn(`${directory} stays mounted: ${wordsOf(result)}`);
}

function failed(reason: string): Outcome {
  return { code: Ocf.generic, reason };
}
