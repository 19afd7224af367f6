import { type Argv, CommandError, type Host, run } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { quoteArgv } from "../../core/quote.ts";
import { say } from "../../core/texts/say.ts";
import type { Command, Injection } from "./faults.ts";

/** What takes a fault away: by the drill, or by the hosts themselves when the drill has died. */
export interface Undoing {
  /** @throws Error when a host does not take its timer: then nothing may be injected. */
  arm(): Promise<void>;
  /** Takes away what is left, and the timers. May be called again. @returns what could not be taken away */
  undo(): Promise<readonly string[]>;
  /** Only the timers: there is nothing left to take away. */
  disarm(): Promise<void>;
}

const LIMIT_MS = 60_000;

/** @param name makes the units of this fault of this drill unique */
export function undoing(
  { undo, undoneAfterSeconds }: Injection,
  hostOf: (name: string) => Host,
  name: string,
): Undoing {
  const timers = undo.map((command, index) => ({ command, unit: `skyha-drill-${name}-${index}` }));
  const stop = async ({ command, unit }: (typeof timers)[number]) => {
    // One that is gone after a reboot, or that has done its work, cannot be stopped: that is what is wanted.
    await hostOf(command.host)
      .exec(["systemctl", "stop", `${unit}.timer`], { timeoutMs: 15_000 })
      .catch(() => {});
  };
  return {
    async arm() {
      for (const { command, unit } of timers)
        await run(hostOf(command.host), timerArgv(unit, undoneAfterSeconds, command.argv), {
          timeoutMs: 30_000,
        });
    },
    async undo() {
      const left: string[] = [];
      for (const timer of timers) {
        const why = await tried(hostOf(timer.command.host), timer.command);
        if (why === undefined) await stop(timer);
        else
          left.push(
            say`${timer.command.host}: ${quoteArgv(timer.command.argv)}: ${why}; it does so by itself within ${undoneAfterSeconds} s`,
          );
      }
      return left;
    },
    async disarm() {
      for (const timer of timers) await stop(timer);
    },
  };
}

/** What the program said; its own text, which can be a whole script, is known already. */
export function briefly({ result }: CommandError): string {
  if (result.timedOut) return say`it did not end in time`;
  return result.stderr.trim().split("\n").at(-1) || say`it ended with code ${result.code}`;
}

/** A timer of the host's systemd, which needs nobody once it is there. */
export const timerArgv = (unit: string, seconds: number, argv: Argv): Argv => [
  "systemd-run",
  "--quiet",
  "--collect",
  `--unit=${unit}`,
  `--on-active=${seconds}`,
  "--timer-property=AccuracySec=1",
  "--",
  ...argv,
];

/** @returns why not; undefined: done */
async function tried(host: Host, { argv }: Command): Promise<string | undefined> {
  try {
    await run(host, argv, { timeoutMs: LIMIT_MS });
    return undefined;
  } catch (error) {
    return error instanceof CommandError ? briefly(error) : messageOf(error);
  }
}
