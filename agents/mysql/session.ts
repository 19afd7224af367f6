import type { Connection } from "mysql2";
import { certificateProblem, type TlsOptions, TlsRefusal } from "../../core/tls.ts";
import type { ServerError } from "./judge.ts";

/** What can be asked in a session; rows by column name. @throws QueryError, or Error when the connection is gone */
export type Query = (sql: string, values?: readonly string[]) => Promise<readonly Record<string, unknown>[]>;

/** The server answered, and refused. */
export class QueryError extends Error implements ServerError {
  readonly number: number;
  readonly text: string;
  constructor(number: number, text: string) {
    super(text);
    this.number = number;
    this.text = text;
  }
}

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** undefined: without TLS. */
  readonly ssl: TlsOptions | undefined;
}

/** Logs in for all of `work`. @throws QueryError or TlsRefusal when it is refused, Error when nobody answers */
export async function inSession<T>(
  { ssl, ...login }: Login,
  signal: AbortSignal,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  // Late, because only a monitor that finds the container running needs it.
  const { createConnection } = await import("mysql2");
  const connection = createConnection({
    ...login,
    ...(ssl === undefined ? {} : { ssl }),
    // The deadline is the agent's.
    connectTimeout: 0,
    // A generated parser pays off after many rows; here there is one.
    disableEval: true,
    trace: false,
  });
  signal.addEventListener("abort", () => connection.destroy());
  // Reported by the query as well; without a listener it would end the process.
  connection.on("error", () => {});
  try {
    return await work(queryOn(connection));
  } finally {
    connection.destroy();
  }
}

function queryOn(connection: Connection): Query {
  return (sql, values = []) =>
    new Promise((resolve, reject) => {
      connection.query({ sql, values: [...values] }, (error: unknown, rows: unknown) => {
        if (error) reject(asQueryError(error));
        else resolve(Array.isArray(rows) ? rows.map((row: unknown) => ({ ...Object(row) })) : []);
      });
    });
}

/** The driver's own text when the server's greeting says so. */
const NO_TLS = "Server does not support secure connection";

/** The driver also gives numbers to errors of the operating system, which are negative. */
function asQueryError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const number = "errno" in error && typeof error.errno === "number" ? error.errno : 0;
  if (number > 0) return new QueryError(number, error.message);
  if (error.message === NO_TLS) return new TlsRefusal("it offers no TLS");
  const about = certificateProblem(error);
  return about === undefined ? error : new TlsRefusal(about);
}
