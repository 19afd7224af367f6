import { readFileSync } from "node:fs";
import { type Known, known, unknown } from "../../core/cluster/known.ts";
import { type DrbdState, unconfigured } from "../../core/drbd/model.ts";
import { parseProcDrbd } from "../../core/drbd/proc.ts";
import { parseDrbdStatus } from "../../core/drbd/status.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import type { DrbdTable } from "./parameters.ts";

export type DrbdContext = Context<DrbdTable>;

/** What the kernel says of the resource: from /proc/drbd for module 8.4, from one call of drbdsetup for 9. */
export async function readState(context: DrbdContext): Promise<Known<DrbdState>> {
  const text = readProc(context);
  // No file, no module: nothing of DRBD can be active on this host.
  if (text === undefined) return known(unconfigured(undefined));
  const version = /^version:\s*(\d+)/m.exec(text)?.[1];
  if (version === undefined) return unknown("/proc/drbd has no version line");
  if (Number(version) < 9) return parseProcDrbd(text, await minorOf(context));
  const resource = context.parameters.drbd_resource;
  const asked = await context.run(["drbdsetup", "status", resource, "--json"]);
  // drbdsetup(8): 10 = no such resource.
  if (asked.code === 10) return known(unconfigured(undefined));
  if (asked.code !== 0) return unknown(`drbdsetup status: ${asked.stderr.trim() || `code ${asked.code}`}`);
  return parseDrbdStatus(asked.stdout, resource);
}

/** @throws OcfError when the state cannot be known: doubt is never "not running". */
export async function requireState(context: DrbdContext): Promise<DrbdState> {
  const state = await readState(context);
  if (!state.known)
    throw new OcfError(Ocf.generic, `the state of ${nameOf(context)} is unknown: ${state.why}`);
  return state.value;
}

export const nameOf = (context: DrbdContext): string => context.parameters.drbd_resource;

export const isUp = (state: DrbdState): boolean => state.connection !== "Unconfigured";

function readProc(context: DrbdContext): string | undefined {
  try {
    return readFileSync(`${context.system.procDir}/drbd`, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function minorOf(context: DrbdContext): Promise<number> {
  const device = context.parameters.device;
  if (device !== undefined) return Number(/\d+$/.exec(device)?.[0]);
  const asked = await context.run(["drbdadm", "sh-minor", nameOf(context)]);
  const minor = asked.stdout.trim();
  if (asked.code !== 0 || !/^\d+$/.test(minor)) {
    throw new OcfError(
      Ocf.generic,
      `drbdadm does not know ${nameOf(context)} with one volume: ${asked.stderr.trim() || minor || "no answer"}`,
    );
  }
  return Number(minor);
}
