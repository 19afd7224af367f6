import type { Change } from "../../core/change.ts";
import { Exit, type ExitCode } from "../../core/exit.ts";
import { run } from "../../core/host.ts";
import { report, SkyhaError } from "../../core/report.ts";
import { reachableHosts } from "../hosts/pair.ts";
import { applyHeld } from "../ledger/apply.ts";
import { BACKUP_UNITS, PATHS } from "../names.ts";
import { printReports } from "../render/reports.ts";
import type { Common } from "./command.ts";

export interface TimerOptions extends Common {
  readonly on: boolean;
  /** `02:30` */
  readonly at: string;
  readonly keep: number;
}

const TIMER = "skyha-backup.timer";
const LIMIT_MS = 120_000;

/** Both hosts have it: the one that has the services when it strikes makes the backups. */
export async function runBackupTimer(options: TimerOptions): Promise<ExitCode> {
  const { members, io, json, on, at } = options;
  const missing = members.filter(({ host }) => host instanceof SkyhaError).map(({ config }) => config.name);
  if (missing.length > 0) {
    printReports(io, [report("backup.timer-hosts", { hosts: missing })], json);
    return Exit.refused;
  }
  const hosts = reachableHosts(members);
  const changes = hosts.map(({ name }) => (on ? enable(name, options) : disable(name)));
  const command = `backup ${on ? "enable" : "disable"}`;
  const result = await applyHeld(command, hosts, changes, { io, json });
  if (result.outcome !== "done") {
    const why = result.failed.map(({ change, why: text }) => `${change.host}: ${text}`).join("; ");
    printReports(io, [report("backup.timer-failed", { why })], json);
    return result.outcome === "unknown" ? Exit.unknown : Exit.failed;
  }
  printReports(io, [report("backup.timer", { on, at, hosts: hosts.map(({ name }) => name) })], json);
  return Exit.done;
}

/** Never at the cost of the services. */
const serviceUnit = (keep: number): string => `[Unit]
Description=Backups of the services that run on this host
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart=${PATHS.program} backup --if-active --keep ${keep}
Nice=10
IOSchedulingClass=idle
`;

const timerUnit = (at: string): string => `[Unit]
Description=Daily backups of the services

[Timer]
OnCalendar=*-*-* ${at}:00
AccuracySec=1s

[Install]
WantedBy=timers.target
`;

function enable(host: string, { at, keep }: TimerOptions): Change {
  const files = [
    { path: BACKUP_UNITS.service, text: serviceUnit(keep) },
    { path: BACKUP_UNITS.timer, text: timerUnit(at) },
  ];
  return {
    id: `timer/${host}/enable`,
    step: "timer",
    host,
    title: `back up every day at ${at}`,
    risk: "safe",
    preview: [...files.map(({ path }) => path), `systemctl enable --now ${TIMER}`],
    async apply(context) {
      const target = context.host(host);
      for (const { path, text } of files) await target.write(path, text, { mode: 0o644 });
      await run(target, ["systemctl", "daemon-reload"], { timeoutMs: LIMIT_MS });
      await run(target, ["systemctl", "enable", TIMER], { timeoutMs: LIMIT_MS });
      // One that runs already would strike once more at its old time.
      await run(target, ["systemctl", "restart", TIMER], { timeoutMs: LIMIT_MS });
    },
    async verify(context) {
      const target = context.host(host);
      for (const question of ["is-enabled", "is-active"]) {
        const asked = await target.exec(["systemctl", question, TIMER], { timeoutMs: LIMIT_MS });
        if (asked.code !== 0) return `${TIMER} ${question}: ${asked.stdout.trim() || "no"}`;
      }
      for (const { path, text } of files)
        if ((await target.read(path)) !== text) return `${path} does not have the wanted content`;
      return undefined;
    },
  };
}

function disable(host: string): Change {
  return {
    id: `timer/${host}/disable`,
    step: "timer",
    host,
    title: "back up no more by itself",
    risk: "safe",
    preview: [`systemctl disable --now ${TIMER}`],
    async apply(context) {
      const target = context.host(host);
      const path = BACKUP_UNITS.timer;
      if ((await target.read(path)) === undefined) return;
      await run(target, ["systemctl", "disable", "--now", TIMER], { timeoutMs: LIMIT_MS });
      await run(target, ["rm", "-f", path, BACKUP_UNITS.service]);
      await run(target, ["systemctl", "daemon-reload"], { timeoutMs: LIMIT_MS });
    },
    async verify(context) {
      const left = await context.host(host).read(BACKUP_UNITS.timer);
      return left === undefined ? undefined : `${BACKUP_UNITS.timer} is still there`;
    },
  };
}
