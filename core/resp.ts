import type { Socket } from "node:net";
import { messageOf } from "./message.ts";
import { certificateProblem, type TlsOptions, TlsRefusal } from "./tls.ts";

/** An answer of the server; "error" without the leading hyphen, such as "NOAUTH Authentication required." */
export type Reply = { readonly kind: "text" | "error"; readonly text: string } | { readonly kind: "nothing" };

/** Nobody answers there, or not in this protocol; the text is a sentence about the server. */
export class Unreachable extends Error {}

/** INFO takes some 10 kB; whoever sends this much is no Redis. */
const MAX_ANSWER = 1024 * 1024;
const CRLF = "\r\n";

/** Sends commands in one go. When the server hangs up early, the answers it did send. @throws Unreachable */
export type Ask = (...commands: readonly (readonly string[])[]) => Promise<readonly Reply[]>;

export interface Address {
  readonly host: string;
  readonly port: number;
  /** undefined: without TLS. */
  readonly tls?: TlsOptions | undefined;
}

/** Opens one connection for all of `work`. @throws Unreachable, TlsRefusal, and what work throws */
export async function talk<T>(
  address: Address,
  signal: AbortSignal,
  work: (ask: Ask) => Promise<T>,
): Promise<T> {
  const { ask, close } = await openRedis(address, signal);
  try {
    return await work(ask);
  } finally {
    close();
  }
}

/**
 * A connection that stays until it is closed, or until the signal ends it; whether it came about, the first answer says.
 * @throws Unreachable, TlsRefusal when there is to be TLS and there is none: nothing is sent before the other side is known
 */
export async function openRedis(
  address: Address,
  signal: AbortSignal,
): Promise<{ readonly ask: Ask; readonly close: () => void }> {
  const socket = await open(address);
  const close = () => void socket.destroy();
  signal.addEventListener("abort", close);
  if (address.tls === undefined) return { ask: asker(socket), close };
  try {
    await secured(socket);
  } catch (error) {
    close();
    throw error;
  }
  return { ask: asker(socket), close };
}

async function open({ host, port, tls }: Address): Promise<Socket> {
  if (tls === undefined) return (await import("node:net")).connect({ host, port });
  return (await import("node:tls")).connect({ ...tls, host, port });
}

function secured(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", (error) => reject(problemOf(error)));
    socket.once("close", () =>
      reject(new Unreachable("it closed the connection in the TLS handshake (does it speak TLS?)")),
    );
  });
}

function problemOf(error: Error): Error {
  const about = certificateProblem(error);
  if (about !== undefined) return new TlsRefusal(about);
  const isPlain = "code" in error && /WRONG_VERSION_NUMBER/.test(String(error.code));
  return new Unreachable(isPlain ? "it does not speak TLS" : `it does not answer: ${error.message}`);
}

function asker(socket: Socket): Ask {
  let received: Buffer = Buffer.alloc(0);
  let ended: Error | undefined;
  let look: () => void = () => {};
  const over = (why: Error) => {
    ended ??= why;
    look();
  };
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    look();
  });
  socket.on("error", (error) => over(problemOf(error)));
  socket.on("close", () => over(new Unreachable("it closed the connection without an answer")));
  return (...commands) =>
    new Promise((resolve, reject) => {
      const replies: Reply[] = [];
      look = () => {
        try {
          for (let next = readReply(received); next; next = readReply(received)) {
            replies.push(next.reply);
            received = received.subarray(next.length);
          }
        } catch (error) {
          reject(new Unreachable(`it ${messageOf(error)}`));
          return;
        }
        if (received.length > MAX_ANSWER) reject(new Unreachable("it answers without an end"));
        else if (replies.length >= commands.length) resolve(replies);
        else if (ended !== undefined && replies.length > 0) resolve(replies);
        else if (ended !== undefined) reject(ended);
      };
      socket.write(commands.map(encode).join(""));
      look();
    });
}

/** A command as the array of bulk strings that the protocol wants. */
function encode(words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}${CRLF}${word}${CRLF}`);
  return `*${words.length}${CRLF}${parts.join("")}`;
}

/**
 * The first complete answer; undefined when more has to come. The commands here have no answers that are lists.
 * Source: the Redis serialization protocol, version 2.
 * @throws Error when it is no answer at all
 */
export function readReply(data: Buffer): { readonly reply: Reply; readonly length: number } | undefined {
  const end = data.indexOf(CRLF);
  const type = String.fromCharCode(data[0] ?? 0);
  if (data.length > 0 && !"+-:$_".includes(type)) {
    throw new Error(`does not speak the Redis protocol: ${JSON.stringify(data.toString("latin1", 0, 40))}`);
  }
  if (end < 0) return undefined;
  const line = data.toString("utf8", 1, end);
  const length = end + CRLF.length;
  if (type !== "$") return { reply: { kind: type === "-" ? "error" : "text", text: line }, length };
  const size = Number(line);
  if (size === -1) return { reply: { kind: "nothing" }, length };
  if (!/^\d+$/.test(line) || size > MAX_ANSWER) throw new Error(`announces an answer of ${line} bytes`);
  const whole = length + size + CRLF.length;
  if (data.length < whole) return undefined;
  return { reply: { kind: "text", text: data.toString("utf8", length, length + size) }, length: whole };
}
