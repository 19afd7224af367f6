import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Argv, ExecOptions, ExecResult } from "./host.ts";

/** Output kept of one program, per stream; what comes after is dropped. The executor's own cap is 10 MiB. */
const OUTPUT_LIMIT = 32 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 30_000;

export interface ProcessOptions extends ExecOptions {
  /** The whole environment of the program; default: the caller's. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/**
 * Runs a program on this machine without a shell, in a process group of its own so that a time-out ends its
 * children too.
 *
 * node:child_process rather than execa: agents are started every few seconds for years, and execa's start-up
 * costs more than the rest of a monitor together.
 *
 * @throws Error when the program cannot be started (not found, not executable).
 */
export function runProcess(argv: Argv, options: ProcessOptions = {}): Promise<ExecResult> {
  const [program, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
      ...(options.env ? { env: options.env } : {}),
      ...(options.cwd ? { cwd: options.cwd } : {}),
    });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid);
    }, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    // A program that ends without reading its input is no error of ours.
    child.stdin.on("error", () => {});
    child.stdin.end(options.stdin ?? "");
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code: exitCode(code, signal, timedOut), stdout: stdout(), stderr: stderr(), timedOut });
    });
  });
}

function exitCode(code: number | null, signal: NodeJS.Signals | null, timedOut: boolean): number {
  if (timedOut) return 124;
  if (code !== null) return code;
  return 128 + (signal ? constants.signals[signal] : 0);
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Already gone: that is what was wanted.
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    if (size >= OUTPUT_LIMIT) return;
    chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}
