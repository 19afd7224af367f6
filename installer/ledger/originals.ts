import { z } from "zod";
import { type Argv, type Host, run } from "../../core/host.ts";
import { PATHS } from "../names.ts";

/*
 * What a host had before the first installation changed it, below /var/lib/skyha/original (0700):
 *   units.json     which services started at boot; without it nothing is recorded, as on a host whose pair is older
 *   files/PATH     a file as it was, with owner and mode
 *   absent/PATH    there was none
 * The first word counts: what a later installation finds is skyha's own.
 */

const unitsSchema = z.record(z.string(), z.string());

/** `systemctl show -p UnitFileState` by unit; empty: there was no such unit. */
export type OriginalUnits = Readonly<Record<string, string>>;

export interface Originals {
  /** Undefined: nothing was recorded on this host. */
  readonly units: OriginalUnits | undefined;
  /** By path, what is known of the file that was there. */
  readonly files: ReadonlyMap<string, "kept" | "absent">;
}

const KEEP = [
  "set -eu",
  "umask 077",
  '[ -e "$1/units.json" ] || exit 0',
  'copy="$1/files$2"; none="$1/absent$2"',
  'if [ -e "$copy" ] || [ -L "$copy" ] || [ -e "$none" ]; then exit 0; fi',
  'if [ -e "$2" ] || [ -L "$2" ]; then',
  '  mkdir -p -- "$(dirname -- "$copy")"',
  '  cp -a -- "$2" "$copy.new"',
  '  sync -- "$copy.new" 2>/dev/null || true',
  '  mv -f -- "$copy.new" "$copy"',
  'else mkdir -p -- "$(dirname -- "$none")"; : > "$none"; fi',
].join("\n");

/** Places that are skyha's alone: nothing of anybody's was there. */
const OWN = [`${PATHS.state}/`, "/etc/skyha/"];

/** Before a file is written for the first time: what was there, or that nothing was. */
export async function keepOriginal(host: Host, path: string): Promise<void> {
  if (OWN.some((place) => path.startsWith(place))) return;
  await run(host, ["sh", "-c", KEEP, "keep", PATHS.originals, path]);
}

const GIVE_BACK = [
  "set -eu",
  "umask 077",
  'copy="$1/files$2"',
  'if [ -e "$copy" ] || [ -L "$copy" ]; then',
  '  tmp="$2.skyha-new.$$"',
  "  trap 'rm -f -- \"$tmp\"' EXIT",
  '  cp -a -- "$copy" "$tmp"',
  '  mv -f -- "$tmp" "$2"',
  'else rm -f -- "$2"; fi',
].join("\n");

/** Code 1: it is not as it was. */
const IS_BACK = [
  'copy="$1/files$2"',
  'if [ -L "$copy" ]; then [ "$(readlink -- "$copy")" = "$(readlink -- "$2")" ]',
  'elif [ -e "$copy" ]; then cmp -s -- "$copy" "$2"',
  'else [ ! -e "$2" ] && [ ! -L "$2" ]; fi',
].join("\n");

const words = (program: string, path: string): Argv => [
  "sh",
  "-c",
  program,
  "original",
  PATHS.originals,
  path,
];

/** The file as it was; where nothing is recorded, or nothing was there, it goes. */
export async function giveBack(host: Host, path: string): Promise<void> {
  await run(host, words(GIVE_BACK, path));
}

/** @returns what is still wrong */
export async function notGivenBack(host: Host, path: string): Promise<string | undefined> {
  const { code } = await host.exec(words(IS_BACK, path));
  return code === 0 ? undefined : `${path} is not as it was`;
}

const LIST = 'cd "$1" 2>/dev/null || exit 0; find files absent ! -type d -printf "%p\\n" 2>/dev/null; true';

/** @throws HostError, Error for a record that cannot be read */
export async function readOriginals(host: Host): Promise<Originals> {
  const units = await host.read(PATHS.originalUnits);
  const listed = await run(host, ["sh", "-c", LIST, "list", PATHS.originals]);
  const files = listed.split("\n").flatMap((line): [string, "kept" | "absent"][] => {
    const [, kind, path] = /^(files|absent)(\/.+)$/.exec(line) ?? [];
    return path === undefined ? [] : [[path, kind === "files" ? "kept" : "absent"]];
  });
  return {
    units: units === undefined ? undefined : parseUnitsRecord(host.name, units),
    files: new Map(files),
  };
}

function parseUnitsRecord(host: string, text: string): OriginalUnits {
  try {
    return unitsSchema.parse(JSON.parse(text));
  } catch {
    throw new Error(`${host}: ${PATHS.originalUnits} cannot be read`);
  }
}
