import { existsSync, readFileSync, statSync } from "node:fs";
import { runProcess } from "../../core/process.ts";
import type { Redactor } from "../../core/redact.ts";
import { usageError } from "../../core/report.ts";
import type { Config } from "../config/schema.ts";
import { sha256OfFile } from "../hosts/files.ts";
import { servicesOf } from "../services/list.ts";

/** What the machine skyha runs on brings along. */
export interface LocalFacts {
  /** The executable that is copied to the hosts. */
  readonly program: { readonly path: string; readonly sha256: string };
  readonly archives: readonly ImageArchive[];
  /** Content of the password files the configuration names, by path, without the line end. */
  readonly secrets: ReadonlyMap<string, string>;
}

export interface ImageArchive {
  readonly path: string;
  readonly bytes: number;
  /** References inside, from the archive's manifest.json. */
  readonly tags: readonly string[];
}

/** @throws SkyhaError for an archive or a password file that is not there or is none */
export async function gatherLocal(
  config: Config,
  programPath: string,
  redactor: Redactor,
): Promise<LocalFacts> {
  const secrets = readSecrets(config);
  for (const secret of secrets.values()) redactor.add(secret);
  const archives = await Promise.all(config.images.map(readArchive));
  return { program: { path: programPath, sha256: await sha256OfFile(programPath) }, archives, secrets };
}

function readSecrets(config: Config): Map<string, string> {
  const named = [
    ...config.hosts.map((host) => host.fence?.password_file),
    ...servicesOf(config).map(({ secret }) => secret?.givenFile),
  ].filter((path): path is string => path !== undefined);
  return new Map(named.map((path) => [path, readSecret(path)]));
}

function readSecret(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch {
    throw usageError("config.argument", { key: "password_file", message: `cannot read ${path}` });
  }
  if (text === "" || /[\n\r\0]/.test(text)) {
    throw usageError("config.argument", {
      key: "password_file",
      message: `${path} is not one line with a password`,
    });
  }
  return text;
}

async function readArchive(path: string): Promise<ImageArchive> {
  if (!existsSync(path))
    throw usageError("config.argument", { key: "images", message: `${path}: no such file` });
  const listed = await runProcess(["tar", "-xOf", path, "manifest.json"], { timeoutMs: 60_000 });
  if (listed.code !== 0) {
    throw usageError("config.argument", {
      key: "images",
      message: `${path} is no image archive (docker save)`,
    });
  }
  const manifest: unknown = JSON.parse(listed.stdout);
  const tags = Array.isArray(manifest) ? manifest.flatMap(tagsOf) : [];
  return { path, bytes: statSync(path).size, tags };
}

function tagsOf(entry: unknown): string[] {
  if (typeof entry !== "object" || entry === null || !("RepoTags" in entry) || !Array.isArray(entry.RepoTags))
    return [];
  return entry.RepoTags.filter((tag): tag is string => typeof tag === "string");
}

/** `docker.io/library/redis:8`, `redis:8` and podman's `localhost/redis:8` are one image. */
export function imageKey(reference: string): string {
  return reference.replace(/^(docker\.io\/library\/|docker\.io\/|localhost\/)/, "");
}
