import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Argv, CommandError, type Host, HostError, run, type WriteOptions } from "../../core/host.ts";

/** Code by which {@link READ_PROGRAM} says "does not exist", apart from every other failure. */
const ABSENT = 66;
const READ_PROGRAM = `if [ -e "$1" ]; then exec cat -- "$1"; elif [ -d "\${1%/*}" ] || [ ! -e "\${1%/*}" ]; then exit ${ABSENT}; else exit 1; fi`;

/** Shared by all Hosts: a file is read by `cat`, so that sudo works for it too. */
export async function readFile(host: Host, path: string): Promise<string | undefined> {
  const argv: Argv = ["sh", "-c", READ_PROGRAM, "read", path];
  const result = await host.exec(argv, { timeoutMs: 15_000 });
  if (result.code === 0) return result.stdout;
  if (result.code === ABSENT) return undefined;
  throw new HostError(host.name, `cannot read ${path}: ${result.stderr.trim() || `code ${result.code}`}`);
}

/**
 * Content by standard input, so that a secret is never in argv; fsync, then rename. Whoever sends it may be killed on the
 * way, which looks like the end of the content: what is not as long as was announced replaces nothing.
 */
const WRITE_PROGRAM = [
  "set -eu",
  "umask 077",
  'mkdir -p -m 755 -- "$(dirname -- "$1")"',
  'tmp="$1.skyha-new.$$"',
  "trap 'rm -f -- \"$tmp\"' EXIT",
  'cat > "$tmp"',
  '[ "$(stat -c %s -- "$tmp")" = "$3" ] || { echo "the content of $1 did not arrive whole" >&2; exit 1; }',
  'chmod "$2" "$tmp"',
  'sync -- "$tmp"',
  'mv -f -- "$tmp" "$1"',
].join("\n");

export async function writeFile(
  host: Host,
  path: string,
  content: string,
  options: WriteOptions = {},
): Promise<void> {
  const mode = (options.mode ?? 0o644).toString(8);
  const argv: Argv = ["sh", "-c", WRITE_PROGRAM, "write", path, mode, `${Buffer.byteLength(content)}`];
  const result = await host.exec(argv, { stdin: content, timeoutMs: 30_000 });
  if (result.code !== 0) throw new CommandError(host.name, ["write", path], result);
}

const UPLOAD_PROGRAM = [
  "set -eu",
  "umask 077",
  'mkdir -p -m 755 -- "$(dirname -- "$1")"',
  'tmp="$1.skyha-new.$$"',
  "trap 'rm -f -- \"$tmp\"' EXIT",
  'gzip -dc > "$tmp"',
  'echo "$2  $tmp" | sha256sum -c --quiet - >&2',
  'chmod "$3" "$tmp"',
  'sync -- "$tmp"',
  'mv -f -- "$tmp" "$1"',
].join("\n");

export function uploadProgram(path: string, sha256: string, options: WriteOptions): Argv {
  return ["sh", "-c", UPLOAD_PROGRAM, "upload", path, sha256, (options.mode ?? 0o644).toString(8)];
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest("hex");
}

/** SHA-256 of a file on a host, undefined when it does not exist. */
export async function remoteSha256(host: Host, path: string): Promise<string | undefined> {
  const directory = dirname(path);
  const found = await run(host, ["find", directory, "-maxdepth", "1", "-path", path, "-type", "f"]).catch(
    () => "",
  );
  if (found.trim() === "") return undefined;
  return (await run(host, ["sha256sum", path], { timeoutMs: 60_000 })).split(" ")[0];
}
