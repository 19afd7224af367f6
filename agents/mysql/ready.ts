import { TlsRefusal } from "../../core/tls.ts";
import type { Verdict } from "../container/question.ts";
import { readPassword } from "../container/secret-file.ts";
import { readTls, type TlsFiles, tlsOptions } from "../container/tls.ts";
import type { Context } from "../ocf/context.ts";
import { seconds, TimeLimitError } from "../ocf/deadline.ts";
import { OcfError } from "../ocf/outcome.ts";
import { DIALECTS, dialectOfVersion } from "./dialect.ts";
import { readGreeting, Unreachable } from "./greeting.ts";
import { judgeLogin, judgeReadOnly, judgeWriteError } from "./judge.ts";
import type { MysqlTable } from "./parameters.ts";
import { inSession, type Query, QueryError } from "./session.ts";

const WRITE_TEST_LEVEL = 20;
/** Of the time for one look: a write that waits longer for a lock gives up and says so. */
const LOCK_SHARE = 0.4;
const NO_SCHEMA = 1049;
const NO_TABLE = 1146;

/** For messages. */
export function serverName({ parameters }: Context<MysqlTable>): string {
  return `mysql at ${parameters.monitor_host}:${parameters.port}`;
}

/** Asks the server itself, on one connection; at level 20 it also has to write. */
export async function askMysql(context: Context<MysqlTable>, limitMs: number): Promise<Verdict> {
  const { deadline, system, parameters } = context;
  const began = system.now();
  const { password, files, unreadable } = await secretsOrWhyNot(context);
  const loggingIn = password !== undefined;
  const address = { host: parameters.monitor_host, port: parameters.port };
  const work = async (signal: AbortSignal): Promise<Verdict> => {
    if (password === undefined) {
      const greeting = await readGreeting(address, signal);
      const verdict: Verdict =
        greeting.kind === "error" ? judgeLogin(greeting.error, loggingIn) : { kind: "serving" };
      return verdict.kind === "serving" && unreadable
        ? { kind: "degraded", reason: `it greets, but ${unreadable}` }
        : verdict;
    }
    const ssl = tlsOptions(parameters.tls, files);
    const login = { ...address, user: parameters.user, password, ssl };
    return inSession(login, signal, (query) => lookInside(context, query, limitMs));
  };
  try {
    return await deadline.during(serverName(context), work, limitMs);
  } catch (error) {
    if (error instanceof QueryError) return judgeLogin(error, loggingIn);
    if (error instanceof TlsRefusal) {
      return { kind: "locked-out", reason: `${error.message} (tls=${parameters.tls})` };
    }
    if (error instanceof Unreachable) return { kind: "waiting", reason: error.message };
    if (error instanceof TimeLimitError) {
      return { kind: "waiting", reason: `it gives no answer in ${seconds(system.now() - began)}` };
    }
    if (error instanceof Error) return { kind: "waiting", reason: `it does not answer: ${error.message}` };
    throw error;
  }
}

async function lookInside(
  { parameters, environment }: Context<MysqlTable>,
  query: Query,
  limitMs: number,
): Promise<Verdict> {
  const [about] = await query("SELECT @@global.version AS version");
  const dialect = dialectOfVersion(String(about?.["version"]));
  if (parameters.dialect !== "auto" && parameters.dialect !== dialect) {
    // With the host's network another server may hold the port while ours is about to give up.
    return {
      kind: "waiting",
      reason: `another server answers on its port, one of ${DIALECTS[dialect].title}`,
    };
  }
  const [row = {}] = await query(DIALECTS[dialect].readOnlyQuery);
  const verdict = judgeReadOnly(row);
  if (verdict.kind !== "serving" || environment.checkLevel < WRITE_TEST_LEVEL) return verdict;
  try {
    return await writeTest(query, limitMs);
  } catch (error) {
    if (error instanceof QueryError) return judgeWriteError(error);
    throw error;
  }
}

/** One row in a table of our own. Schema and table are made when they are not there. */
async function writeTest(query: Query, limitMs: number): Promise<Verdict> {
  // It only has to differ from the last one.
  const token = `${Date.now()}-${process.pid}`;
  const wait = Math.max(1, Math.floor((limitMs * LOCK_SHARE) / 1000));
  await query(`SET SESSION lock_wait_timeout = ${wait}, SESSION innodb_lock_wait_timeout = ${wait}`);
  const write = () => query("REPLACE INTO skyha.write_test (id, token) VALUES (1, ?)", [token]);
  try {
    await write();
  } catch (error) {
    const isMissing =
      error instanceof QueryError && (error.number === NO_SCHEMA || error.number === NO_TABLE);
    if (!isMissing) throw error;
    await query("CREATE DATABASE IF NOT EXISTS skyha");
    await query(
      "CREATE TABLE IF NOT EXISTS skyha.write_test (id INT PRIMARY KEY, token VARCHAR(32) NOT NULL) ENGINE=InnoDB",
    );
    await write();
  }
  const [row] = await query("SELECT token FROM skyha.write_test WHERE id = 1");
  if (row?.["token"] === token) return { kind: "serving" };
  return { kind: "failed", reason: "a row does not read back as it was written" };
}

interface Secrets {
  readonly password?: string;
  readonly files?: TlsFiles;
  readonly unreadable?: string;
}

/** A file that cannot be read is no reason to take a server for dead; start has refused it before. */
async function secretsOrWhyNot(context: Context<MysqlTable>): Promise<Secrets> {
  const { password_file } = context.parameters;
  if (!password_file) return {};
  try {
    // First: without what TLS needs the password is not sent, for the server may be anyone.
    const files = await readTls(context);
    return { files, password: await readPassword(context, "password_file", password_file) };
  } catch (error) {
    if (!(error instanceof OcfError)) throw error;
    return { unreadable: error.message };
  }
}
