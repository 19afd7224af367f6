import { z } from "zod";
import { Exit } from "../../core/exit.ts";
import { type Argv, CommandError, type Host, run } from "../../core/host.ts";
import { quoteArgv } from "../../core/quote.ts";
import { report, SkyhaError } from "../../core/report.ts";
import type { Config, HostConfig } from "../config/schema.ts";
import { PATHS, recoverDirectory } from "../names.ts";
import { BEGIN, BUSY, FINISH, LIST, RECEIVE, SEND, VERIFY } from "./programs.ts";

/** Where backups are on a host: one directory each, `data_dir/recover/SERVICE/SERVICE.STAMP`. */

const recordSchema = z.object({
  format: z.literal(1),
  service: z.string(),
  kind: z.enum(["postgres", "mysql", "redis", "files"]),
  /** ISO 8601, when it was begun, by the clock of the host. */
  at: z.string(),
  host: z.string(),
  image: z.string().optional(),
  /** File in the backup that holds the data. */
  data: z.string(),
  /** Size of the service's directory at that time. */
  sourceBytes: z.number(),
  /** Everything in it is of one moment. */
  consistent: z.boolean(),
  notes: z.array(z.string()),
});

/** Content of backup.json. */
export type BackupRecord = z.output<typeof recordSchema>;

const verifiedSchema = z.object({ at: z.string(), how: z.enum(["checksums", "test"]) });
/** Content of verified.json, which the checksums leave out. */
export type Verified = z.output<typeof verifiedSchema>;

/** One backup as it is on one host. */
export interface StoredBackup {
  readonly host: string;
  readonly path: string;
  /** `postgres.20260102T030405` */
  readonly name: string;
  readonly service: string;
  readonly bytes: number;
  /** undefined: backup.json cannot be read. */
  readonly record: BackupRecord | undefined;
  readonly verified: Verified | undefined;
}

/** A backup of which everything is there once more takes as long as the disk needs. */
export const LONG_MS = 12 * 3600_000;

export const serviceBackups = (config: Config, service: string): string =>
  `${recoverDirectory(config.data_dir)}/${service}`;

export const backupName = (service: string, stamp: string): string => `${service}.${stamp}`;
export const partialName = (stamp: string): string => `.partial-${stamp}`;

/** Runs one of our programs. @throws SkyhaError exit 5 when another backup of the service is at work, CommandError */
export async function runAlone(
  host: Host,
  service: string,
  program: string,
  words: readonly string[],
  options: { readonly stdin?: string; readonly timeoutMs: number; readonly allowed?: readonly number[] },
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const argv: Argv = ["bash", "-c", program, "backup", ...words];
  const { allowed = [0], ...rest } = options;
  const result = await host.exec(argv, rest);
  if (result.code === BUSY)
    throw new SkyhaError([report("backup.busy", { service }, host.name)], Exit.locked);
  // The program itself would only be noise in a message.
  if (!allowed.includes(result.code)) throw new CommandError(host.name, ["backup", service], result);
  return result;
}

/** Makes the directory that is filled, under a name that no list shows. @returns its path */
export async function begin(host: Host, config: Config, service: string, stamp: string): Promise<string> {
  const directory = serviceBackups(config, service);
  await runAlone(host, service, BEGIN, [config.data_dir, directory, stamp], { timeoutMs: 600_000 });
  return `${directory}/${partialName(stamp)}`;
}

/** Checksums, everything on disk, and the final name. @returns bytes */
export async function finish(
  host: Host,
  config: Config,
  record: BackupRecord,
  stamp: string,
): Promise<number> {
  const { service } = record;
  const words = [serviceBackups(config, service), partialName(stamp), backupName(service, stamp)];
  const stdin = `${JSON.stringify(record)}\n`;
  const { stdout } = await runAlone(host, service, FINISH, words, { stdin, timeoutMs: LONG_MS });
  return Number(stdout.trim());
}

/** @throws CommandError when it cannot be seen what is there */
export async function listBackups(host: Host, config: Config): Promise<StoredBackup[]> {
  const argv: Argv = ["sh", "-c", LIST, "list", recoverDirectory(config.data_dir), config.data_dir];
  const result = await host.exec(argv, { timeoutMs: 300_000 });
  if (result.code !== 0)
    throw new CommandError(host.name, ["list", recoverDirectory(config.data_dir)], result);
  return parseList(host.name, result.stdout);
}

/** Lines of the program LIST; a directory of another name is none of ours. */
export function parseList(host: string, text: string): StoredBackup[] {
  return text.split("\n").flatMap((line) => {
    const [path = "", bytes = "", record = "", verified = ""] = line.split("\t");
    const [service, name] = path.split("/").slice(-2);
    if (service === undefined || name === undefined || !isBackupOf(service, name)) return [];
    return [
      {
        host,
        path,
        name,
        service,
        bytes: Number(bytes),
        record: parsed(recordSchema, record),
        verified: parsed(verifiedSchema, verified),
      },
    ];
  });
}

function parsed<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const isBackupOf = (service: string, name: string): boolean =>
  name.startsWith(`${service}.`) && /^\d{8}T\d{6}$/.test(name.slice(service.length + 1));

/**
 * Those that are more than wanted, oldest first. Never the one that was just made, whatever the clock said before.
 * @param keep at least 1
 */
export function expired(
  backups: readonly StoredBackup[],
  service: string,
  keep: number,
  made: string,
): StoredBackup[] {
  const others = backups
    .filter((each) => each.service === service && each.name !== made)
    .sort((a, b) => a.name.localeCompare(b.name));
  return others.slice(0, Math.max(0, others.length - (Math.max(1, keep) - 1)));
}

/** Removes what is more than wanted. @returns the names */
export async function prune(
  host: Host,
  config: Config,
  service: string,
  keep: number,
  made: string,
): Promise<string[]> {
  const found = await listBackups(host, config);
  // Without the one that was just made nothing is known to replace them.
  if (!found.some(({ name }) => name === made)) return [];
  const gone = expired(found, service, keep, made);
  for (const { path } of gone) await run(host, ["rm", "-rf", "--", path], { timeoutMs: 600_000 });
  return gone.map(({ name }) => name);
}

/** Compares every file with its checksum. @returns what is wrong; undefined: nothing */
export async function checksumProblem(host: Host, { path }: StoredBackup): Promise<string | undefined> {
  const result = await host.exec(["sh", "-c", VERIFY, "verify", path], { timeoutMs: LONG_MS });
  if (result.code === 0) return undefined;
  if (result.timedOut) return `not within ${LONG_MS / 3600_000} h`;
  return (result.stdout + result.stderr).trim().split("\n").slice(0, 3).join(" / ") || `code ${result.code}`;
}

export async function markVerified(host: Host, { path }: StoredBackup, verified: Verified): Promise<void> {
  await host.write(`${path}/verified.json`, `${JSON.stringify(verified)}\n`, { mode: 0o600 });
}

/** Copies one backup from host to host, with the key that install gave them; checked there before it counts. */
export async function copyToPeer(
  from: Host,
  peer: HostConfig,
  config: Config,
  { path, name, service }: Pick<StoredBackup, "path" | "name" | "service">,
): Promise<void> {
  const stamp = name.slice(service.length + 1);
  const directory = serviceBackups(config, service);
  const receive = ["bash", "-c", RECEIVE, "receive", config.data_dir, directory, stamp, name];
  const argv: Argv = [
    "bash",
    "-c",
    SEND,
    "send",
    path,
    "ssh",
    ...["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=15"],
    ...["-o", `UserKnownHostsFile=${PATHS.pairKnownHosts}`, "-i", PATHS.pairKey, "-p", `${config.ssh.port}`],
    `root@${peer.address}`,
    quoteArgv(receive),
  ];
  const result = await from.exec(argv, { timeoutMs: LONG_MS });
  if (result.code !== 0) throw new CommandError(from.name, ["copy", name, `to ${peer.name}`], result);
}
