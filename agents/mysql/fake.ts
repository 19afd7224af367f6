import { createHash } from "node:crypto";
import { createServer, type Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import { upgradeToTls } from "../testing/tls-upgrade.ts";

/** What a fake server does; tests change it while it runs. */
export interface FakeMysql {
  readonly port: number;
  version: string;
  password: string;
  mode: "serves" | "hangs" | "hangs later" | "hangs in TLS" | "hangs up" | "talks nonsense";
  /** Sent instead of a greeting. */
  greetingError: { number: number; text: string } | undefined;
  /** Columns of the row that a look at the variables brings. */
  variables: Record<string, string>;
  /** Answers every statement that holds the text with this error instead. */
  readonly errors: Map<string, { number: number; text: string }>;
  /** What it offers TLS with; undefined: it offers none. */
  tls: TlsOptions | undefined;
  /** require_secure_transport. */
  requiresTls: boolean;
  /** Statements, in order. */
  readonly statements: string[];
  connections: number;
  /** Content of skyha.write_test; undefined: there is no such table. */
  token: string | undefined;
  close(): Promise<void>;
  /** Opens its port again. */
  listen(): Promise<void>;
}

/**
 * A server on a port of 127.0.0.1 that speaks as much of the client/server protocol as the agent needs, written
 * from the protocol's documentation and not with the driver that is under test.
 */
export async function startFakeMysql(password: string): Promise<FakeMysql> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    serve(fake, socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const fake: FakeMysql = {
    port: typeof address === "object" && address ? address.port : 0,
    version: "8.4.0",
    password,
    mode: "serves",
    greetingError: undefined,
    variables: {},
    errors: new Map(),
    tls: undefined,
    requiresTls: false,
    statements: [],
    connections: 0,
    token: "old",
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
    listen: () => new Promise((resolve) => server.listen(fake.port, "127.0.0.1", resolve)),
  };
  return fake;
}

const SALT = Buffer.from("abcdefghijklmnopqrst");
// Protocol 4.1, secure connection, plugin authentication.
const CAPABILITIES = 0x00088200 | 0x00000001;
const CLIENT_SSL = 0x00000800;
/** Of SSLRequest, which is a login that ends before the user's name. */
const SSL_REQUEST_LENGTH = 32;

function serve(fake: FakeMysql, socket: Socket): void {
  fake.connections += 1;
  if (fake.mode === "hangs") return;
  if (fake.mode === "hangs up") return void socket.destroy();
  if (fake.mode === "talks nonsense") return void socket.end("220 mail.example.org ESMTP\r\n");
  const { greetingError } = fake;
  if (greetingError) return void socket.end(packet(0, errorBody(greetingError, false)));
  socket.write(packet(0, greeting(fake.version, fake.tls !== undefined)));
  converse(fake, socket, false);
}

function converse(fake: FakeMysql, socket: Socket, isSecure: boolean): void {
  let loggedIn = false;
  let received: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 4 && received.length >= 4 + received.readUIntLE(0, 3)) {
      const body = received.subarray(4, 4 + received.readUIntLE(0, 3));
      const sequence = (received[3] ?? 0) + 1;
      received = received.subarray(4 + body.length);
      if (!loggedIn && body.length === SSL_REQUEST_LENGTH && fake.tls !== undefined) {
        if (fake.mode === "hangs in TLS") return void socket.removeAllListeners("data");
        return upgradeToTls(socket, received, fake.tls, (secure) => {
          secure.on("error", () => {});
          converse(fake, secure, true);
        });
      }
      if (loggedIn) {
        if (fake.mode !== "hangs later") socket.write(answer(fake, body));
      } else {
        loggedIn = isLogin(body, fake.password) && (isSecure || !fake.requiresTls);
        const denied =
          fake.requiresTls && !isSecure
            ? {
                number: 3159,
                text: "Connections using insecure transport are prohibited while --require_secure_transport=ON.",
              }
            : {
                number: 1045,
                text: "Access denied for user 'root'@'localhost' (using password: YES)",
              };
        socket.write(packet(sequence, loggedIn ? OK : errorBody(denied, true)));
      }
    }
  });
}

function greeting(version: string, withTls: boolean): Buffer {
  const capabilities = CAPABILITIES | (withTls ? CLIENT_SSL : 0);
  const numbers = Buffer.alloc(18);
  numbers.writeUInt16LE(capabilities & 0xffff, 0);
  numbers[2] = 45;
  numbers.writeUInt16LE(2, 3);
  numbers.writeUInt16LE(capabilities >>> 16, 5);
  numbers[7] = 21;
  return Buffer.concat([
    Buffer.from([10]),
    Buffer.from(`${version}\0`),
    Buffer.from([1, 0, 0, 0]),
    SALT.subarray(0, 8),
    Buffer.from([0]),
    numbers,
    SALT.subarray(8),
    Buffer.from("\0mysql_native_password\0"),
  ]);
}

const OK = Buffer.from([0, 0, 0, 2, 0, 0, 0]);
const EOF = Buffer.from([0xfe, 0, 0, 2, 0]);

/** mysql_native_password: the digest that the right password gives with our salt is in the login. */
function isLogin(body: Buffer, password: string): boolean {
  const sha1 = (...parts: readonly Buffer[]) => createHash("sha1").update(Buffer.concat(parts)).digest();
  const once = sha1(Buffer.from(password));
  const mask = sha1(SALT, sha1(once));
  return body.includes(Buffer.from(once.map((byte, index) => byte ^ (mask[index] ?? 0))));
}

/** The answer to COM_QUERY. */
function answer(fake: FakeMysql, body: Buffer): Buffer {
  const sql = body.toString("utf8", 1);
  fake.statements.push(sql);
  const error = [...fake.errors].find(([text]) => sql.includes(text))?.[1];
  if (error) return packet(1, errorBody(error, true));
  if (sql.includes("@@global.version")) return rows({ version: fake.version });
  if (sql.includes("@@global.read_only")) {
    const known = sql.includes("super_read_only") ? { super_read_only: "0" } : {};
    return rows({ read_only: "0", innodb_read_only: "0", ...known, ...fake.variables });
  }
  if (sql.includes("TABLE")) fake.token = "new";
  if (sql.startsWith("REPLACE") && fake.token === undefined) {
    return packet(1, errorBody({ number: 1049, text: "Unknown database 'skyha'" }, true));
  }
  if (sql.startsWith("REPLACE")) fake.token = /'([\w-]+)'/.exec(sql)?.[1] ?? "";
  return sql.startsWith("SELECT token") ? rows({ token: fake.token ?? "" }) : packet(1, OK);
}

function rows(row: Record<string, string>): Buffer {
  const names = Object.keys(row);
  const bodies = [
    Buffer.from([names.length]),
    ...names.map(column),
    EOF,
    Buffer.concat(Object.values(row).map(text)),
    EOF,
  ];
  return Buffer.concat(bodies.map((body, index) => packet(index + 1, body)));
}

/** Column definition of a text column. */
function column(name: string): Buffer {
  const texts = ["def", "", "", "", name, name].map(text);
  return Buffer.concat([...texts, Buffer.from([12, 45, 0, 255, 0, 0, 0, 253, 0, 0, 0, 0, 0])]);
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([Buffer.byteLength(value)]), Buffer.from(value)]);
}

function errorBody({ number, text: words }: { number: number; text: string }, withState: boolean): Buffer {
  const head = Buffer.alloc(3, 0xff);
  head.writeUInt16LE(number, 1);
  return Buffer.concat([head, Buffer.from(`${withState ? "#HY000" : ""}${words}`)]);
}

function packet(sequence: number, body: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUIntLE(body.length, 0, 3);
  head[3] = sequence;
  return Buffer.concat([head, body]);
}
