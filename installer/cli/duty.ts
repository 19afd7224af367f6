import { Command } from "@commander-js/extra-typings";
import { usageError } from "../../core/report.ts";
import { type Duty, runDuty } from "../duty/command.ts";
import type { Io } from "./io.ts";
import { onPair, PAIR_HELP, type PairOptions } from "./pair.ts";

interface Options extends PairOptions {
  readonly json?: true | undefined;
}

const CODES = "Exit codes: 0 done, or it was so already, 1 failed, 2 no such host, 3 not known, 4 refused.";

type Finish = (code: number) => void;

export function standbyCommand(io: Io, finish: Finish): Command {
  const about = "keep a host from running services, for work on it; `skyha unstandby` ends it";
  return onHost("standby", about, io, finish, (host) => ({ kind: "standby", host }));
}

export function unstandbyCommand(io: Io, finish: Finish): Command {
  const about = "let a host run services again";
  return onHost("unstandby", about, io, finish, (host) => ({ kind: "unstandby", host }));
}

function onHost(
  name: string,
  about: string,
  io: Io,
  finish: Finish,
  dutyOf: (host: string) => Duty,
): Command {
  const command = new Command(name)
    .description(about)
    .argument("<host>", "a host of the pair")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `${PAIR_HELP}

The host that has the services is refused: move them first, with \`skyha switch\`.

Examples:
  skyha ${name} db2
  skyha ${name} db2 --host 192.0.2.11

${CODES}`,
    );
  return act(command as unknown as Command, io, finish, ([host = ""]) => dutyOf(host));
}

export function maintenanceCommand(io: Io, finish: Finish): Command {
  const command = new Command("maintenance")
    .description("on: the cluster watches nothing and repairs nothing, on both hosts; off: it does again")
    .argument("<on|off>", "on or off")
    .option("--for <time>", "on: the cluster itself ends it after that time: 30m, 2h, 1d")
    .option("--reason <text>", "on: why, for whoever looks")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `${PAIR_HELP}

Services go on as they are. While it is on nothing fails over: \`skyha show\` says so in its first lines, and who has
done it. Given again with --for or --reason it counts from now.

Examples:
  skyha maintenance on --for 2h --reason "new switch"
  skyha maintenance on            until somebody ends it
  skyha maintenance off

${CODES}`,
    );
  return act(command as unknown as Command, io, finish, ([word]) => {
    if (word !== "on" && word !== "off")
      throw usageError("config.argument", { key: "maintenance", message: `is on or off, not ${word}` });
    const { for: time, reason }: MaintenanceOptions = command.opts();
    if (word === "off") {
      if (time !== undefined || reason !== undefined)
        throw usageError("config.argument", {
          key: "maintenance off",
          message: "takes no --for and no --reason",
        });
      return { kind: "maintenance", on: false };
    }
    return {
      kind: "maintenance",
      on: true,
      forSeconds: time === undefined ? undefined : secondsOf(time),
      reason,
    };
  });
}

interface MaintenanceOptions {
  readonly for?: string | undefined;
  readonly reason?: string | undefined;
}

/** `30m`, `2h`, `1d` */
function secondsOf(time: string): number {
  const [, count, unit = ""] = /^([1-9]\d{0,4})([mhd])$/.exec(time) ?? [];
  if (count === undefined)
    throw usageError("config.argument", { key: "--for", message: `is like 30m, 2h or 1d, not ${time}` });
  return Number(count) * ({ m: 60, h: 3600, d: 86_400 }[unit] ?? 0);
}

function act(command: Command, io: Io, finish: Finish, dutyOf: (words: readonly string[]) => Duty): Command {
  return onPair(command, finish, (pair) => {
    const { json }: Options = command.opts();
    return runDuty({ ...pair, io, json: json === true, duty: dutyOf(command.args) });
  });
}
