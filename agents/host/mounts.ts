import { readFileSync } from "node:fs";

/** One line of mountinfo, see proc_pid_mountinfo(5). */
export interface Mount {
  /** Device number "MAJOR:MINOR"; major 0 for file systems without a device of their own (btrfs too). */
  readonly number: string;
  readonly point: string;
  /** Options of this mount. */
  readonly options: readonly string[];
  readonly fstype: string;
  readonly source: string;
  /** Options of the file system itself: here the kernel says "ro" after an error. */
  readonly superOptions: readonly string[];
}

/**
 * The mounts of the agent's own namespace, in the order they were made.
 * @throws Error when the kernel shows none: every process has at least a root, so that is no answer.
 */
export function readMounts(procDir: string): readonly Mount[] {
  const path = `${procDir}/self/mountinfo`;
  const mounts = parseMountinfo(readFileSync(path, "utf8"));
  if (mounts.length === 0) throw new Error(`${path} is empty`);
  return mounts;
}

/** Lines that are none are left out. */
export function parseMountinfo(text: string): readonly Mount[] {
  return text.split("\n").flatMap((line) => parseLine(line) ?? []);
}

function parseLine(line: string): Mount | undefined {
  const fields = line.split(" ");
  // Optional fields of any number end with a single hyphen.
  const hyphen = fields.indexOf("-", 6);
  const [, , number, , point, options] = fields;
  const [fstype, source, superOptions] = fields.slice(hyphen + 1);
  if (hyphen < 0 || !number || !point || options === undefined || !fstype || source === undefined) {
    return undefined;
  }
  return {
    number,
    point: unescaped(point),
    options: options.split(","),
    fstype,
    source: unescaped(source),
    superOptions: (superOptions ?? "").split(","),
  };
}

/** Blanks and the like are octal escapes. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_all, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Of mounts on the same directory the last one covers the others. */
export function mountAt(mounts: readonly Mount[], directory: string): Mount | undefined {
  return mounts.findLast((mount) => mount.point === directory);
}

/** What is mounted on a directory and below it, in the order in which it can be unmounted. */
export function mountsUpTo(mounts: readonly Mount[], directory: string): readonly Mount[] {
  const depth = (mount: Mount) => mount.point.split("/").length;
  // Sorting keeps the order of equals, so the later of two on one directory comes first.
  return mounts
    .filter((mount) => isWithin(mount.point, directory))
    .toReversed()
    .toSorted((a, b) => depth(b) - depth(a));
}

export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
