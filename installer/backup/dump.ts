import { setTimeout as sleep } from "node:timers/promises";
import { type Argv, CommandError, type Host, run } from "../../core/host.ts";
import { say } from "../../core/texts/say.ts";
import { ASK, COPY, COPY_FILES, INNER } from "./programs.ts";
import type { Container, Source } from "./source.ts";
import { LONG_MS, runAlone } from "./store.ts";

/** What came of a copy. */
export interface Dumped {
  /** Name of the file in the backup. */
  readonly data: string;
  readonly consistent: boolean;
  readonly notes: readonly string[];
}

export interface DumpOptions {
  readonly host: Host;
  readonly source: Source;
  /** Directory of the service's backups, and the one that is being filled. */
  readonly directory: string;
  readonly partial: string;
  /** Tests wait for less. */
  readonly pollMs?: number;
}

/** Copies one service's data while it runs. @throws Error, CommandError, SkyhaError exit 5 */
export function dump(options: DumpOptions): Promise<Dumped> {
  const { source } = options;
  const { kind, container } = source;
  if (container === undefined || kind === "files") return dumpFiles(options);
  const works = { postgres: dumpPostgres, mysql: dumpMysql, redis: dumpRedis };
  return works[kind](options, container);
}

/** Words for the programs COPY and ASK. */
const words = ({ engine, name, parameters }: Container, inner: string): string[] => [
  engine,
  name,
  parameters["password_file"] ?? "",
  inner,
];

async function copyInto(options: DumpOptions, file: string, container: Container, inner: readonly string[]) {
  const { host, source, directory, partial } = options;
  const [program = "", ...rest] = inner;
  const given = [directory, `${partial}/${file}`, ...words(container, program), ...rest];
  await runAlone(host, source.service, COPY, given, { timeoutMs: LONG_MS });
}

async function dumpPostgres(options: DumpOptions, container: Container): Promise<Dumped> {
  const { port = "5432", user = "postgres", database = "postgres" } = container.parameters;
  const data = "base.tar.gz";
  await copyInto(options, data, container, [INNER.postgresCopy, port, user, database]);
  return { data, consistent: true, notes: [] };
}

const OTHER_ENGINES =
  "SELECT COUNT(*) FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND engine <> 'InnoDB' AND table_schema NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')";

async function dumpMysql(options: DumpOptions, container: Container): Promise<Dumped> {
  const { user = "root" } = container.parameters;
  const data = "dump.sql.gz";
  await copyInto(options, data, container, [INNER.mysqlDump, user]);
  const asked = await ask(options.host, container, [INNER.mysqlQuery, user, OTHER_ENGINES]);
  const count = asked.trim() === "" ? Number.NaN : Number(asked);
  if (count === 0) return { data, consistent: true, notes: [] };
  const note = Number.isNaN(count)
    ? say`whether every table is InnoDB is not known: only these are of one moment`
    : say`${count} tables are not InnoDB: their rows are not of the same moment as the rest`;
  return { data, consistent: false, notes: [note] };
}

const SNAPSHOT_LIMIT_MS = 3600_000;

async function dumpRedis(options: DumpOptions, container: Container): Promise<Dumped> {
  const { host, source, directory, partial, pollMs = 1000 } = options;
  const { port = "6379" } = container.parameters;
  const cli = async (...command: string[]) => {
    const said = await ask(host, container, [INNER.redis, port, ...command]);
    // redis-cli ends with code 0 after an error of the server.
    if (/^(\(error\) |ERR |NOAUTH|WRONGPASS|NOPERM|MISCONF)/.test(said))
      throw new Error(`${host.name}: ${command.join(" ")}: ${said.trim()}`);
    return said;
  };
  const deadline = Date.now() + SNAPSHOT_LIMIT_MS;
  const poll = async (what: string, probe: () => Promise<boolean>) => {
    while (!(await probe())) {
      if (Date.now() > deadline) throw new Error(`${host.name}: ${what}: not within an hour`);
      await sleep(pollMs);
    }
  };
  const name = lineOf(await cli("CONFIG", "GET", "dbfilename"), 1);
  if (!/^[\w.-]+$/.test(name)) throw new Error(`${host.name}: the server does not tell its dbfilename`);
  // The time of a snapshot is in seconds: ours has to be told from one that ended a moment ago.
  let began = 0;
  await poll("no snapshot at work", async () => {
    began = Number(lineOf(await cli("TIME"), 0));
    const info = await persistence(cli);
    // While the append-only file is rewritten a snapshot only waits.
    const isAtRest =
      info.get("rdb_bgsave_in_progress") === "0" && info.get("aof_rewrite_in_progress") !== "1";
    return isAtRest && Number(info.get("rdb_last_save_time")) < began;
  });
  await cli("BGSAVE", "SCHEDULE");
  await poll("a snapshot", async () => {
    const info = await persistence(cli);
    if (info.get("rdb_bgsave_in_progress") !== "0") return false;
    if (info.get("rdb_last_bgsave_status") !== "ok")
      throw new Error(`${host.name}: BGSAVE failed; the server's log says why`);
    return Number(info.get("rdb_last_save_time")) >= began;
  });
  const data = "rdb.tar.gz";
  const given = [directory, `${partial}/${data}`, source.directory, name];
  await runAlone(host, source.service, COPY_FILES, given, { timeoutMs: LONG_MS });
  return { data, consistent: true, notes: [] };
}

const lineOf = (text: string, index: number): string => text.split(/\r?\n/)[index]?.trim() ?? "";

export async function persistence(
  cli: (...command: string[]) => Promise<string>,
): Promise<ReadonlyMap<string, string>> {
  return fieldsOf(await cli("INFO", "persistence"));
}

/** `name:value` lines of INFO. */
export function fieldsOf(info: string): Map<string, string> {
  return new Map(
    info.split(/\r?\n/).flatMap((line): [string, string][] => {
      const at = line.indexOf(":");
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
}

async function dumpFiles({ host, source, directory, partial }: DumpOptions): Promise<Dumped> {
  const data = "files.tar.gz";
  const given = [directory, `${partial}/${data}`, source.directory, "."];
  const options = { timeoutMs: LONG_MS, allowed: [0, 3] };
  const { code } = await runAlone(host, source.service, COPY_FILES, given, options);
  const live = say`files were copied one after the other while in use: this is not a snapshot`;
  const notes = code === 3 ? [live, say`some changed while they were read`] : [live];
  return { data, consistent: false, notes };
}

/** Asks a program in the container. @returns what it said. @throws CommandError */
export async function ask(
  host: Host,
  container: Container,
  inner: readonly string[],
  timeoutMs = 120_000,
): Promise<string> {
  const [program = "", ...rest] = inner;
  const argv: Argv = ["bash", "-c", ASK, "ask", ...words(container, program), ...rest];
  const result = await host.exec(argv, { timeoutMs });
  if (result.code !== 0) throw new CommandError(host.name, ["ask", container.name], result);
  return result.stdout;
}

/** How much is free for it has to be known before. */
export async function bytesOf(host: Host, program: string, directory: string): Promise<number> {
  const bytes = Number(
    (await run(host, ["sh", "-c", program, "used", directory], { timeoutMs: 600_000 })).trim(),
  );
  if (!Number.isFinite(bytes) || bytes < 0)
    throw new Error(`${host.name}: the size of ${directory} is not known`);
  return bytes;
}
