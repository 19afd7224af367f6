import { createServer, type Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import { upgradeToTls } from "../testing/tls-upgrade.ts";

/** A server that speaks as much of PostgreSQL's protocol 3.0 as the agent needs; tests change its fields. */
export interface FakeServer {
  readonly port: number;
  /** Answered to every startup message instead of a login. */
  refusal: readonly [state: string, text: string] | undefined;
  /** Takes connections and says nothing, as a server under SIGSTOP does. */
  isHung: boolean;
  /** Asked for in clear text; undefined: everyone is let in. */
  password: string | undefined;
  /** undefined: it answers no to a request for TLS. */
  tls: TlsOptions | undefined;
  inRecovery: boolean;
  /** Answered to every statement that writes. */
  writeError: readonly [state: string, text: string] | undefined;
  /** Bytes sent instead of any answer. */
  nonsense: Buffer | undefined;
  readonly startups: string[];
  readonly queries: string[];
  readonly open: Set<Socket>;
  close(): Promise<void>;
}

const SSL_REQUEST = 80877103;

export async function startFakeServer(): Promise<FakeServer> {
  const server = createServer((socket) => serve(fake, socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const fake: FakeServer = {
    port: typeof address === "object" && address !== null ? address.port : 0,
    refusal: undefined,
    isHung: false,
    password: undefined,
    tls: undefined,
    inRecovery: false,
    writeError: undefined,
    nonsense: undefined,
    startups: [],
    queries: [],
    open: new Set(),
    async close() {
      for (const socket of fake.open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

function serve(fake: FakeServer, socket: Socket): void {
  fake.open.add(socket);
  socket.on("close", () => fake.open.delete(socket));
  socket.on("error", () => {});
  converse(fake, socket);
}

function converse(fake: FakeServer, socket: Socket): void {
  let received = Buffer.alloc(0);
  let isStarted = false;
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (fake.isHung) return;
    if (fake.nonsense) {
      socket.write(fake.nonsense);
      return;
    }
    for (;;) {
      const head = isStarted ? 1 : 0;
      const length =
        received.length >= head + 4 ? received.readUInt32BE(head) + head : Number.POSITIVE_INFINITY;
      if (received.length < length) return;
      const type = isStarted ? String.fromCharCode(received[0] ?? 0) : "";
      const body = received.subarray(head + 4, length);
      received = received.subarray(length);
      if (!isStarted && body.readUInt32BE(0) === SSL_REQUEST && fake.tls) {
        socket.write("S");
        upgradeToTls(socket, received, fake.tls, (secure) => {
          secure.on("error", () => {});
          converse(fake, secure);
        });
        return;
      }
      if (!isStarted && body.readUInt32BE(0) === SSL_REQUEST) socket.write("N");
      else if (!isStarted) {
        isStarted = true;
        fake.startups.push(body.subarray(4).toString("utf8"));
        if (fake.refusal) socket.end(errorMessage("FATAL", ...fake.refusal));
        else if (fake.password !== undefined) socket.write(message("R", int32(3)));
        else socket.write(welcome());
      } else answer(fake, socket, type, body);
    }
  });
}

function answer(fake: FakeServer, socket: Socket, type: string, body: Buffer): void {
  const text = body.toString("utf8").replace(/\0$/, "");
  if (type === "X") {
    socket.end();
  } else if (type === "p") {
    if (text === fake.password) socket.write(welcome());
    else socket.end(errorMessage("FATAL", "28P01", 'password authentication failed for user "postgres"'));
  } else if (type === "Q") {
    fake.queries.push(text);
    const isWrite = /^(INSERT|CREATE)/.test(text);
    if (isWrite && fake.writeError) {
      socket.write(
        Buffer.concat([errorMessage("ERROR", ...fake.writeError), message("Z", Buffer.from("I"))]),
      );
      return;
    }
    const rows = text.includes("pg_is_in_recovery") ? booleanRow(fake.inRecovery) : [];
    const done = [message("C", Buffer.from("SELECT 1\0")), message("Z", Buffer.from("I"))];
    socket.write(Buffer.concat([...rows, ...done]));
  }
}

function welcome(): Buffer {
  return Buffer.concat([message("R", int32(0)), message("Z", Buffer.from("I"))]);
}

/** RowDescription of one boolean (type 16), and its row. */
function booleanRow(value: boolean): Buffer[] {
  const field = Buffer.from("recovering\0");
  const description = Buffer.concat([
    Buffer.from([0, 1]),
    field,
    int32(0),
    Buffer.from([0, 0]),
    int32(16),
    Buffer.from([0, 1]),
    int32(-1),
    Buffer.from([0, 0]),
  ]);
  const row = Buffer.concat([Buffer.from([0, 1]), int32(1), Buffer.from(value ? "t" : "f")]);
  return [message("T", description), message("D", row)];
}

function errorMessage(severity: string, state: string, text: string): Buffer {
  return message("E", Buffer.from(`S${severity}\0V${severity}\0C${state}\0M${text}\0\0`));
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}
