import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isWithin, type Mount, parseMountinfo } from "../host/mounts.ts";
import { type Named, named, namesIn, pidsOf, targetOf, textOf } from "../host/processes.ts";
import type { Context } from "../ocf/context.ts";
import { TimeLimitError } from "../ocf/deadline.ts";
import type { FilesystemTable } from "./parameters.ts";
import { numberText } from "./volume.ts";

/** A process whose memory map hangs is one that hangs itself; the others are to be looked at as well. */
const MAPS_LIMIT_MS = 200;

/** Processes that keep a mount busy: with a directory, an open file or a mapped one on it or below it. */
export async function holdersOf(context: Context<FilesystemTable>, mount: Mount): Promise<readonly Named[]> {
  const { procDir } = context.system;
  const own = namespaceOf(procDir, "self");
  const holders: Named[] = [];
  for (const pid of pidsOf(procDir)) {
    const place = `${procDir}/${pid}`;
    // Paths are told as that process sees them: in another namespace the same path may be another file.
    const namespace = namespaceOf(procDir, pid);
    const sameView = namespace === undefined || namespace === own;
    if (linksInto(place, mount, sameView) || (await mapsInto(context, place, mount, sameView))) {
      holders.push(named(procDir, pid));
    }
  }
  return holders;
}

function linksInto(place: string, mount: Mount, sameView: boolean): boolean {
  const files = namesIn(`${place}/fd`).map((fd) => `${place}/fd/${fd}`);
  return [`${place}/cwd`, `${place}/root`, `${place}/exe`, ...files].some((link) => {
    const target = targetOf(link);
    return target !== undefined && isWithin(target, mount.point) && (sameView || isOn(link, mount));
  });
}

function isOn(link: string, mount: Mount): boolean {
  try {
    return numberText(statSync(link, { bigint: true }).dev) === mount.number;
  } catch {
    return false;
  }
}

/** Lines are "RANGE PERMISSIONS OFFSET MAJOR:MINOR INODE PATH", the device number in hexadecimal. */
async function mapsInto(
  { deadline }: Context<FilesystemTable>,
  place: string,
  mount: Mount,
  sameView: boolean,
): Promise<boolean> {
  const read = () => readFile(`${place}/maps`, "utf8").catch(() => "");
  const maps = await deadline.during(`${place}/maps`, read, MAPS_LIMIT_MS).catch((error: unknown) => {
    if (error instanceof TimeLimitError) return "";
    throw error;
  });
  if (!maps.includes(mount.point)) return false;
  return maps.split("\n").some((line) => {
    const [, number = "", path] = /^\S+ \S+ \S+ (\S+) \S+\s+(\/.*)$/.exec(line) ?? [];
    if (path === undefined || !isWithin(path, mount.point)) return false;
    const [major = "", minor = ""] = number.split(":");
    return sameView || `${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}` === mount.number;
  });
}

/**
 * One process of every other mount namespace in which the device is mounted: a container that was left over, or a
 * service with a view of its own. None of them keeps umount from success, but each keeps the device open.
 */
export function otherNamespacesWith(procDir: string, number: string): readonly Named[] {
  const seen = new Set([namespaceOf(procDir, "self")]);
  return pidsOf(procDir).flatMap((pid) => {
    const namespace = namespaceOf(procDir, pid);
    if (namespace === undefined || seen.has(namespace)) return [];
    seen.add(namespace);
    const mounts = parseMountinfo(textOf(`${procDir}/${pid}/mountinfo`));
    return mounts.some((mount) => mount.number === number) ? [named(procDir, pid)] : [];
  });
}

function namespaceOf(procDir: string, pid: number | "self"): string | undefined {
  return targetOf(`${procDir}/${pid}/ns/mnt`);
}
