import { execa } from "execa";
import { LabError } from "./errors.ts";

export interface RunOptions {
  readonly stdin?: string;
  /** A file as standard input, instead of `stdin`. */
  readonly stdinFile?: string;
  readonly cwd?: string;
  readonly timeoutMs?: number;
}

export interface Outcome {
  /** undefined when the command was killed (time-out, signal) or could not be started. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a local command and reports how it ended; never throws for a failing command. */
export async function attempt(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [file, ...args] = argv;
  if (file === undefined) throw new Error("empty command line");
  const result = await execa(file, args, {
    reject: false,
    env: { LC_ALL: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" },
    ...standardInput(options),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: "SIGKILL" }),
  });
  return { code: result.exitCode, stdout: result.stdout ?? "", stderr: result.stderr ?? "" };
}

function standardInput({ stdin, stdinFile }: RunOptions) {
  if (stdinFile !== undefined) return { inputFile: stdinFile };
  return stdin === undefined ? { stdin: "ignore" as const } : { input: stdin };
}

/** Runs a local command that has to succeed; returns its standard output. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await attempt(argv, options);
  if (code !== 0) throw new LabError(failureText(argv, code, stderr || stdout));
  return stdout;
}

export function failureText(argv: readonly string[], code: number | undefined, output: string): string {
  const ended = code === undefined ? "was killed or could not start" : `ended with ${code}`;
  const tail = output.trim().split("\n").slice(-8).join("\n  ");
  return `"${argv.join(" ").slice(0, 300)}" ${ended}${tail === "" ? "" : `:\n  ${tail}`}`;
}

export async function hasCommand(name: string): Promise<boolean> {
  return (await attempt(["sh", "-c", 'command -v "$1"', "sh", name])).code === 0;
}
