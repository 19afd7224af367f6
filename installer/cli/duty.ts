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
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `${PAIR_HELP}

Services go on as they are. While it is on nothing fails over: \`skyha show\` says so in its first lines.

Examples:
  skyha maintenance on
  skyha maintenance off

${CODES}`,
    );
  return act(command as unknown as Command, io, finish, ([word]) => {
    if (word !== "on" && word !== "off")
      throw usageError("config.argument", { key: "maintenance", message: `is on or off, not ${word}` });
    return { kind: "maintenance", on: word === "on" };
  });
}

function act(command: Command, io: Io, finish: Finish, dutyOf: (words: readonly string[]) => Duty): Command {
  return onPair(command, finish, (pair) => {
    const { json }: Options = command.opts();
    return runDuty({ ...pair, io, json: json === true, duty: dutyOf(command.args) });
  });
}
