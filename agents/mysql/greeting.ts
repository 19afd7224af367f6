import type { Socket } from "node:net";
import type { ServerError } from "./judge.ts";

/** Nobody answers there, or not in this protocol; the text is a sentence about the server. */
export class Unreachable extends Error {}

export type Greeting =
  | { readonly kind: "version"; readonly version: string }
  | { readonly kind: "error"; readonly error: ServerError };

const HEAD = 4;
const PROTOCOL_10 = 10;
const ERROR_PACKET = 0xff;
const MAX_GREETING = 64 * 1024;

/** Reads what the server says first, and leaves without an answer. @throws Unreachable */
export async function readGreeting(
  address: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Greeting> {
  const { connect } = await import("node:net");
  const socket = connect(address);
  signal.addEventListener("abort", () => socket.destroy());
  try {
    return await firstPacket(socket);
  } finally {
    socket.destroy();
  }
}

function firstPacket(socket: Socket): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      try {
        const greeting = parseGreeting(received);
        if (greeting) resolve(greeting);
      } catch (error) {
        reject(error);
      }
    });
    socket.on("error", (error) => reject(new Unreachable(`it does not answer: ${error.message}`)));
    socket.on("close", () => reject(new Unreachable("it closed the connection without a greeting")));
  });
}

/**
 * HandshakeV10 or ERR_Packet of the client/server protocol; undefined when more has to come.
 * @throws Unreachable when it is neither
 */
export function parseGreeting(data: Buffer): Greeting | undefined {
  if (data.length < HEAD) return undefined;
  const length = data.readUIntLE(0, 3);
  if (length === 0 || length > MAX_GREETING) throw foreign(data);
  if (data.length < HEAD + length) return undefined;
  const body = data.subarray(HEAD, HEAD + length);
  if (body[0] === PROTOCOL_10) {
    const end = body.indexOf(0, 1);
    if (end < 0) throw foreign(data);
    return { kind: "version", version: body.toString("latin1", 1, end) };
  }
  if (body[0] === ERROR_PACKET && body.length >= 3) {
    // The state that begins with # is only sent to clients that have said what they understand.
    const text = body.toString("utf8", 3).replace(/^#.{5}/, "");
    return { kind: "error", error: { number: body.readUInt16LE(1), text } };
  }
  throw foreign(data);
}

function foreign(data: Buffer): Unreachable {
  const start = JSON.stringify(data.toString("latin1", 0, 40));
  return new Unreachable(`it does not speak the MySQL protocol: ${start}`);
}
