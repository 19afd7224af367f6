import { type Argv, CommandError, type Host, run } from "../../core/host.ts";
import type { Config, HostConfig } from "../config/schema.ts";
import { backingFile } from "../names.ts";
import { ask } from "./ask.ts";
import { parseBlkid, parseDf } from "./parse.ts";

/** Bytes of a file system. */
export interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface BackingFacts {
  readonly kind: "file" | "device";
  readonly path: string;
  readonly exists: boolean;
  readonly sizeBytes: number;
  /** Bytes really on disk; of a device: its size. */
  readonly allocatedBytes: number;
  /** `blkid -p`: TYPE, or `partition table`; undefined: no signature. */
  readonly signature: string | undefined;
}

/** Of the file system that holds a path, or will. @throws CommandError */
export async function freeSpace(host: Host, path: string): Promise<Space> {
  const program =
    'p=$1; while [ ! -d "$p" ]; do p=$(dirname -- "$p"); done; exec df -B1 --output=avail,size -- "$p"';
  return parseDf(await run(host, ["sh", "-c", program, "space", path]));
}

export async function gatherBacking(host: Host, config: Config, own: HostConfig): Promise<BackingFacts> {
  const device = own.backing?.lv ?? own.backing?.disk;
  const path = device ?? backingFile(config.data_dir);
  const stat = await ask(host, ["stat", "-L", "-c", "%s %b %B %F", path]);
  if (stat.code !== 0) {
    return {
      kind: device ? "device" : "file",
      path,
      exists: false,
      sizeBytes: 0,
      allocatedBytes: 0,
      signature: undefined,
    };
  }
  const [size, blocks, blockSize] = stat.stdout.split(" ").map(Number);
  const sizeBytes = device ? Number(await run(host, ["blockdev", "--getsize64", path])) : (size ?? 0);
  return {
    kind: device ? "device" : "file",
    path,
    exists: true,
    sizeBytes,
    allocatedBytes: device ? sizeBytes : (blocks ?? 0) * (blockSize ?? 0),
    signature: await gatherSignature(host, path),
  };
}

/**
 * What `blkid -p` finds; undefined only when it proves that there is nothing. A file system inside DRBD's internal
 * metadata is "ambivalent" to it (code 8), so both are asked for by usage.
 */
async function gatherSignature(host: Host, path: string): Promise<string | undefined> {
  const any = await blkid(host, path);
  if (any !== "ambivalent") return any;
  return (await blkid(host, path, "raid")) ?? any;
}

export async function blkid(
  host: Host,
  path: string,
  usage?: "raid" | "filesystem",
): Promise<string | undefined> {
  const argv: Argv = ["blkid", "-p", "-o", "export", ...(usage === undefined ? [] : ["-u", usage]), path];
  const result = await host.exec(argv);
  if (result.code === 2 && result.stdout.trim() === "") return undefined;
  if (result.code === 8) return "ambivalent";
  if (result.code !== 0) throw new CommandError(host.name, argv, result);
  const tags = parseBlkid(result.stdout);
  return tags.get("TYPE") ?? (tags.has("PTTYPE") ? "partition table" : "something unknown");
}
