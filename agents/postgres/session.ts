import type { Socket } from "node:net";
import type { Client, ClientConfig } from "pg";
import type { Context } from "../ocf/context.ts";
import { seconds, TimeLimitError } from "../ocf/deadline.ts";
import type { Credentials } from "./credentials.ts";
import type { PostgresTable } from "./parameters.ts";

/** The server asks for a password and the agent has none: it is alive and accepts sessions. */
export class PasswordWanted extends Error {}

/** The server says nothing; the text tells whether its host at least took the connection. */
export class ServerSilence extends Error {}

/** pg's own text when the server answers "no" to the request for TLS. */
const NO_TLS = "The server does not support SSL connections";
/** A session of ours takes a few kB; whoever sends this much is no PostgreSQL. */
const MAX_ANSWER = 1024 * 1024;
const GOODBYE_MS = 200;

export type Session = Pick<Client, "query">;

/**
 * One connection for all of `work`, closed when this returns.
 * @throws ServerSilence, PasswordWanted, pg's DatabaseError, Error of the system, and what work throws
 */
export async function withSession<T>(
  context: Context<PostgresTable>,
  credentials: Credentials,
  limitMs: number,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { tls } = context.parameters;
  const end = context.system.now() + limitMs;
  const attempt = (ssl: ClientConfig["ssl"]) =>
    connect(context, { credentials, ssl, limitMs: end - context.system.now() }, work);
  const ssl = {
    rejectUnauthorized: tls === "verify-full" && credentials.authorities !== undefined,
    ...(credentials.authorities === undefined ? {} : { ca: credentials.authorities }),
  };
  if (tls === "disable") return attempt(false);
  if (tls !== "prefer") return attempt(ssl);
  return attempt(ssl).catch((error: unknown) => {
    if (!isWithoutTls(error)) throw error;
    return attempt(false);
  });
}

export function isWithoutTls(error: unknown): boolean {
  return error instanceof Error && error.message === NO_TLS;
}

interface Connection {
  readonly credentials: Credentials;
  readonly ssl: ClientConfig["ssl"];
  readonly limitMs: number;
}

async function connect<T>(
  { parameters, deadline, log }: Context<PostgresTable>,
  { credentials, ssl, limitMs }: Connection,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const [pg, net] = await Promise.all([import("pg"), import("node:net")]);
  const { monitor_host: host, port, user, database } = parameters;
  const place = `PostgreSQL at ${host}:${port}`;
  const socket = new net.Socket();
  endOnNonsense(socket);
  let isConnected = false;
  socket.once("connect", () => {
    isConnected = true;
  });
  const client = new pg.Client({
    host,
    port,
    user,
    database,
    ssl: ssl ?? false,
    application_name: "skyha",
    // A function, so that pg looks neither into its environment nor into ~/.pgpass.
    password: () => {
      if (credentials.password === undefined) throw new PasswordWanted();
      return credentials.password;
    },
    stream: () => socket,
  });
  // Whatever matters rejects the promise that is waited for.
  client.on("error", (error) => log.trace(`${place}: ${error.message}`));
  const talk = async (signal: AbortSignal) => {
    signal.addEventListener("abort", () => socket.destroy());
    try {
      await client.connect();
      const result = await work(client);
      await goodbye(client);
      return result;
    } finally {
      socket.destroy();
    }
  };
  try {
    return await deadline.during(place, talk, limitMs);
  } catch (error) {
    if (!(error instanceof TimeLimitError)) throw error;
    const what = isConnected ? "takes connections, but its server does not answer" : "does not answer";
    throw new ServerSilence(`${host}:${port} ${what} (within ${seconds(limitMs)})`);
  }
}

/** A server that is told goodbye writes nothing about a lost client into its log. */
async function goodbye(client: Client): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GOODBYE_MS);
  });
  await Promise.race([client.end(), late]).catch(() => {});
  clearTimeout(timer);
}

/** What is no PostgreSQL makes pg's parser throw where nobody could catch it, or collect without an end. */
function endOnNonsense(socket: Socket): void {
  const emit = socket.emit.bind(socket);
  let received = 0;
  socket.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    if (event !== "data") return emit(event, ...values);
    const [chunk] = values;
    received += chunk instanceof Uint8Array ? chunk.length : 0;
    try {
      if (received > MAX_ANSWER) throw new Error("it answers without an end");
      return emit(event, ...values);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
      return true;
    }
  };
}
