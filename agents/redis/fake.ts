import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

/** What a fake server does; tests change it while it runs. */
export interface FakeRedis {
  readonly port: number;
  /** undefined: it demands none. */
  password: string | undefined;
  /** Lines of INFO on top of those of a healthy server. */
  info: Record<string, string>;
  /** Answers PING, SET and so on with this error line instead. */
  readonly errors: Map<string, string>;
  mode: "serves" | "hangs" | "full" | "hangs up" | "talks nonsense" | "floods";
  /** Words of every command, in order. */
  readonly commands: string[][];
  connections: number;
  readonly keys: Map<string, string>;
  close(): Promise<void>;
}

/** A server on a port of 127.0.0.1 that knows AUTH, PING, INFO, SET and GET. @param tls with TLS and nothing else */
export async function startFakeRedis(tls?: TlsOptions): Promise<FakeRedis> {
  const open = new Set<Socket>();
  const greet = (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    serve(fake, socket);
  };
  const server = tls === undefined ? createServer(greet) : createTlsServer(tls, greet);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const fake: FakeRedis = {
    port: typeof address === "object" && address ? address.port : 0,
    password: undefined,
    info: {},
    errors: new Map(),
    mode: "serves",
    commands: [],
    connections: 0,
    keys: new Map(),
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

function serve(fake: FakeRedis, socket: Socket): void {
  fake.connections += 1;
  if (fake.mode === "full") socket.end("-ERR max number of clients reached\r\n");
  if (fake.mode === "hangs up") socket.destroy();
  let loggedIn = false;
  let received = "";
  socket.on("data", (chunk: Buffer) => {
    if (fake.mode === "hangs" || fake.mode === "full") return;
    if (fake.mode === "talks nonsense") socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    if (fake.mode === "floods") socket.write(`$1048576\r\n${"x".repeat(1_100_000)}`);
    received += chunk.toString("latin1");
    for (let next = readCommand(received); next; next = readCommand(received)) {
      received = received.slice(next.length);
      fake.commands.push(next.words);
      const [verb = "", ...rest] = next.words;
      if (verb === "AUTH") {
        loggedIn = rest[0] === fake.password;
        socket.write(authAnswer(fake.password, loggedIn));
      } else if (fake.password !== undefined && !loggedIn) {
        socket.write("-NOAUTH Authentication required.\r\n");
      } else {
        const error = fake.errors.get(verb);
        // In two pieces, as a network may deliver it.
        const answer = error === undefined ? answerOf(fake, verb, rest) : `-${error}\r\n`;
        socket.write(answer.slice(0, 3));
        socket.write(answer.slice(3));
      }
    }
  });
}

function authAnswer(password: string | undefined, right: boolean): string {
  if (password === undefined) {
    return "-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n";
  }
  return right ? "+OK\r\n" : "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
}

const HEALTHY = {
  redis_version: "7.2.4",
  config_file: "",
  loading: "0",
  rdb_last_bgsave_status: "ok",
  aof_last_write_status: "ok",
  role: "master",
};

function answerOf(fake: FakeRedis, verb: string, [key = "", value = ""]: readonly string[]): string {
  switch (verb) {
    case "PING":
      return "+PONG\r\n";
    case "INFO": {
      const lines = Object.entries({ ...HEALTHY, ...fake.info }).map(([name, text]) => `${name}:${text}`);
      return bulk(`# Server\r\n${lines.join("\r\n")}\r\n`);
    }
    case "SET":
      fake.keys.set(key, value);
      return "+OK\r\n";
    case "GET":
      return bulk(fake.keys.get(key));
    default:
      return `-ERR unknown command '${verb}'\r\n`;
  }
}

function bulk(text: string | undefined): string {
  return text === undefined ? "$-1\r\n" : `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

/** The words of the first complete command. */
function readCommand(text: string): { words: string[]; length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (!head) return undefined;
  const words: string[] = [];
  let at = head[0].length;
  for (let index = 0; index < Number(head[1]); index += 1) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (!size?.[1]) return undefined;
    at += size[0].length;
    const word = text.slice(at, at + Number(size[1]));
    at += Number(size[1]) + 2;
    if (at > text.length) return undefined;
    words.push(Buffer.from(word, "latin1").toString());
  }
  return { words, length: at };
}
