import type { Argv, ExecOptions, ExecResult, Host } from "../../core/host.ts";

/** One scripted answer. `argv` words must all match; a RegExp word matches by pattern. */
export interface Scripted {
  readonly argv: readonly (string | RegExp)[];
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code?: number;
  /** It did not end in time. */
  readonly timedOut?: boolean;
}

export interface FakeHost extends Host {
  /** Every program that was run, in order. */
  readonly ran: readonly { readonly argv: Argv; readonly stdin?: string }[];
  readonly files: ReadonlyMap<string, string>;
}

/** A Host for unit tests: answers from a script; anything not in it throws, so no test passes by accident. */
export function createFakeHost(
  name: string,
  script: readonly Scripted[],
  files: Record<string, string> = {},
): FakeHost {
  const ran: { argv: Argv; stdin?: string }[] = [];
  const content = new Map(Object.entries(files));
  return {
    name,
    address: "fake",
    ran,
    files: content,
    async exec(argv: Argv, options: ExecOptions = {}): Promise<ExecResult> {
      ran.push(options.stdin === undefined ? { argv } : { argv, stdin: options.stdin });
      const found = script.find((item) => matches(item.argv, argv));
      if (!found) throw new Error(`${name}: unexpected command: ${argv.join(" ")}`);
      return {
        code: found.code ?? 0,
        stdout: found.stdout ?? "",
        stderr: found.stderr ?? "",
        timedOut: found.timedOut ?? false,
      };
    },
    read: async (path) => content.get(path),
    async write(path, text) {
      content.set(path, text);
    },
    async upload(localPath, remotePath) {
      content.set(remotePath, `upload of ${localPath}`);
    },
    async close() {},
  };
}

function matches(pattern: Scripted["argv"], argv: Argv): boolean {
  return (
    pattern.length === argv.length &&
    pattern.every((word, index) =>
      typeof word === "string" ? word === argv[index] : word.test(argv[index] ?? ""),
    )
  );
}
