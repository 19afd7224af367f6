/** The outside world of a command; tests give their own. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Whether standard output is a terminal somebody looks at. */
  readonly terminal: boolean;
  readonly env: NodeJS.ProcessEnv;
}

export function processIo(): Io {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    terminal:
      process.stdout.isTTY === true && process.env["CI"] === undefined && process.env["TERM"] !== "dumb",
    env: process.env,
  };
}
