import { type Host, run } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { createRedactor } from "../../core/redact.ts";
import type { Config } from "../config/schema.ts";
import { PATHS } from "../names.ts";
import { type Source, sourcesOf, TIMELINE_FILES } from "./sources.ts";

/** What one host had to say, by file name; and what it did not say, with the reason. */
export interface HostPart {
  readonly host: string;
  readonly files: ReadonlyMap<string, string>;
  readonly missing: readonly { readonly file: string; readonly why: string }[];
}

const LIMIT_MS = 60_000;
/** Of one file; its end is what matters. */
const MAX_CHARACTERS = 8_000_000;

/**
 * Passwords of the services and of the BMCs, as the host has them.
 * @throws Error when they cannot be read: without knowing them nobody can say that they are not in the bundle
 */
export async function secretsOf(host: Host): Promise<string[]> {
  const program =
    '[ -d "$1" ] || exit 0; for f in "$1"/*.password; do [ -e "$f" ] || continue; cat "$f" || exit 1; echo; done';
  const text = await run(host, ["sh", "-c", program, "secrets", PATHS.secrets], { timeoutMs: LIMIT_MS });
  return text.split("\n").filter((line) => line.trim() !== "");
}

/** @param secrets of both hosts: the journal of one may have what the other one keeps */
export async function partOf(
  host: Host,
  config: Config,
  since: string,
  secrets: readonly string[],
  progress: (file: string) => void,
): Promise<HostPart> {
  const clean = cleaner(secrets);
  const files = new Map<string, string>();
  const missing: { file: string; why: string }[] = [];
  // One after the other: a host in trouble has other work.
  for (const source of sourcesOf(config, since)) {
    progress(source.file);
    try {
      files.set(source.file, clean(await said(host, source)));
    } catch (error) {
      missing.push({ file: source.file, why: clean(messageOf(error)) });
    }
  }
  return { host: host.name, files, missing };
}

async function said(host: Host, { argv }: Source): Promise<string> {
  const result = await host.exec(argv, { timeoutMs: LIMIT_MS });
  const end = result.timedOut ? "did not end in time" : `ended with code ${result.code}`;
  const text = `${result.stdout}${result.stderr}`;
  if (result.code !== 0 && text.trim() === "") throw new Error(`${argv[0]} ${end}`);
  return text.length > MAX_CHARACTERS ? `(its beginning is left out)\n${text.slice(-MAX_CHARACTERS)}` : text;
}

/** Known secrets, and what looks like one: private keys, values of parameters that are called password. */
export function cleaner(secrets: readonly string[]): (text: string) => string {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.add(secret.trim());
  return (text) =>
    redactor
      .redact(text)
      .replaceAll(
        /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----/gs,
        "****** (a private key)",
      )
      .replaceAll(/(name="(?:passwd|password|secret)"[^>]*value=")[^"]*/g, "$1******")
      .replaceAll(
        /(\b(?:password|passwd|requirepass|masterauth|PGPASSWORD|MYSQL_PWD)"?\s*[=:]\s*"?)[^\s"',;]+/gi,
        "$1******",
      );
}

/** Lines of journals of all hosts as one story. Lines without a time belong to the one before them. */
export function timeline(parts: readonly HostPart[]): string {
  const entries: { at: number; text: string }[] = [];
  for (const { files } of parts) {
    for (const file of TIMELINE_FILES) {
      for (const line of (files.get(file) ?? "").split("\n")) {
        const at = Date.parse(line.split(" ", 1)[0] ?? "");
        const last = entries.at(-1);
        if (!Number.isNaN(at)) entries.push({ at, text: line });
        else if (last !== undefined && line.startsWith(" ")) last.text += `\n${line}`;
      }
    }
  }
  return entries
    .sort((a, b) => a.at - b.at)
    .map(({ text }) => `${text}\n`)
    .join("");
}
