import { type Known, known, unknown } from "../../../core/cluster/known.ts";
import type { Argv, Host } from "../../../core/host.ts";
import { messageOf } from "../../../core/message.ts";

/** Longest any single question may take. A host in trouble must not keep `show` waiting. */
export const PROBE_MS = 4000;

/** Asks one host questions; every way to get no answer becomes the reason why something is unknown. */
export interface Asker {
  /** @param codes exit codes with which the output is an answer; default: 0 only. */
  run<T>(argv: Argv, parse: (text: string) => T, codes?: readonly number[]): Promise<Known<T>>;
  /** `parse` gets undefined for a file that is proven absent. */
  read<T>(path: string, parse: (text: string | undefined) => T): Promise<Known<T>>;
}

/** @param limitMs after this a connection that died without a word is given up, with every question to the host. */
export function createAsker(host: Host, limitMs: number): Asker {
  const asked = Date.now();
  const attempt = async <T>(what: string, work: () => Promise<Known<T>>): Promise<Known<T>> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Known<T>>((resolve) => {
      const why = `${what}: the host did not answer within ${limitMs / 1000} s`;
      timer = setTimeout(() => resolve(unknown(why)), Math.max(limitMs - (Date.now() - asked), 0));
    });
    try {
      return await Promise.race([work(), late]);
    } catch (error) {
      return unknown(`${what}: ${messageOf(error)}`);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    run: (argv, parse, codes = [0]) =>
      attempt(argv[0], async () => {
        const result = await host.exec(argv, { timeoutMs: PROBE_MS });
        if (result.timedOut) return unknown(`${argv[0]} did not answer within ${PROBE_MS / 1000} s`);
        // 127: the shell's, or timeout(1)'s, word for a program that does not exist.
        if (result.code === 127) return unknown(`${argv[0]} is not installed`);
        if (codes.includes(result.code)) return known(parse(result.stdout));
        const said = (result.stderr || result.stdout).trim().split("\n").at(-1) ?? "";
        return unknown(`${argv[0]}: ${said || `it ended with code ${result.code}`}`);
      }),
    read: (path, parse) => attempt(path, async () => known(parse(await host.read(path)))),
  };
}

/** An answer that is itself known or not. */
export async function flatten<T>(answer: Promise<Known<Known<T>>>): Promise<Known<T>> {
  const outer = await answer;
  return outer.known ? outer.value : outer;
}
