import { Command } from "@commander-js/extra-typings";
import { runDrill } from "../drill/command.ts";
import { askText } from "./ask.ts";
import type { Io } from "./io.ts";
import { onPair, PAIR_HELP, type PairOptions } from "./pair.ts";

const EXAMPLES = `${PAIR_HELP}

Breaks one thing after the other on the real pair, while rows are written through the VIP, and measures how long clients
wait and what they lose. Run it from a third machine: from a host of the pair only faults that do not hit that host can
be tried. It INTERRUPTS SERVICES and powers hosts off. What it breaks it repairs, also after Ctrl-C; what could stay when
it is killed, the hosts repair by themselves.

Faults: container-kill[:SERVICE], engine-hang[:SERVICE], engine-daemon, pacemaker-kill, link1-cut, link2-cut,
drbd-disconnect, disk-full, corosync-kill, host-passive-power, host-active-power.

Examples:
  skyha drill --dry-run                          every fault with the exact commands
  skyha drill                                    all of them, after the cluster's name was typed
  skyha drill --only link2-cut,container-kill:redis
  skyha drill --confirm skycluster               the same without a terminal
  skyha drill --output /var/reports --json       the report somewhere else; one JSON object per line

Exit codes: 0 passed, 1 failed, 2 no such fault, 3 not known, 4 refused, 10 not confirmed or dry run, 130 interrupted.`;

interface Options extends PairOptions {
  readonly json?: true | undefined;
  readonly only?: string | undefined;
  readonly dryRun?: true | undefined;
  readonly confirm?: string | undefined;
  readonly output?: string | undefined;
}

export function drillCommand(io: Io, finish: (code: number) => void): Command {
  const command = new Command("drill")
    .description("break things on purpose, one at a time, under load, and measure what clients go through")
    .option("--only <faults>", "only these, separated by commas")
    .option("--dry-run", "show the checks and the exact commands, do nothing")
    .option("--confirm <cluster>", "without a terminal: the name of the cluster")
    .option("--output <directory>", "where the report goes (default: the current directory)")
    .option("--json", "one JSON object per line")
    .addHelpText("after", EXAMPLES);
  return onPair(command, finish, (pair) => {
    const { json, only, dryRun, confirm, output }: Options = command.opts();
    const somebody = io.terminal && json !== true && process.stdin.isTTY === true;
    return runDrill({
      ...pair,
      io,
      json: json === true,
      dryRun: dryRun === true,
      output: output ?? ".",
      ...(only === undefined ? {} : { only: only.split(",").map((name) => name.trim()) }),
      ...(confirm === undefined ? {} : { confirm }),
      ...(somebody ? { ask: askText } : {}),
    });
  });
}
