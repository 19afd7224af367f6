import { Command } from "@commander-js/extra-typings";
import { usageError } from "../../core/report.ts";
import { runReset } from "../reset/command.ts";
import type { Scope } from "../reset/scope.ts";
import { askText } from "./ask.ts";
import type { Io } from "./io.ts";
import { onPair, type PairOptions } from "./pair.ts";

const EXAMPLES = `
Which pair: on one of its hosts nothing has to be said. From elsewhere: -f skyha.yaml, --ask ADDRESS of one of the hosts,
which is asked for the configuration, or the words of \`skyha install\`.

It says first what goes and what stays, and does nothing before the name of what is lost was typed: that of the cluster,
or of the host. Both hosts have to answer. --data keeps a copy of a volume in a file (data_dir/recover) unless it is told
--no-copy; the volume of an LV or a disk is gone. Packages stay installed. What skyha did not make is left alone.

Examples:
  skyha reset --cluster                       stop the services, remove the cluster; the data stays
  skyha reset --cluster --dry-run             what would be done
  skyha reset --cluster --with-foreign        also with resources that skyha did not make
  skyha reset --data                          also the replicated volume, settings, passwords and skyha itself
  skyha reset --data --confirm skycluster     the same without a terminal
  skyha reset --data --no-copy --images       keep no copy, and remove the images of the services
  skyha reset --host db2                      everything off db2; db1 goes on
  skyha reset --host db2 --ask 192.0.2.11     the same from another machine

Exit codes: 0 done, or nothing is there, 1 failed, 2 wrong input, 3 not known, 4 refused, 5 somebody else is at work,
10 not confirmed or dry run.`;

interface Options extends PairOptions {
  readonly cluster?: true | undefined;
  readonly data?: true | undefined;
  readonly ask?: string | undefined;
  readonly json?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly confirm?: string | undefined;
  /** commander: `--no-copy` makes it false. */
  readonly copy?: boolean | undefined;
  readonly images?: true | undefined;
  readonly withForeign?: true | undefined;
}

export function resetCommand(io: Io, finish: (code: number) => void): Command {
  const command = new Command("reset")
    .description("take skyha off: the cluster, or all of it with the data, or one host of the pair")
    .argument("[key=value...]", "the words of `skyha install`, when no host has the configuration")
    .option("--cluster", "the cluster of both hosts; the replicated volume stays for another installation")
    .option("--data", "that, the replicated volume and everything else of skyha, from both hosts")
    .option("--host <name>", "everything from this host, which must not have the services")
    .option("--dry-run", "show what would be done, do nothing")
    .option("--confirm <name>", "without a terminal: the name of the cluster, or of the host")
    .option("--no-copy", "with --data: keep no copy of the volume")
    .option("--images", "with --data or --host: also the images of the services")
    .option("--with-foreign", "also cluster resources that skyha did not make")
    .option("--json", "one JSON object per line")
    .addHelpText("after", EXAMPLES);
  return onPair(
    command as unknown as Command,
    finish,
    (pair) => {
      const options: Options = command.opts();
      const { json, confirm } = options;
      const somebody = io.terminal && json !== true && process.stdin.isTTY === true;
      return runReset({
        ...pair,
        io,
        json: json === true,
        scope: scopeOf(options),
        dryRun: options.dryRun === true,
        noCopy: options.copy === false,
        images: options.images === true,
        foreign: options.withForeign === true,
        ...(confirm === undefined ? {} : { confirm }),
        ...(somebody ? { ask: askText } : {}),
      });
    },
    ({ args }) => args,
    { flags: "--ask <address>", optionsOf: (given) => pairOptionsOf(given.opts()) },
  );
}

/** Before anything is connected to. `--host` is a name here, and which pair it is is `--ask`. */
function pairOptionsOf(options: Options): PairOptions {
  scopeOf(options);
  const { ask, host: _target, ...rest } = options;
  return { ...rest, host: ask };
}

/** Exactly one. @throws SkyhaError exit 2 */
export function scopeOf({ cluster, data, host, copy, images }: Options): Scope {
  if ([cluster, data, host].filter((given) => given !== undefined).length !== 1)
    throw usageError("reset.scope", {});
  if (copy === false && data !== true)
    throw usageError("config.argument", { key: "--no-copy", message: "only goes with --data" });
  if (images === true && cluster === true)
    throw usageError("config.argument", { key: "--images", message: "only goes with --data or --host" });
  if (host !== undefined) return { kind: "host", host };
  return { kind: data === true ? "data" : "cluster" };
}
