import { certificateProblem } from "../../core/tls.ts";
import type { Context } from "../ocf/context.ts";
import type { Credentials } from "./credentials.ts";
import type { PostgresTable } from "./parameters.ts";
import { isWithoutTls, PasswordWanted, ServerSilence, type Session, withSession } from "./session.ts";

/** What the server's answer means for the service. */
export type Answer =
  /** A primary; `isSure` when the agent could log in and ask. */
  | { readonly kind: "serving"; readonly isSure: boolean }
  /** It accepts nobody yet: start-up, crash recovery. */
  | { readonly kind: "starting"; readonly text: string }
  /** It lives, but something keeps the agent from looking inside; a restart would not mend it. */
  | { readonly kind: "blind"; readonly cause: "full" | "refused"; readonly text: string }
  | { readonly kind: "failed"; readonly text: string };

export interface Question {
  readonly credentials: Credentials;
  readonly limitMs: number;
  /** Also write. */
  readonly write: boolean;
}

/** Asks over one connection; never throws for what a server can do. */
export async function askServer(context: Context<PostgresTable>, question: Question): Promise<Answer> {
  const { credentials, limitMs, write } = question;
  let phase: Phase = "login";
  try {
    return await withSession(context, credentials, limitMs, async (session): Promise<Answer> => {
      phase = "query";
      const { rows } = await session.query("SELECT pg_is_in_recovery() AS recovering");
      if (firstValue(rows) !== false) {
        return { kind: "failed", text: "the server is in recovery: a standby, not the primary" };
      }
      phase = "write";
      if (write) await writeRow(session, context, limitMs);
      return { kind: "serving", isSure: true };
    });
  } catch (error) {
    return judgeError(error, phase, context);
  }
}

type Phase = "login" | "query" | "write";

function firstValue(rows: readonly unknown[]): unknown {
  const [row] = rows;
  return typeof row === "object" && row !== null ? Object.values(row)[0] : undefined;
}

const MISSING_TABLE = "42P01";
const MISSING_SCHEMA = "3F000";

async function writeRow(session: Session, context: Context<PostgresTable>, limitMs: number): Promise<void> {
  // The schema's name is checked to be a plain one; the quotes keep words such as "user" from being keywords.
  const schema = `"${context.parameters.write_test_schema}"`;
  const table = `${schema}.write_test`;
  const upsert = `INSERT INTO ${table} AS t (id, written) VALUES (1, now()) ON CONFLICT (id) DO UPDATE SET written = excluded.written`;
  // A write that waits for a lock or a disk must not stay behind when the agent has gone.
  await session.query(`SET statement_timeout = ${Math.ceil(limitMs)}`);
  try {
    await session.query(upsert);
  } catch (error) {
    const state = stateOf(error);
    if (state !== MISSING_TABLE && state !== MISSING_SCHEMA) throw error;
    await session.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await session.query(
      `CREATE TABLE IF NOT EXISTS ${table} (id integer PRIMARY KEY, written timestamptz NOT NULL)`,
    );
    await session.query(upsert);
  }
}

/** SQLSTATE of what the server itself has answered: PostgreSQL manual, appendix A. */
function stateOf(error: unknown): string | undefined {
  if (!(error instanceof Error && "severity" in error && "code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

function judgeError(error: unknown, phase: Phase, { parameters }: Context<PostgresTable>): Answer {
  if (error instanceof PasswordWanted) return { kind: "serving", isSure: false };
  if (!(error instanceof Error)) throw error;
  const text = error.message;
  const { user, database, tls, monitor_host: host, port } = parameters;
  const blind = (why: string): Answer => ({ kind: "blind", cause: "refused", text: why });
  const state = stateOf(error);
  if (state === undefined) {
    if (error instanceof ServerSilence) {
      return { kind: "failed", text: phase === "write" ? `the write test hangs: ${text}` : text };
    }
    if (isWithoutTls(error)) return blind(`tls=${tls}, but the server offers no TLS`);
    const about = certificateProblem(error);
    if (about !== undefined) return blind(`tls=${tls}: the server lives, but ${about}`);
    if ("code" in error || /terminated|answer|message type/.test(text)) {
      return { kind: "failed", text: `${host}:${port} does not answer: ${text}` };
    }
    throw error;
  }
  if (state === "57P03") return { kind: "starting", text };
  if (state === "53300") {
    return { kind: "blind", cause: "full", text: `the server lives, but has no connection left: ${text}` };
  }
  if (state === "28P01") return blind(`password_file does not match: ${text}`);
  if (state.startsWith("28")) {
    return blind(`the server lets ${user} not in (password_file does not match, or pg_hba.conf): ${text}`);
  }
  if (state === "3D000") return blind(`the database ${database} does not exist: ${text}`);
  if (state === "42501" && phase === "write") return blind(`${user} may not do the write test: ${text}`);
  if (state === "42501") return blind(`${user} may not connect to ${database}: ${text}`);
  return { kind: "failed", text: `${PHASE_TEXT[phase]} fails: ${text} (SQLSTATE ${state})` };
}

const PHASE_TEXT: Readonly<Record<Phase, string>> = {
  login: "the login",
  query: "a query",
  write: "the write test",
};
