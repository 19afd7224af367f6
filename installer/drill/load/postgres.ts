import type { Socket } from "node:net";
import type { RowSession, RowStore } from "./rows.ts";

export interface PostgresPlace {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  /** Letters, digits and underscores. */
  readonly stamp: string;
}

const PREFIX = "skyha_drill_";
/** By this, and not by its name alone, a later drill knows what one that was killed has left. */
const OURS = "written by skyha drill, may be dropped";

/** Rows in a schema of our own in the database `postgres`, dropped at the end. */
export function postgresStore(service: string, place: PostgresPlace): RowStore {
  const schema = `${PREFIX}${place.stamp.toLowerCase()}`;
  if (!/^[a-z0-9_]{1,60}$/.test(schema)) throw new Error(`${schema} is no plain name`);
  return {
    service,
    mayLose: undefined,
    open: (signal) => openSession(place, schema, signal),
  };
}

async function openSession(
  { host, port, password }: PostgresPlace,
  schema: string,
  signal: AbortSignal,
): Promise<RowSession> {
  const [pg, net] = await Promise.all([import("pg"), import("node:net")]);
  const socket: Socket = new net.Socket();
  const destroy = () => void socket.destroy();
  signal.addEventListener("abort", destroy);
  const client = new pg.Client({
    host,
    port,
    password,
    user: "postgres",
    database: "postgres",
    ssl: false,
    application_name: "skyha drill",
    stream: () => socket,
  });
  // Whatever matters rejects the query that is waited for.
  client.on("error", () => {});
  await client.connect();
  return {
    async prepare() {
      const left = await client.query<{ name: string }>(
        "SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE $1 AND obj_description(oid, 'pg_namespace') = $2",
        [`${PREFIX.replaceAll("_", "\\_")}%`, OURS],
      );
      for (const { name } of left.rows)
        await client.query(`DROP SCHEMA ${pg.escapeIdentifier(name)} CASCADE`);
      await client.query(`CREATE SCHEMA ${schema}`);
      await client.query(`COMMENT ON SCHEMA ${schema} IS '${OURS}'`);
      await client.query(`CREATE TABLE ${schema}.rows (n bigint PRIMARY KEY)`);
    },
    async write(number) {
      await client.query(`INSERT INTO ${schema}.rows VALUES (${number}) ON CONFLICT DO NOTHING`);
    },
    async present() {
      const { rows } = await client.query<{ n: string }>(`SELECT n FROM ${schema}.rows`);
      return new Set(rows.map(({ n }) => Number(n)));
    },
    async drop() {
      await client.query(`DROP SCHEMA ${schema} CASCADE`);
    },
    // A goodbye, so that the server writes nothing about a lost client; whoever called destroys the socket.
    close: () => void client.end().catch(() => {}),
  };
}
