import { createReadStream, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Client, ClientChannel } from "ssh2";
import { type Argv, type ExecOptions, type ExecResult, type Host, HostError } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { quoteArgv } from "../../core/quote.ts";
import { readFile, sha256OfFile, uploadProgram, writeFile } from "./files.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
/** OpenSSH's MaxSessions default is 10 per connection; what exceeds it is refused, so we queue. */
const MAX_CHANNELS = 8;

export interface SshHostOptions {
  readonly name: string;
  readonly address: string;
  readonly client: Client;
  /** Logs in again, with the same checks; used when the connection was lost, for example by a reboot. */
  readonly reconnect: () => Promise<Client>;
  readonly sudo: boolean;
}

/** A Host behind an established, verified SSH connection; see connect.ts. */
export function createSshHost({ name, address, client, reconnect, sudo }: SshHostOptions): Host {
  const slots = createSlots(MAX_CHANNELS);
  let current: Client | undefined = watched(client);
  let connecting: Promise<Client> | undefined;

  function watched(fresh: Client): Client {
    const forget = () => {
      if (current === fresh) current = undefined;
    };
    fresh.on("error", forget);
    fresh.on("close", forget);
    return fresh;
  }

  /** The connection, made anew when it was lost. What ran on the old one stays unknown: nothing is repeated here. */
  async function connected(): Promise<Client> {
    if (current !== undefined) return current;
    connecting ??= reconnect().finally(() => {
      connecting = undefined;
    });
    try {
      current = watched(await connecting);
      return current;
    } catch (error) {
      throw new HostError(name, messageOf(error), { cause: error });
    }
  }

  function exec(argv: Argv, options: ExecOptions = {}): Promise<ExecResult> {
    return slots(async () => execOnce(await connected(), name, argv, sudo, options));
  }

  const host: Host = {
    name,
    address,
    exec,
    read: (path) => readFile(host, path),
    write: (path, content, options) => writeFile(host, path, content, options),
    async upload(localPath, remotePath, options = {}) {
      const digest = await sha256OfFile(localPath);
      const total = statSync(localPath).size;
      await slots(async () => {
        const command = commandText(uploadProgram(remotePath, digest, options), sudo);
        const { channel, ended } = await openChannel(await connected(), name, command);
        let sent = 0;
        const source = createReadStream(localPath, { highWaterMark: 256 * 1024 });
        source.on("data", (chunk) => {
          sent += chunk.length;
          options.onProgress?.(sent, total);
        });
        await pipeline(source, createGzip({ level: 1 }), channel).catch(() => {
          // The other side says why by its exit code.
        });
        const result = await ended;
        if (result.code !== 0) throw new HostError(name, `upload of ${remotePath}: ${result.stderr.trim()}`);
      });
    },
    async close() {
      current?.end();
    },
  };
  return host;
}

/** Proves that the connection can act as root. @throws HostError with what sudo said. */
export async function proveRoot(host: Host): Promise<void> {
  const result = await host.exec(["id", "-u"], { timeoutMs: 15_000 });
  if (result.stdout.trim() !== "0")
    throw new HostError(host.name, result.stderr.trim() || "id -u did not say 0");
}

function commandText(argv: Argv, sudo: boolean): string {
  return quoteArgv(sudo ? ["sudo", "-n", "--", ...argv] : argv);
}

/**
 * `timeout` on the host ends the program there: closing an SSH channel would leave it running. The local timer
 * is for a host that does not answer any more.
 */
async function execOnce(
  client: Client,
  name: string,
  argv: Argv,
  sudo: boolean,
  options: ExecOptions,
): Promise<ExecResult> {
  const limitMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const limited: Argv = ["timeout", "-k", "2", `${Math.max(limitMs / 1000, 0.1)}`, ...argv];
  const opened = openChannel(client, name, commandText(limited, sudo));
  const { channel, ended } = await withDeadline(opened, limitMs + 5000, name);
  channel.end(options.stdin ?? "");
  const result = await withDeadline(ended, limitMs + 5000, name, () => channel.destroy());
  return { ...result, timedOut: result.code === 124 };
}

function withDeadline<T>(work: Promise<T>, ms: number, name: string, onExpiry?: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onExpiry?.();
      reject(new HostError(name, `no answer within ${Math.round(ms / 1000)} s`));
    }, ms);
  });
  return Promise.race([work, expiry]).finally(() => clearTimeout(timer));
}

interface OpenChannel {
  readonly channel: ClientChannel;
  readonly ended: Promise<ExecResult>;
}

function openChannel(client: Client, name: string, command: string): Promise<OpenChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) reject(new HostError(name, `cannot open a channel: ${error.message}`, { cause: error }));
      // Listening starts here: a short program's result can be in the very packet that opens the channel.
      else resolve({ channel, ended: ending(channel, name) });
    });
  });
}

/** Resolves when the channel closed with an exit status; without one nobody knows how the program ended. */
function ending(channel: ClientChannel, name: string): Promise<ExecResult> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let code: number | undefined;
  channel.on("data", (chunk: Buffer) => out.push(chunk));
  channel.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  channel.on("exit", (status: number | null) => {
    // Killed by a signal: SSH tells its name, the number is of no use to any caller here.
    code = status ?? 128;
  });
  return new Promise((resolve, reject) => {
    channel.on("error", () => {});
    channel.on("close", () => {
      if (code === undefined) {
        reject(new HostError(name, "connection lost before the program's result was known"));
        return;
      }
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString("utf8");
      resolve({ code, stdout: text(out), stderr: text(err), timedOut: false });
    });
  });
}

function createSlots(size: number): <T>(task: () => Promise<T> | T) => Promise<T> {
  let free = size;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free--;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
