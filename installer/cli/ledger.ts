import { Command } from "@commander-js/extra-typings";
import { usageError } from "../../core/report.ts";
import { runHistory, runUnlock } from "../ledger/command.ts";
import type { Io } from "./io.ts";
import { onPair, PAIR_HELP, type PairOptions } from "./pair.ts";

interface Options extends PairOptions {
  readonly json?: true | undefined;
  readonly force?: true | undefined;
  readonly lines?: string | undefined;
}

export function historyCommand(io: Io, finish: (code: number) => void): Command {
  const command = new Command("history")
    .description("what was done on this pair, by whom, and what the cluster did by itself")
    .option("-n, --lines <number>", "how many entries, the newest last (20)")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `${PAIR_HELP}

From skyha's journals on both hosts, /var/lib/skyha/journal.jsonl; the cluster's fencing history; and the hosts' own
journals of the last 30 days: where DRBD became primary, what failed and where it ran again. It changes nothing.

Examples:
  skyha history
  skyha history -n 100 --json

Exit codes: 0 shown, 3 no host could be asked.`,
    );
  return onPair(command, finish, (pair) => {
    const { json, lines = "20" }: Options = command.opts();
    if (!/^[1-9][0-9]{0,5}$/.test(lines))
      throw usageError("config.argument", { key: "--lines", message: `${lines} is not a number of lines` });
    return runHistory({ ...pair, io, json: json === true, limit: Number(lines) });
  });
}

export function unlockCommand(io: Io, finish: (code: number) => void): Command {
  const command = new Command("unlock")
    .description("remove the lock that an interrupted command left on the hosts")
    .argument("[key=value...]", "the words of `skyha install`, when they have no configuration yet")
    .option("--force", "although its holder gave a sign of life within the last minute")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `${PAIR_HELP}

Commands that change something (install, recover, switch, brain --give-up, reset) hold a lock on both hosts and touch it every
10 s. One whose holder was silent for a minute was left behind by a command that was killed or cut off.

Examples:
  skyha unlock
  skyha unlock --force
  skyha unlock master_ip=192.0.2.11 …   the words of an installation that was killed

Exit codes: 0 nobody holds it any more, 3 a host could not be asked, 4 its holder lives.`,
    );
  return onPair(
    command as unknown as Command,
    finish,
    (pair) => {
      const { json, force }: Options = command.opts();
      return runUnlock({ ...pair, io, json: json === true, force: force === true });
    },
    ({ args }) => args,
  );
}
