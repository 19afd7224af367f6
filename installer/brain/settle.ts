import { Exit, type ExitCode } from "../../core/exit.ts";
import { type Host, run } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { type Report, report } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import { verdict } from "../../core/verdict.ts";
import { freeSpace } from "../facts/backing.ts";
import { gatherPair } from "../facts/pair/gather.ts";
import { profileOf } from "../facts/pair/profile.ts";
import { reachableHosts } from "../hosts/pair.ts";
import { applyHeld } from "../ledger/apply.ts";
import { backingFile, stampOf } from "../names.ts";
import { tell } from "../render/changes.ts";
import { printReports } from "../render/reports.ts";
import { pairHosts } from "../show/command.ts";
import { padded } from "../show/layout.ts";
import { word } from "../show/words.ts";
import type { BrainOptions } from "./command.ts";
import type { CopyEvidence } from "./evidence.ts";
import type { Descent } from "./generations.ts";
import { type Choice, giveUpChanges, type SavedCopy, savedCopy } from "./give-up.ts";

export interface SettleOptions extends BrainOptions {
  readonly giveUp: string;
  readonly choice: Choice;
  readonly descent: Descent | undefined;
  readonly evidence: readonly CopyEvidence[];
}

/** Kept free beside the saved copy. */
const SPARE_BYTES = 200 * 1024 * 1024;

/** Ends a split brain that a person has decided about. */
export async function settle(options: SettleOptions): Promise<ExitCode> {
  const { config, members, io, json = false, choice, giveUp } = options;
  const stamp = stampOf(options.now?.() ?? Date.now());
  const saved = savedCopy(config, giveUp, stamp, options.saveTo);
  if (saved === undefined) throw new Error(`the configuration has no host ${giveUp}`);
  const against = await reasonsAgainst(options, saved);
  if (against.length > 0) {
    printReports(io, against, json);
    return Exit.refused;
  }
  const changes = giveUpChanges(choice, saved);
  for (const { id, host, title, risk, preview } of changes) {
    tell(
      io,
      json,
      { type: "change", id, host, title, risk, preview },
      `  ${padded(word(risk), 10)}  ${title}\n`,
    );
    if (!json) for (const line of preview) io.out(`                ${line}\n`);
  }
  if (options.dryRun || !(await isConfirmed(options))) {
    printReports(io, [report("brain.not-confirmed", { giveUp })], json);
    return Exit.changesPending;
  }
  const result = await applyHeld("brain", reachableHosts(members), changes, { io, json });
  if (result.outcome !== "done") {
    const why = result.failed.map(({ change, why: text }) => `${change.title}: ${text}`).join("; ");
    const lost = [...result.done, ...result.failed.map(({ change }) => change)].some(
      ({ risk }) => risk === "destroys",
    );
    const kept = result.done.some(({ step }) => step === "save") ? { copy: `${giveUp}:${saved.path}` } : {};
    printReports(io, [report("brain.failed", { why, giveUp, lost, ...kept })], json);
    return result.outcome === "unknown" ? Exit.unknown : Exit.failed;
  }
  printReports(
    io,
    [report("brain.done", { giveUp, keep: choice.keep, path: saved.path, look: saved.look })],
    json,
  );
  if (saved.isSnapshot) printReports(io, [report("brain.snapshot", { giveUp, path: saved.path })], json);
  const after = verdict(await gatherPair(pairHosts(members), profileOf(config), options));
  const left = after.findings.filter(({ level }) => level !== "info").map(({ text }) => text);
  if (left.length > 0) printReports(io, [report("brain.left", { left })], json);
  return after.level === "critical" ? Exit.failed : Exit.done;
}

/** Everything that has to hold before anything is touched; what is not known stands in the way as well. */
async function reasonsAgainst(
  { config, members, choice, giveUp, descent, evidence, saveTo }: SettleOptions,
  saved: SavedCopy,
): Promise<Report[]> {
  const hosts = reachableHosts(members);
  const loses = hosts.find(({ name }) => name === giveUp);
  const wins = hosts.find(({ name }) => name === choice.keep);
  if (loses === undefined || wins === undefined) {
    return [report("brain.unreachable", { hosts: missing(config.hosts, hosts) })];
  }
  const reports: Report[] = [];
  if (descent !== "diverged") reports.push(report("brain.not-diverged", { descent: descent ?? "unknown" }));
  const kept = evidence.find(({ host }) => host === choice.keep);
  if (kept?.disk !== "UpToDate") {
    reports.push(report("brain.bad-copy", { keep: choice.keep, disk: kept?.disk ?? "?" }));
  }
  const inCluster = await wins.exec(["systemctl", "is-active", "pacemaker.service"], { timeoutMs: 10_000 });
  if (inCluster.code !== 0) reports.push(report("brain.no-cluster", { keep: choice.keep }));
  if (!saved.isSnapshot) reports.push(...(await space(loses, config, saved, saveTo)));
  return reports;
}

const missing = (wanted: readonly { readonly name: string }[], hosts: readonly Host[]): string[] =>
  wanted.map(({ name }) => name).filter((name) => !hosts.some((host) => host.name === name));

async function space(
  host: Host,
  config: BrainOptions["config"],
  saved: SavedCopy,
  saveTo: string | undefined,
): Promise<Report[]> {
  const own = config.hosts.find(({ name }) => name === host.name);
  const device = own?.backing?.lv ?? own?.backing?.disk;
  const directory = saveTo ?? config.data_dir;
  try {
    const there = await host.exec(["test", "-d", directory], { timeoutMs: 10_000 });
    if (there.code !== 0) return [report("brain.no-directory", { giveUp: host.name, directory })];
    const size =
      device === undefined
        ? (await run(host, ["stat", "-c", "%b %B", backingFile(config.data_dir)])).split(" ").map(Number)
        : [Number(await run(host, ["blockdev", "--getsize64", device])), 1];
    const needed = (size[0] ?? Number.NaN) * (size[1] ?? Number.NaN) + SPARE_BYTES;
    const { freeBytes } = await freeSpace(host, directory);
    if (freeBytes >= needed) return [];
    const mega = (bytes: number) => Math.ceil(bytes / 1024 / 1024);
    const place = { giveUp: host.name, path: saved.path, neededMb: mega(needed), freeMb: mega(freeBytes) };
    return [report("brain.no-space", place)];
  } catch (error) {
    return [report("brain.space-unknown", { giveUp: host.name, why: messageOf(error) })];
  }
}

/** Nothing but the host's name, typed. */
async function isConfirmed({ giveUp, confirm, ask }: SettleOptions): Promise<boolean> {
  if (confirm !== undefined) return confirm === giveUp;
  const answer = await ask?.(say`Everything that only ${giveUp} has is given up. Type ${giveUp} to go on: `);
  return answer === giveUp;
}
