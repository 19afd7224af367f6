import { type Known, known, unknown } from "../../core/cluster/known.ts";
import type { Argv } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import type { System } from "../ocf/system.ts";
import type { ValuesOf } from "../ocf/table.ts";
import type { FenceTable } from "./parameters.ts";
import { NoPlace, withPrivateFile } from "./private-file.ts";

export type Power = "on" | "off";

/** What a command came to. */
export interface Commanded {
  /** Why the controller did not accept the command; undefined when it did, which proves nothing. */
  readonly refused: string | undefined;
  /** Its answer to the question that came after the command. */
  readonly seen: Known<Power>;
}

/** One BMC. Every call is a new session: the controllers' own idea of a lasting one cannot be relied upon. */
export interface Bmc {
  /**
   * The command, and the question in the same session, which saves the login of a second one (0.7 s on a lab host).
   * Takes up to twice the time where that cannot be done.
   */
  command(power: Power, withinMs: number): Promise<Commanded>;
  status(withinMs: number): Promise<Known<Power>>;
}

/** The program cannot be started at all; trying again would not help. */
export class NoIpmitool extends Error {}

/**
 * Retransmissions: the first after 1 s, then each a second later than the one before (lanplus.c). Two transmissions
 * survive any one packet that is lost or late at the cost of that second; with one, a lost packet fails the session,
 * and with the default of four a silent controller takes 20 s to be noticed. Measured with ipmitool 1.8.19 against
 * ipmi_sim behind a proxy that drops or delays each packet in turn.
 */
const RETRANSMISSION = ["-N", "1", "-R", "2"] as const;

const TOOL = "ipmitool";

/** What a command that was accepted says before the answer to the question. */
const ACCEPTED = /^Chassis Power Control: .*\n/;

export interface BmcOptions {
  readonly passwordFile: string;
  /** Where a temporary file may be, best first. */
  readonly directories: readonly string[];
}

export function createBmc(
  system: System,
  values: ValuesOf<FenceTable>,
  { passwordFile, directories }: BmcOptions,
): Bmc {
  const login = [
    ...["-I", values.lanplus ? "lanplus" : "lan"],
    ...["-H", values.ip, "-p", String(values.ipport)],
    ...["-U", values.username, "-f", passwordFile],
    ...(values.lanplus && values.cipher !== undefined ? ["-C", String(values.cipher)] : []),
    ...["-L", values.privlvl],
    ...RETRANSMISSION,
  ];
  const call = (words: readonly string[], withinMs: number) =>
    run(system, [TOOL, ...login, ...words], Math.min(withinMs, values.timeout * 1000));
  // What cannot be done in one session is done in two from then on.
  let apart = false;
  const status = async (withinMs: number) => {
    const answer = await call(["chassis", "power", "status"], withinMs);
    return answer.known ? parsePower(answer.value.stdout) : answer;
  };
  return {
    status,
    async command(power, withinMs) {
      if (!apart) {
        try {
          // Not by standard input: that is a socket here, and /dev/stdin of a socket cannot be opened.
          const script = `chassis power ${power}\nchassis power status\n`;
          const together = await withPrivateFile(script, directories, (file) =>
            call(["exec", file], withinMs),
          );
          apart = !together.known;
          return readTogether(together);
        } catch (error) {
          if (!(error instanceof NoPlace)) throw error;
          apart = true;
        }
      }
      const answer = await call(["chassis", "power", power], withinMs);
      return { refused: answer.known ? undefined : answer.why, seen: await status(withinMs) };
    },
  };
}

/** exec goes on after a command that failed, and its exit code is that of the last. */
function readTogether(answer: Known<Output>): Commanded {
  if (!answer.known) return { refused: answer.why, seen: answer };
  const { stdout, stderr } = answer.value;
  const problem = lastLine(stderr);
  return {
    refused: problem === undefined ? undefined : `${TOOL}: ${problem}`,
    seen: parsePower(stdout.replace(ACCEPTED, "")),
  };
}

/** Nothing but the one sentence ipmitool says for a controller that has answered. */
export function parsePower(text: string): Known<Power> {
  const word = /^Chassis Power is (on|off)$/.exec(text.trim())?.[1];
  if (word === "on" || word === "off") return known(word);
  return unknown(`${TOOL} did not say whether the power is on or off: "${text.trim().slice(0, 200)}"`);
}

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

async function run(system: System, argv: Argv, timeoutMs: number): Promise<Known<Output>> {
  const { PATH, HOME } = system.env;
  // A whole environment of its own: ipmitool takes passwords from some variables, and its words have to be English.
  const env = { PATH, HOME, LC_ALL: "C" };
  try {
    const result = await system.run(argv, { timeoutMs: Math.max(1, Math.round(timeoutMs)), env });
    if (result.timedOut) return unknown(`${TOOL} had no answer within ${(timeoutMs / 1000).toFixed(1)} s`);
    if (result.code !== 0)
      return unknown(`${TOOL}: ${lastLine(result.stderr) ?? `exit code ${result.code}`}`);
    return known(result);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") throw new NoIpmitool(`there is no ${TOOL} on this host: install ipmitool`);
    throw new NoIpmitool(`${TOOL} cannot be started: ${messageOf(error)}`);
  }
}

/** ipmitool's last line is the one that sums up. */
function lastLine(text: string): string | undefined {
  return (
    text
      .trim()
      .split(/\s*\n\s*/)
      .at(-1) || undefined
  );
}
