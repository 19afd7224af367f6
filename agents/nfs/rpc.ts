import { type Deadline, TimeLimitError } from "../ocf/deadline.ts";

/** ONC RPC version 2 (RFC 5531): the call that does nothing but prove that a thread takes calls and answers. */

const NFS_PROGRAM = 100003;
const NFS_VERSION = 4;
const CALL = 0;
const REPLY = 1;
const RPC_VERSION = 2;
const ACCEPTED = 0;
const SUCCESS = 0;
/** Marks the last fragment of a message; the lower 31 bits are its length. */
const LAST_FRAGMENT = 0x80000000;
/** An answer to NULL has 24 bytes, plus a verifier of at most 400. */
const MAX_REPLY = 1024;

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** undefined when the NFSv4 server answers a NULL call, else why not. */
export async function nullCallProblem(
  deadline: Deadline,
  { address, port }: Endpoint,
  limitMs: number,
): Promise<string | undefined> {
  const { connect } = await import("node:net");
  const place = `the NFS server at ${address}:${port}`;
  const xid = Math.floor(Math.random() * 2 ** 32);
  const talk = (signal: AbortSignal) =>
    new Promise<string | undefined>((resolve) => {
      const socket = connect({ host: address, port });
      let received = Buffer.alloc(0);
      const end = (problem: string | undefined) => {
        socket.destroy();
        resolve(problem);
      };
      signal.addEventListener("abort", () => end(undefined));
      socket.on("connect", () => socket.write(nullCall(xid)));
      socket.on("data", (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        const message = messageIn(received);
        if (message === "odd") end(`${place} does not speak RPC`);
        else if (message) end(replyProblem(place, message, xid));
      });
      socket.on("error", (error) => end(`${place} does not answer: ${error.message}`));
      socket.on("close", () => end(`${place} closed the connection without an answer`));
    });
  try {
    return await deadline.during(place, talk, limitMs);
  } catch (error) {
    if (!(error instanceof TimeLimitError)) throw error;
    return error.message;
  }
}

/** The call with its record mark; credentials and verifier are AUTH_NONE, which is all zeros. */
function nullCall(xid: number): Buffer {
  const words = [xid, CALL, RPC_VERSION, NFS_PROGRAM, NFS_VERSION, 0, 0, 0, 0, 0];
  const bytes = Buffer.alloc(4 + words.length * 4);
  bytes.writeUInt32BE(LAST_FRAGMENT + words.length * 4, 0);
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, 4 + index * 4);
  return bytes;
}

/** The message without its record mark; undefined while bytes are missing. */
function messageIn(received: Buffer): Buffer | "odd" | undefined {
  if (received.length < 4) return undefined;
  const length = received.readUInt32BE(0) - LAST_FRAGMENT;
  if (length < 12 || length > MAX_REPLY) return "odd";
  return received.length < 4 + length ? undefined : received.subarray(4, 4 + length);
}

function replyProblem(place: string, message: Buffer, xid: number): string | undefined {
  const word = (index: number) =>
    index * 4 + 4 <= message.length ? message.readUInt32BE(index * 4) : undefined;
  if (word(0) !== xid || word(1) !== REPLY) return `${place} answers, but not to the call`;
  if (word(2) !== ACCEPTED) return `${place} denies the call`;
  const verifierWords = Math.ceil((word(4) ?? 0) / 4);
  const state = word(5 + verifierWords);
  return state === SUCCESS ? undefined : `${place} does not serve NFSv4 (RPC state ${state ?? "missing"})`;
}
