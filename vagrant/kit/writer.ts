import { Client } from "pg";

/**
 * A client that inserts numbered rows through the VIP, one after the other, for as long as it is told to. What the
 * database acknowledged must be there at the end; the longest time without an acknowledgement is the outage.
 */
export interface RowWriter {
  /** Rows acknowledged so far. */
  acknowledged(): number;
  /** Longest time between two acknowledgements since `since` (ms since the epoch), seconds. */
  longestGap(since: number): number;
  /** Resolves once a row is acknowledged that was begun after now. */
  nextRow(timeoutMs: number): Promise<void>;
  stop(): Promise<{ acknowledged: number; lost: number }>;
}

const TRY_MS = 1000;
const PAUSE_MS = 20;

export async function startRowWriter(address: string, password: string): Promise<RowWriter> {
  const times: number[] = [];
  const numbers: number[] = [];
  let running = true;
  let client: Client | undefined;
  const table = `rows_${Date.now()}`;
  client = await connect(address, password);
  await client.query(`CREATE TABLE ${table} (n bigint PRIMARY KEY)`);

  async function loop(): Promise<void> {
    for (let number = 1; running; ) {
      try {
        client ??= await connect(address, password);
        // A row whose answer was lost may be there already; it is acknowledged only when the answer comes.
        await limited(client.query(`INSERT INTO ${table} VALUES (${number}) ON CONFLICT DO NOTHING`), TRY_MS);
        times.push(Date.now());
        numbers.push(number);
        number++;
        await sleep(PAUSE_MS);
      } catch {
        abandon(client);
        client = undefined;
        await sleep(50);
      }
    }
  }
  const ended = loop();

  return {
    acknowledged: () => numbers.length,
    longestGap: (since) => longestGap(times, since, Date.now()),
    async nextRow(timeoutMs) {
      const before = numbers.length;
      const deadline = Date.now() + timeoutMs;
      while (numbers.length <= before + 1) {
        if (Date.now() > deadline) throw new Error(`no row was acknowledged within ${timeoutMs / 1000} s`);
        await sleep(50);
      }
    },
    async stop() {
      running = false;
      await ended;
      const reader = client ?? (await connect(address, password));
      const { rows } = await reader.query<{ n: string }>(`SELECT n FROM ${table}`);
      await reader.end();
      const present = new Set(rows.map((row) => Number(row.n)));
      return { acknowledged: numbers.length, lost: numbers.filter((number) => !present.has(number)).length };
    },
  };
}

/** Seconds; the time since the last acknowledgement counts as well. Exported for its test. */
export function longestGap(times: readonly number[], since: number, now: number): number {
  const inside = times.filter((time) => time >= since);
  const before = times.filter((time) => time < since).at(-1);
  const points = [...(before === undefined ? [] : [before]), ...inside, now];
  let longest = 0;
  for (let index = 1; index < points.length; index++) {
    longest = Math.max(longest, (points[index] ?? 0) - (points[index - 1] ?? 0));
  }
  return longest / 1000;
}

async function connect(address: string, password: string): Promise<Client> {
  const client = new Client({
    host: address,
    user: "postgres",
    password,
    database: "postgres",
    connectionTimeoutMillis: TRY_MS,
    query_timeout: 10_000,
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** A connection to a host that lost its power answers nothing, not even to a goodbye. */
function abandon(client: Client | undefined): void {
  void client?.end().catch(() => {});
}

function limited<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, expiry]).finally(() => clearTimeout(timer));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
