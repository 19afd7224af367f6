/**
 * A machine that skyha can look at and change. The only way the installer and the operations commands run a
 * process or touch a file on a host; implementations live in `installer/hosts/` (ssh2, local, fake).
 */
export interface Host {
  /** The name the configuration gives this host, also its node name in the cluster. */
  readonly name: string;
  /** Where it was reached: an address, or `local`. */
  readonly address: string;
  /**
   * Runs one program, as root. A non-zero exit code is a result, not an exception.
   * @throws HostError when the host could not be asked at all (connection lost, program could not be started).
   */
  exec(argv: Argv, options?: ExecOptions): Promise<ExecResult>;
  /** The file's content, or undefined when it is proven not to exist. @throws HostError on anything else. */
  read(path: string): Promise<string | undefined>;
  /** Replaces the file atomically: a reader sees the old content or the new, also after a power cut. */
  write(path: string, content: string, options?: WriteOptions): Promise<void>;
  /** Copies a local file, compressed on the way, renamed into place after its SHA-256 was compared. */
  upload(localPath: string, remotePath: string, options?: UploadOptions): Promise<void>;
  close(): Promise<void>;
}

export type Argv = readonly [program: string, ...args: string[]];

export interface ExecOptions {
  /** Text for the program's standard input; secrets go here, never in argv. */
  readonly stdin?: string;
  /** Default 30 s. On expiry the program is killed and `timedOut` is set. */
  readonly timeoutMs?: number;
}

export interface ExecResult {
  /** Exit code; 128 + signal number when a signal ended it, 124 when it was killed for its time-out. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface WriteOptions {
  /** Octal permission bits, default 0o644. */
  readonly mode?: number;
}

export interface UploadOptions extends WriteOptions {
  /** Called with bytes sent and total, before compression. */
  readonly onProgress?: (sent: number, total: number) => void;
}

/** The host could not be asked. Says nothing about the state of anything on it. */
export class HostError extends Error {
  readonly host: string;
  constructor(host: string, message: string, options?: ErrorOptions) {
    super(`${host}: ${message}`, options);
    this.name = "HostError";
    this.host = host;
  }
}

/** A program ended in a way the caller has no use for; carries everything it said. */
export class CommandError extends Error {
  readonly host: string;
  readonly argv: Argv;
  readonly result: ExecResult;
  constructor(host: string, argv: Argv, result: ExecResult) {
    const said = lastLines(result.stderr || result.stdout, 3);
    const how = result.timedOut ? "did not end in time" : `ended with code ${result.code}`;
    super(`${host}: ${argv.slice(0, 3).join(" ")} ${how}${said ? `: ${said}` : ""}`);
    this.name = "CommandError";
    this.host = host;
    this.argv = argv;
    this.result = result;
  }
}

/** Runs a program that has to succeed and returns its standard output. @throws CommandError */
export async function run(host: Host, argv: Argv, options?: ExecOptions): Promise<string> {
  const result = await host.exec(argv, options);
  if (result.code !== 0) throw new CommandError(host.name, argv, result);
  return result.stdout;
}

function lastLines(text: string, count: number): string {
  return text.trim().split("\n").slice(-count).join(" / ").slice(0, 600);
}
