import type { ApplyContext, Change, Risk } from "../../core/change.ts";
import { type Argv, CommandError, type Host, HostError, run } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import type { HostFacts } from "../facts/host.ts";
import { keepOriginal } from "../ledger/originals.ts";
import { unifiedDiff } from "../plan/diff.ts";

/** Small makers of Changes that several steps share. */

interface FileChange {
  readonly step: string;
  readonly host: string;
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
  readonly risk?: Risk;
  readonly mode?: number;
  /** Programs to run once the file is in place. */
  readonly afterwards?: readonly Argv[];
}

/** A file that has to have exactly this content; none when it has. */
export function fileChange(wanted: FileChange): Change[] {
  if (wanted.before === wanted.after) return [];
  return [
    {
      id: `${wanted.step}/${wanted.host}${wanted.path}`,
      step: wanted.step,
      host: wanted.host,
      title: `${wanted.before === undefined ? "write" : "change"} ${wanted.path}`,
      risk: wanted.risk ?? "safe",
      preview: unifiedDiff(wanted.path, wanted.before, wanted.after),
      async apply(context) {
        const host = context.host(wanted.host);
        await keepOriginal(host, wanted.path);
        await host.write(wanted.path, wanted.after, { mode: wanted.mode ?? 0o644 });
        for (const argv of wanted.afterwards ?? []) await run(host, argv, { timeoutMs: 60_000 });
      },
      async verify(context) {
        const now = await context.host(wanted.host).read(wanted.path);
        return now === wanted.after ? undefined : `${wanted.path} does not have the wanted content`;
      },
    },
  ];
}

export function fileOf(facts: HostFacts, path: string): string | undefined {
  // A path that was never read is a bug of ours, not an absent file.
  if (!facts.files.has(path)) throw new Error(`facts of ${facts.name} do not include ${path}`);
  return facts.files.get(path);
}

/** Where what concerns the whole cluster is asked and told. */
export function firstHost({ hosts }: ApplyContext): Host {
  const [host] = hosts;
  if (host === undefined) throw new Error("no host");
  return host;
}

/**
 * Looks every half second until `probe` gives a value. A question that got no answer (HostError, CommandError) is
 * asked again: a busy host is what is waited for. Every other error ends the wait.
 * @throws Error with `what`, and the last question without an answer, when the time is over
 */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const began = Date.now();
    let unanswered = "";
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      if (!(error instanceof HostError || error instanceof CommandError)) throw error;
      unanswered = ` (${messageOf(error)})`;
    }
    if (Date.now() > deadline) {
      throw new Error(`${what}: not within ${Math.round(timeoutMs / 1000)} s${unanswered}`);
    }
    // Looking is work for the very host that is waited for: at most a fifth of the time.
    const pause = Math.min(5000, Math.max(500, (Date.now() - began) * 4));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Runs the same programs on every host at the same time. */
export async function onAllHosts(context: ApplyContext, ...programs: readonly Argv[]): Promise<void> {
  await Promise.all(
    context.hosts.map(async (host) => {
      for (const argv of programs) await run(host, argv, { timeoutMs: 120_000 });
    }),
  );
}
