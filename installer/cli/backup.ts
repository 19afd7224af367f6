import { Command } from "@commander-js/extra-typings";
import { usageError } from "../../core/report.ts";
import { runBackup, runBackupList, runBackupVerify } from "../backup/command.ts";
import { runBackupTimer } from "../backup/timer.ts";
import { runRestore } from "../restore/command.ts";
import { askText } from "./ask.ts";
import type { Io } from "./io.ts";
import { onPair, PAIR_HELP, type PairOptions } from "./pair.ts";

type Finish = (code: number) => void;

const KEEP = 5;
const AT = "02:30";
const VERBS = ["list", "verify", "enable", "disable"] as const;

const BACKUP_HELP = `${PAIR_HELP}

A backup is made on the host that has the services, while they run, and copied to the other host:
data_dir/recover/SERVICE/SERVICE.TIME on both. It holds everything the service has, passwords too, and is readable for
root alone. It takes no lock: a repair does not wait for it.

Examples:
  skyha backup                          every service
  skyha backup postgres                 one of them; nfs is the shared directory
  skyha backup postgres --keep 10       the ten newest stay, on each host (default ${KEEP})
  skyha backup list                     what there is, on which host, and when it was verified
  skyha backup list redis --json        the same for programs
  skyha backup verify postgres          compare every file with its checksum; \`skyha restore --test\` proves more
  skyha backup enable --at 03:15        every day at that time (default ${AT}), by systemd timers on both hosts
  skyha backup disable                  no more
  skyha backup --if-active              for the timers: nothing, when this host does not have the services

Exit codes: 0 done, 1 one failed or is on one host alone, 2 no such service, 3 not known, 4 refused, 5 another one is
at work.`;

interface BackupFlags extends PairOptions {
  readonly json?: true | undefined;
  readonly keep?: string | undefined;
  readonly at?: string | undefined;
  readonly ifActive?: true | undefined;
}

export function backupCommand(io: Io, finish: Finish): Command {
  const command = new Command("backup")
    .description("copy what the services have, while they run, to both hosts; list, verify, enable, disable")
    .argument("[service]", "a service; or list, verify, enable, disable")
    .argument("[of]", "list, verify: of this service alone")
    .option("--keep <count>", `how many backups of a service stay (default ${KEEP})`)
    .option("--at <time>", `enable: when, every day (default ${AT})`)
    .option("--if-active", "do nothing on a host without the services")
    .option("--json", "one JSON object per line")
    .addHelpText("after", BACKUP_HELP) as unknown as Command;
  return onPair(command, finish, (pair) => {
    const { json, keep, at, ifActive }: BackupFlags = command.opts();
    const [what, of] = command.args;
    const common = { ...pair, io, json: json === true };
    const verb = VERBS.find((each) => each === what);
    const count = keepOf(keep);
    if (at !== undefined && verb !== "enable")
      throw usageError("config.argument", { key: "--at", message: "belongs to skyha backup enable" });
    if (verb === "list") return runBackupList({ ...common, service: of });
    if (verb === "verify") return runBackupVerify({ ...common, service: of });
    if (of !== undefined) throw usageError("usage.unknown-argument", { argument: of });
    if (verb !== undefined)
      return runBackupTimer({ ...common, on: verb === "enable", at: timeOf(at ?? AT), keep: count });
    return runBackup({ ...common, service: what, keep: count, ifActive: ifActive === true });
  });
}

function keepOf(text: string | undefined): number {
  if (text === undefined) return KEEP;
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw usageError("config.argument", {
      key: "--keep",
      message: `is a number from 1 to 9999, not ${text}`,
    });
  return Number(text);
}

function timeOf(text: string): string {
  if (/^([01]\d|2[0-3]):[0-5]\d$/.test(text)) return text;
  throw usageError("config.argument", { key: "--at", message: `is a time like 02:30, not ${text}` });
}

const RESTORE_HELP = `${PAIR_HELP}

The backup becomes a directory beside the live data first, and a server that nobody can reach looks what is in it. Only
then is the service stopped, and it alone; its data are put aside, never removed, and the others take their place.
Until then nothing has changed, and after it the command that puts the old data back is said. Files of the shared
directory (nfs) are only put beside it.

Examples:
  skyha restore postgres --test                    what is in the newest backup; nothing is touched
  skyha restore postgres --dry-run                 what would be done
  skyha restore postgres                           do it, after postgres was typed once more
  skyha restore postgres --from 20260102T030405    another backup than the newest, as \`skyha backup list\` shows it
  skyha restore postgres --confirm postgres        the same without a terminal
  skyha restore postgres --undo 20260102T040506    back to what was put aside by the restore of that time
  skyha restore postgres --resume                  after one that was broken off: start it, give it to the cluster
  skyha restore redis --test --json                for programs

Exit codes: 0 done, 1 failed, 2 no such service or backup, 3 not known, 4 refused, 5 somebody else is at work,
10 not confirmed or dry run.`;

interface RestoreFlags extends PairOptions {
  readonly json?: true | undefined;
  readonly from?: string | undefined;
  readonly test?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly confirm?: string | undefined;
  readonly undo?: string | undefined;
  readonly resume?: true | undefined;
}

export function restoreCommand(io: Io, finish: Finish): Command {
  const command = new Command("restore")
    .description("put a service's data back from a backup; --test only looks whether that can be done")
    .argument("<service>", "a service, as skyha backup list names it")
    .option("--from <backup>", "which backup (default: the newest)")
    .option("--test", "make a throw-away server of it, and say what is in it")
    .option("--dry-run", "show what would be done, do nothing")
    .option("--confirm <service>", "without a terminal: the same name once more")
    .option("--undo <time>", "take the restore of that time back")
    .option("--resume", "give the service back to the cluster after a restore that was broken off")
    .option("--json", "one JSON object per line")
    .addHelpText("after", RESTORE_HELP) as unknown as Command;
  return onPair(command, finish, (pair) => {
    const { json, from, test, dryRun, confirm, undo, resume }: RestoreFlags = command.opts();
    const [service = ""] = command.args;
    const ways = [test, undo, resume].filter((way) => way !== undefined);
    if (ways.length > 1 || (from !== undefined && (undo ?? resume) !== undefined))
      throw usageError("config.argument", {
        key: "restore",
        message: "takes one of --test, --undo and --resume, and --from with none but --test",
      });
    const somebody = io.terminal && json !== true && process.stdin.isTTY === true;
    return runRestore({
      ...pair,
      io,
      json: json === true,
      service,
      from,
      test: test === true,
      undo,
      resume: resume === true,
      dryRun: dryRun === true,
      confirm,
      ...(somebody ? { ask: askText } : {}),
    });
  });
}
