import { type Argv, CommandError, type Host, run } from "../../core/host.ts";
import { say } from "../../core/texts/say.ts";
import { splitWords } from "../../core/words.ts";
import { ask, fieldsOf, persistence } from "../backup/dump.ts";
import { IMPORT, INNER, UNPACK } from "../backup/programs.ts";
import type { Container, Source } from "../backup/source.ts";
import { LONG_MS } from "../backup/store.ts";
import { bytes } from "../show/layout.ts";
import { waitFor } from "../steps/tools.ts";

/** One thing that was found in a backup: a database, or all the files. */
export interface Content {
  readonly name: string;
  readonly text: string;
}

export interface TrialOptions {
  readonly host: Host;
  readonly source: Source;
  /** File with the data in the backup, on that host. */
  readonly data: string;
  /** Directory that is made for it. */
  readonly target: string;
  readonly stamp: string;
  /** It will be served: what the service's own settings need is made as well, and the server is stopped in order. */
  readonly forUse: boolean;
  readonly progress: (text: string) => void;
}

/** A server that recovers has as long as it needs, within reason. */
const READY_MS = 3600_000;
const STOP_SECONDS = 600;

/** Makes the data of a backup in a directory, and looks what is in it with a server that nobody can reach. */
export function tryData(options: TrialOptions): Promise<Content[]> {
  const { source } = options;
  const { kind, container } = source;
  if (container === undefined || kind === "files") return tryFiles(options);
  const works = { postgres: tryPostgres, mysql: tryMysql, redis: tryRedis };
  return works[kind](options, container);
}

/** Name of the directory below data_directory that PostgreSQL works in. */
const pgdataName = ({ parameters }: Container): string => parameters["pgdata"]?.split("/").at(-1) ?? "pgdata";

const settingsOf = ({ parameters }: Container): string[] => splitWords(parameters["settings"] ?? "");

async function unpack({ host, source, data, target }: TrialOptions, within: string): Promise<void> {
  const owner = source.kind === "files" ? "" : source.owner;
  const argv: Argv = ["bash", "-c", UNPACK, "unpack", target, within, data, owner];
  const result = await host.exec(argv, { timeoutMs: LONG_MS });
  if (result.code !== 0) throw new CommandError(host.name, ["unpack", data], result);
}

async function tryFiles(options: TrialOptions): Promise<Content[]> {
  const { host, target } = options;
  await unpack(options, "");
  const program =
    'set -eu; find "$1" -type f -printf "%s\\n" | awk "{ n++; b += \\$1 } END { print n + 0, b + 0 }"';
  const counted = await run(host, ["sh", "-c", program, "count", target], { timeoutMs: LONG_MS });
  const [count = "?", size = "0"] = counted.trim().split(" ");
  return [{ name: say`files`, text: say`${count} files, ${bytes(Number(size))}` }];
}

interface Server {
  readonly mount: string;
  readonly variables?: readonly string[];
  readonly command: readonly string[];
}

/** Runs a throw-away server on the target for as long as the work takes; it has no network and no port. */
async function withServer(
  { host, source, target, stamp, forUse, progress }: TrialOptions,
  container: Container,
  { mount, variables = [], command }: Server,
  work: (trial: Container, alive: () => Promise<void>) => Promise<Content[]>,
): Promise<Content[]> {
  const { engine, image } = container;
  const name = `skyha-trial-${source.service}-${stamp}`;
  const argv: Argv = [
    engine,
    "run",
    "-d",
    "--pull=never",
    ...["--name", name, "--label", `skyha.trial=${source.service}`, "--network", "none"],
    ...["--mount", `type=bind,source=${target},target=${mount}`],
    ...variables.flatMap((variable) => ["--env", variable]),
    image,
    ...command,
  ];
  const alive = async () => {
    const state = await run(host, [engine, "inspect", "-f", "{{.State.Running}}", name], {
      timeoutMs: 60_000,
    });
    if (state.trim() === "true") return;
    const logs = await host.exec([engine, "logs", "--tail", "5", name], { timeoutMs: 60_000 });
    throw new Error(
      `${host.name}: the server ended: ${`${logs.stdout}${logs.stderr}`.trim().split("\n").join(" / ")}`,
    );
  };
  try {
    progress(say`starting a throw-away server`);
    await run(host, argv, { timeoutMs: 300_000 });
    const found = await work({ ...container, name }, alive);
    if (forUse) await stopServer(host, engine, name);
    return found;
  } finally {
    // With its anonymous volumes; the directory is mounted, so it stays.
    await host.exec([engine, "rm", "-f", "-v", name], { timeoutMs: 300_000 }).catch(() => undefined);
  }
}

async function stopServer(host: Host, engine: string, name: string): Promise<void> {
  await run(host, [engine, "stop", "-t", `${STOP_SECONDS}`, name], { timeoutMs: (STOP_SECONDS + 60) * 1000 });
  const code = (
    await run(host, [engine, "inspect", "-f", "{{.State.ExitCode}}", name], { timeoutMs: 60_000 })
  ).trim();
  if (code !== "0") throw new Error(`${host.name}: the throw-away server ended with code ${code}`);
}

function untilReady(alive: () => Promise<void>, isReady: () => Promise<boolean>): Promise<true> {
  return waitFor("a server on the restored data", READY_MS, async () => {
    await alive();
    return (await isReady().catch(() => false)) || undefined;
  });
}

async function tryPostgres(options: TrialOptions, container: Container): Promise<Content[]> {
  const { host } = options;
  const { port = "5432", user = "postgres", database = "postgres" } = container.parameters;
  const within = pgdataName(container);
  await unpack(options, within);
  const settings = [
    ...settingsOf(container),
    // Nothing outside may notice it, and no job of the database may begin its work.
    ...["listen_addresses=", `port=${port}`, "archive_mode=off", "max_worker_processes=0"],
  ];
  const server: Server = {
    mount: "/restore",
    variables: [`PGDATA=/restore/${within}`],
    command: ["postgres", ...settings.flatMap((setting) => ["-c", setting])],
  };
  return withServer(options, container, server, async (trial, alive) => {
    await untilReady(alive, async () => {
      const said = await ask(host, trial, [INNER.postgresReady, port, user, database]);
      return said.trim() === "f";
    });
    options.progress(say`looking what is in it`);
    const looked = await ask(host, trial, [INNER.postgresLook, port, user, database], LONG_MS);
    return rowsOf(looked).map(([name = "?", size = "0", tables = "?", rows = "?"]) => ({
      name,
      text: say`${tables} tables, about ${rows} rows, ${bytes(Number(size))}`,
    }));
  });
}

const rowsOf = (text: string): string[][] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));

/** Marks the answer among whatever a dump may print. */
const MARK = "skyha-trial";
const MYSQL_LOOK = `SELECT '${MARK}', table_schema, COALESCE(SUM(data_length + index_length), 0), COUNT(*), COALESCE(SUM(table_rows), 0) FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema') GROUP BY table_schema ORDER BY table_schema; SELECT '${MARK}', '', COUNT(*) FROM mysql.user;`;

async function tryMysql(options: TrialOptions, container: Container): Promise<Content[]> {
  const { host, source, data, target } = options;
  await run(host, ["mkdir", "--", target]);
  await run(host, ["chown", "--", source.owner, target]);
  const server: Server = {
    mount: container.parameters["container_data"] ?? "/var/lib/mysql",
    variables: ["MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1", "MYSQL_ALLOW_EMPTY_PASSWORD=1"],
    command: [...settingsOf(container).map((setting) => `--${setting}`), "--event-scheduler=OFF"],
  };
  return withServer(options, { ...container, parameters: {} }, server, async (trial, alive) => {
    await untilReady(alive, async () => {
      await ask(host, trial, [INNER.mysqlReady, "root"]);
      return true;
    });
    options.progress(say`reading the dump`);
    const argv: Argv = ["bash", "-c", IMPORT, "import", trial.engine, trial.name, data, MYSQL_LOOK];
    const result = await host.exec(argv, { timeoutMs: LONG_MS });
    if (result.code !== 0) throw new CommandError(host.name, ["import", data], result);
    const found = rowsOf(result.stdout).filter(([mark]) => mark === MARK);
    // Everything before it has been read when the last answer is there.
    if (!found.some(([, name]) => name === ""))
      throw new Error(`${host.name}: the dump was not read to its end`);
    return found.map(([, name = "", size = "0", tables = "?", rows = "?"]) =>
      name === ""
        ? { name: say`accounts`, text: size }
        : { name, text: say`${tables} tables, about ${rows} rows, ${bytes(Number(size))}` },
    );
  });
}

async function tryRedis(options: TrialOptions, container: Container): Promise<Content[]> {
  const { host, forUse } = options;
  const { port = "6379", server = "auto", appendonly = "yes" } = container.parameters;
  const directory = container.parameters["container_data"] ?? "/data";
  const automatic = /valkey/i.test(container.image) ? "valkey-server" : "redis-server";
  await unpack(options, "");
  const program = server === "auto" ? automatic : server;
  const command = [program, "--port", port, "--dir", directory, "--appendonly", "no", "--save", ""];
  const plain: Container = { ...container, parameters: {} };
  return withServer(options, plain, { mount: directory, command }, async (trial, alive) => {
    const cli = (...words: string[]) => ask(host, trial, [INNER.redis, port, ...words]);
    await untilReady(alive, async () => (await cli("PING")).trim() === "PONG");
    const keys = Number((await cli("DBSIZE")).trim());
    const spaces = [...fieldsOf(await cli("INFO", "keyspace"))].filter(([name]) => /^db\d+$/.test(name));
    // With it on, a server loads the append-only file alone, and would start empty beside a snapshot.
    if (forUse && /^(yes|true|1|on)$/i.test(appendonly)) await writeAppendOnly(cli, alive);
    if (spaces.length === 0) return [{ name: "db0", text: say`${keys} keys` }];
    return spaces.map(([name, text]) => ({ name, text: say`${/keys=(\d+)/.exec(text)?.[1] ?? "?"} keys` }));
  });
}

async function writeAppendOnly(
  cli: (...words: string[]) => Promise<string>,
  alive: () => Promise<void>,
): Promise<void> {
  const said = (await cli("CONFIG", "SET", "appendonly", "yes")).trim();
  if (said !== "OK") throw new Error(`CONFIG SET appendonly yes: ${said}`);
  await untilReady(alive, async () => {
    const info = await persistence(cli);
    const is = (name: string, value: string) => info.get(name) === value;
    return (
      is("aof_enabled", "1") &&
      is("aof_rewrite_in_progress", "0") &&
      is("aof_rewrite_scheduled", "0") &&
      is("aof_last_bgrewrite_status", "ok")
    );
  });
}
