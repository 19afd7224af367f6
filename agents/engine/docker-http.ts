import { messageOf } from "../../core/message.ts";
import type { Deadline } from "../ocf/deadline.ts";
import { TimeLimitError } from "../ocf/deadline.ts";
import type { Log } from "../ocf/log.ts";
import { EngineSilence } from "./types.ts";

export interface Reply {
  readonly status: number;
  readonly body: Buffer;
}

export interface CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** File sent as the request's body. */
  readonly file?: string;
  /** Less than what the deadline leaves. */
  readonly limitMs?: number;
}

export type DockerCall = (method: string, path: string, options?: CallOptions) => Promise<Reply>;

/** Answers are short; a log or a command that floods is cut. */
const BODY_LIMIT = 4 * 1024 * 1024;

/** HTTP over the daemon's unix socket. @throws EngineSilence when there is no answer, whatever the cause. */
export function createDockerCall(socketPath: string, deadline: Deadline, log: Log): DockerCall {
  return async (method, path, options = {}) => {
    log.trace(`docker ${method} ${path}`);
    const what = `docker at ${socketPath} (${method} ${path.replace(/\?.*/, "")})`;
    try {
      const reply = await deadline.during(
        what,
        (signal) => send(socketPath, method, path, options, signal),
        options.limitMs,
      );
      log.trace(`docker ${method} ${path}: ${reply.status}, ${reply.body.length} bytes`);
      return reply;
    } catch (error) {
      if (error instanceof TimeLimitError) throw new EngineSilence(error.message);
      const why = messageOf(error);
      throw new EngineSilence(`docker at ${socketPath} does not answer: ${why}`);
    }
  };
}

async function send(
  socketPath: string,
  method: string,
  path: string,
  { body, file }: CallOptions,
  signal: AbortSignal,
): Promise<Reply> {
  const { request } = await import("node:http");
  const json = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const headers = {
    Host: "docker",
    Connection: "close",
    ...(json ? { "Content-Type": "application/json", "Content-Length": String(json.length) } : {}),
    ...(file ? { "Content-Type": "application/x-tar", "Transfer-Encoding": "chunked" } : {}),
    ...(!json && !file && method === "POST" ? { "Content-Length": "0" } : {}),
  };
  const stream = file ? (await import("node:fs")).createReadStream(file) : undefined;
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, headers, agent: false, signal }, (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= BODY_LIMIT) chunks.push(chunk);
      });
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks) }));
      incoming.on("error", reject);
      incoming.on("aborted", () => reject(new Error("connection closed in the middle of the answer")));
    });
    outgoing.on("error", reject);
    if (stream) {
      stream.on("error", (error) => outgoing.destroy(error));
      stream.pipe(outgoing);
    } else {
      outgoing.end(json);
    }
  });
}

/** Standard output and error out of docker's multiplexed stream: 1 byte stream, 3 bytes 0, 4 bytes length, data. */
export function demultiplex(body: Buffer): string {
  const parts: Buffer[] = [];
  let offset = 0;
  while (offset + 8 <= body.length) {
    const kind = body[offset];
    // A container with a terminal has a plain stream instead.
    if (kind === undefined || kind > 2) return body.toString("utf8");
    const length = body.readUInt32BE(offset + 4);
    parts.push(body.subarray(offset + 8, offset + 8 + length));
    offset += 8 + length;
  }
  return Buffer.concat(parts).toString("utf8");
}
