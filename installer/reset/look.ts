import { type Argv, type Host, run } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { type Generations, parseGenerations } from "../brain/generations.ts";
import type { Config } from "../config/schema.ts";
import { gatherHost, type HostFacts } from "../facts/host.ts";
import { type Originals, readOriginals } from "../ledger/originals.ts";
import { DRBD, PATHS } from "../names.ts";

/** What DRBD's metadata says of one host's copy. */
export type Copy =
  | { readonly kind: "none" }
  /** Metadata that was never connected to anything: nobody has written there. */
  | { readonly kind: "unused" }
  | { readonly kind: "data"; readonly generations: Generations }
  | { readonly kind: "unknown"; readonly why: string };

/** Everything a reset has to know of one host. */
export interface ResetHost {
  readonly name: string;
  readonly facts: HostFacts;
  readonly copy: Copy;
  /** The CIB: the cluster's word, else the file of a cluster that does not run; undefined: there is none. */
  readonly cib: string | undefined;
  readonly originals: Originals;
  /** /etc/hosts before the first installation, where it is known. */
  readonly originalHosts: string | undefined;
  /** Names of containers that skyha's agents made. */
  readonly containers: { readonly all: readonly string[]; readonly running: readonly string[] };
  /** Of {@link OURS}, what exists. */
  readonly there: ReadonlySet<string>;
  /** The newest recovery copy in data_dir; undefined: there is none. */
  readonly backup: string | undefined;
  /** What is on the mounted volume; undefined: it is not mounted here. */
  readonly volume: readonly Content[] | undefined;
}

/** One directory of the volume. */
export interface Content {
  readonly path: string;
  /** KiB; undefined: not counted in time. */
  readonly sizeKiB: number | undefined;
  /** ISO 8601 to the second, and the path; undefined: no file, or not found in time. */
  readonly newest: string | undefined;
}

/** What is skyha's alone, apart from the files of which a former content may be known. */
export const OURS = {
  settings: "/etc/skyha",
  program: PATHS.program,
  applied: PATHS.applied,
  fenceProof: PATHS.fenceProof,
  drill: PATHS.drill,
  space: PATHS.space,
  originals: PATHS.originals,
  cib: `${PATHS.cibDirectory}/cib.xml`,
  pcsKnownHosts: PATHS.pcsKnownHosts,
} as const;

/** Reads only. @throws HostError, CommandError: what is not known is not taken for absent */
export async function lookAt(host: Host, config: Config, withContents: boolean): Promise<ResetHost> {
  const own = config.hosts.find(({ name }) => name === host.name);
  if (own === undefined) throw new Error(`the configuration has no host ${host.name}`);
  const facts = await gatherHost(host, config, own);
  const [copy, cibFile, originals, originalHosts, containers, there, backup, volume] = await Promise.all([
    copyOf(host, facts),
    host.read(OURS.cib),
    readOriginals(host),
    host.read(`${PATHS.originals}/files${PATHS.hosts}`),
    containersOf(host, config.engine),
    existing(host, Object.values(OURS)),
    newestBackup(host, config.data_dir),
    facts.mounted && withContents ? contents(host) : undefined,
  ]);
  return {
    name: host.name,
    facts,
    copy,
    cib: facts.cib ?? cibFile,
    originals,
    originalHosts,
    containers,
    there,
    backup,
    volume,
  };
}

/** drbdmeta's word for metadata that was just written (UUID_JUST_CREATED); the lowest bit is left out. */
const JUST_CREATED = "0000000000000004";

async function copyOf(host: Host, facts: HostFacts): Promise<Copy> {
  if (facts.backing.signature !== "drbd") {
    // Somebody else's file system, or nothing: no copy of ours either way.
    return facts.drbd.disk === "absent" ? { kind: "none" } : { kind: "unknown", why: facts.drbd.disk };
  }
  try {
    const text = await run(host, ["drbdadm", "get-gi", DRBD.resource], { timeoutMs: 30_000 });
    const generations = parseGenerations(text);
    if (generations === undefined) return { kind: "unknown", why: `drbdadm get-gi: ${text.trim()}` };
    return generations.current === JUST_CREATED ? { kind: "unused" } : { kind: "data", generations };
  } catch (error) {
    return { kind: "unknown", why: messageOf(error) };
  }
}

/** agents/container/service.ts puts it on each container it makes. */
const LABEL = "skyha.resource";
const IF_INSTALLED = 'command -v "$1" >/dev/null || exit 0; exec "$@"';

/** @throws CommandError when there is an engine and it does not answer */
async function containersOf(host: Host, engine: string): Promise<ResetHost["containers"]> {
  const listed = async (...more: string[]) => {
    const list = [engine, "ps", ...more, "--filter", `label=${LABEL}`, "--format", "{{.Names}}"];
    return lines(await run(host, ["sh", "-c", IF_INSTALLED, "containers", ...list], { timeoutMs: 60_000 }));
  };
  return { all: await listed("--all"), running: await listed() };
}

const EXISTING = 'for p; do if [ -e "$p" ] || [ -L "$p" ]; then printf "%s\\n" "$p"; fi; done';

async function existing(host: Host, paths: readonly string[]): Promise<Set<string>> {
  return new Set(lines(await run(host, ["sh", "-c", EXISTING, "existing", ...paths])));
}

const NEWEST_BACKUP =
  'for p in "$1"/recover/* "$1"/given-up-*; do [ -e "$p" ] && stat -c "%Y %n" -- "$p"; done | sort -n | tail -n 1';

async function newestBackup(host: Host, dataDir: string): Promise<string | undefined> {
  const found = (await run(host, ["sh", "-c", NEWEST_BACKUP, "backup", dataDir])).trim();
  const [, seconds, path] = /^(\d+) (.+)$/.exec(found) ?? [];
  return seconds === undefined ? undefined : `${path} (${timeText(Number(seconds))})`;
}

/** Per directory: KiB, then the newest file's time and path; each given up after a minute. */
const CONTENTS = [
  'find "$1" -mindepth 1 -maxdepth 1 -type d | sort | while read -r d; do',
  '  k=$(timeout 60 du -xsk -- "$d" 2>/dev/null | cut -f 1)',
  '  n=$(timeout 60 find "$d" -xdev -type f -printf "%T@ %p\\n" 2>/dev/null | sort -n | tail -n 1)',
  '  printf "%s\\t%s\\t%s\\n" "$d" "$k" "$n"',
  "done",
].join("\n");

async function contents(host: Host): Promise<Content[]> {
  const argv: Argv = ["sh", "-c", CONTENTS, "contents", PATHS.mount];
  const listed = await run(host, argv, { timeoutMs: 15 * 60_000 });
  return lines(listed).map((line) => {
    const [path = "", size = "", newest = ""] = line.split("\t");
    const [, seconds, file] = /^(\d+)\S* (.+)$/.exec(newest) ?? [];
    return {
      path,
      sizeKiB: size === "" ? undefined : Number(size),
      newest: seconds === undefined ? undefined : `${timeText(Number(seconds))} ${file}`,
    };
  });
}

const timeText = (epochSeconds: number): string =>
  new Date(epochSeconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");
