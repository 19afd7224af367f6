import { Exit, type ExitCode } from "../../core/exit.ts";
import { type Host, run } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { report, SkyhaError, usageError } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import { verdict } from "../../core/verdict.ts";
import { type Common, gatherBackups, noted } from "../backup/command.ts";
import { findSources, isMounted } from "../backup/place.ts";
import type { Source } from "../backup/source.ts";
import { checksumProblem, markVerified, type StoredBackup, serviceBackups } from "../backup/store.ts";
import { type GatherOptions, gatherPair } from "../facts/pair/gather.ts";
import { profileOf } from "../facts/pair/profile.ts";
import { reachableHosts } from "../hosts/pair.ts";
import { applyHeld } from "../ledger/apply.ts";
import { tell } from "../render/changes.ts";
import { printReports } from "../render/reports.ts";
import { pairHosts } from "../show/command.ts";
import { padded } from "../show/layout.ts";
import { word } from "../show/words.ts";
import { groundOf } from "./obstacles.ts";
import { prepareChange, requireSpace } from "./prepare.ts";
import { STAGES, type Swap, swapChanges, undoChanges } from "./swap.ts";
import { type Content, tryData } from "./trial.ts";

export interface RestoreOptions extends Common, GatherOptions {
  readonly service: string;
  /** `postgres.20260102T030405`, or the time alone; default: the newest. */
  readonly from?: string | undefined;
  /** Only look whether it can be restored. */
  readonly test: boolean;
  /** Time of a restore that is taken back: the data of before are served again. */
  readonly undo?: string | undefined;
  /** Give the service back to the cluster, after a restore that was broken off. */
  readonly resume: boolean;
  readonly dryRun: boolean;
  readonly confirm?: string | undefined;
  readonly ask?: (question: string) => Promise<string>;
}

const STAMP = /^\d{8}T\d{6}$/;

/**
 * Beside the live data first, checked there, then exchanged with them.
 * @returns 0 done · 1 failed · 2 no such service or backup · 3 not known · 4 refused · 10 not confirmed, or a dry run
 */
export async function runRestore(options: RestoreOptions): Promise<ExitCode> {
  const { config, members, io, json, service, undo } = options;
  if (undo !== undefined && !STAMP.test(undo))
    throw usageError("config.argument", {
      key: "--undo",
      message: `is a time like 20260102T030405, not ${undo}`,
    });
  const [source] = await findSources(config, members, service);
  if (source === undefined) throw new Error("findSources gives one or throws");
  if (undo !== undefined || options.resume) return exchange(options, source, undefined);
  const { found } = await gatherBackups(options, service);
  const backup = chosen(found, options);
  if (backup === undefined) {
    const wanted = options.from === undefined ? {} : { wanted: options.from };
    printReports(io, [report("restore.no-backup", { service, ...wanted })], json);
    return Exit.usage;
  }
  return options.test ? testBackup(options, source, backup) : exchange(options, source, backup);
}

/** All hosts' copies of one backup: the newest, or the one that was named. */
function chosen(
  found: readonly StoredBackup[],
  { service, from }: RestoreOptions,
): readonly StoredBackup[] | undefined {
  const names = found.filter(({ record }) => record !== undefined).map(({ name }) => name);
  const name =
    from === undefined
      ? names.sort().at(-1)
      : names.find((each) => each === from || each === `${service}.${from}`);
  const copies = found.filter((each) => each.name === name && each.record !== undefined);
  return copies.length === 0 ? undefined : copies;
}

/** On the host without the services when it has the backup: the other one has work to do. */
async function testBackup(
  options: RestoreOptions,
  source: Source,
  copies: readonly StoredBackup[],
): Promise<ExitCode> {
  const { config, members, io, json, service } = options;
  const hosts = reachableHosts(members);
  const busy = await Promise.all(hosts.map((host) => isMounted(host).catch(() => true)));
  const idle = hosts.filter((_, index) => busy[index] === false);
  const backup = copies.find(({ host }) => idle.some(({ name }) => name === host)) ?? copies[0];
  const host = hosts.find(({ name }) => name === backup?.host);
  if (backup?.record === undefined || host === undefined)
    throw new Error("a copy is on a host that was asked");
  const stamp = (await run(host, ["date", "-u", "+%Y%m%dT%H%M%S"])).trim();
  const directory = serviceBackups(config, service);
  const target = `${directory}/.test-${stamp}`;
  let why: string | undefined;
  let content: Content[] = [];
  try {
    await removeOld(host, source, directory);
    const problem = await checksumProblem(host, backup);
    if (problem !== undefined) throw new Error(problem);
    await requireSpace(host, directory, backup.record.sourceBytes);
    content = await tryData({
      host,
      source,
      data: `${backup.path}/${backup.record.data}`,
      target,
      stamp,
      forUse: false,
      progress: (text) => tell(io, json, { type: "progress", text }, `  ${padded(host.name, 7)}  ${text}\n`),
    });
    await markVerified(host, backup, { at: new Date().toISOString().replace(/\.\d+/, ""), how: "test" });
  } catch (error) {
    if (error instanceof SkyhaError) throw error;
    why = messageOf(error);
  } finally {
    await host.exec(["rm", "-rf", "--", target], { timeoutMs: 600_000 }).catch(() => undefined);
  }
  const { name } = backup;
  await noted(options, "restore --test", async (note) => {
    const end = why === undefined ? ({ result: "done" } as const) : ({ result: "failed", why } as const);
    note({ host: host.name, what: `test ${name}`, ...end });
  });
  const contents = content.map((each) => report("restore.content", { service, ...each }, host.name));
  const last =
    why === undefined
      ? report("restore.tested", { service, name }, host.name)
      : report("restore.test-failed", { service, name, why }, host.name);
  printReports(io, [...contents, last], json);
  return why === undefined ? Exit.done : Exit.failed;
}

/** What an earlier test that was killed has left: throw-aways, by their label and their name. */
async function removeOld(host: Host, source: Source, directory: string): Promise<void> {
  const engine = source.container?.engine;
  if (engine !== undefined) {
    const label = `label=skyha.trial=${source.service}`;
    const listed = await run(host, [engine, "ps", "-aq", "--filter", label], { timeoutMs: 60_000 });
    const ids = listed.split("\n").filter((id) => /^[0-9a-f]+$/.test(id));
    if (ids.length > 0) await run(host, [engine, "rm", "-f", "-v", ...ids], { timeoutMs: 300_000 });
  }
  const program = 'find "$1" -mindepth 1 -maxdepth 1 -name ".test-*" -exec rm -rf -- {} +';
  await run(host, ["sh", "-c", program, "clean", directory], { timeoutMs: 600_000 });
}

/** @param copies undefined: no backup, but what an earlier restore put aside, or nothing at all (--resume) */
async function exchange(
  options: RestoreOptions,
  source: Source,
  copies: readonly StoredBackup[] | undefined,
): Promise<ExitCode> {
  const { config, members, io, json, service, undo, resume } = options;
  const facts = await gatherPair(pairHosts(members), profileOf(config), options);
  const ground = groundOf(facts, source.resource, resume || undo !== undefined);
  const refuse = (why: readonly string[]) => {
    printReports(io, [report("restore.refused", { service, why: [...why] })], json);
    return Exit.refused;
  };
  if (!("host" in ground)) return refuse(ground.why);
  const host = reachableHosts(members).find(({ name }) => name === ground.host);
  if (host === undefined) return refuse([say`${ground.host} cannot be reached`]);
  const stamp = (await run(host, ["date", "-u", "+%Y%m%dT%H%M%S"])).trim();
  const live = source.directory;
  const fresh = undo === undefined ? `${live}.restore-${stamp}` : `${live}.before-${undo}`;
  const swap: Swap = { source, host: host.name, fresh, kept: `${live}.before-${stamp}` };
  const beside = source.container === undefined;
  const changes = resume
    ? undoChanges(swap)
    : [
        ...(copies === undefined ? [] : [prepareChange({ config, swap, copies, stamp })]),
        ...(beside ? [] : swapChanges(swap)),
      ];
  if (undo !== undefined && (await host.exec(["test", "-d", fresh])).code !== 0)
    return refuse([say`there is no directory ${fresh} on ${host.name}`]);
  for (const { id, host: place, title, risk, preview } of changes) {
    tell(
      io,
      json,
      { type: "change", id, host: place, title, risk, preview },
      `  ${padded(word(risk), 10)}  ${title}\n`,
    );
    if (!json) for (const line of preview) io.out(`                ${line}\n`);
  }
  if (options.dryRun || (!beside && !resume && !(await isConfirmed(options)))) {
    printReports(io, [report("restore.not-confirmed", { service })], json);
    return Exit.changesPending;
  }
  const held = reachableHosts(members);
  const result = await applyHeld(resume ? "restore --resume" : "restore", held, changes, { io, json });
  if (result.outcome === "done") {
    const name = copies?.[0]?.name ?? "";
    const kept = { kept: swap.kept, host: host.name };
    if (resume) printReports(io, [report("restore.resumed", { service })], json);
    else if (beside)
      printReports(io, [report("restore.beside", { service, path: fresh, host: host.name })], json);
    else if (undo !== undefined) printReports(io, [report("restore.undone", { service, ...kept })], json);
    else printReports(io, [report("restore.done", { service, name, stamp, ...kept })], json);
    const after = verdict(await gatherPair(pairHosts(members), profileOf(config), options));
    const left = after.findings.filter(({ level }) => level !== "info").map(({ text }) => text);
    if (left.length > 0) printReports(io, [report("brain.left", { left })], json);
    // What is wrong with the pair besides is said, and is no matter of the restore.
    return Exit.done;
  }
  const why = result.failed.map(({ change, why: text }) => `${change.title}: ${text}`).join("; ");
  const touched = [...result.done, ...result.failed.map(({ change }) => change)].map(({ step }) => step);
  if (touched.includes(STAGES.swap)) {
    printReports(io, [report("restore.failed-after", { service, why, stamp, kept: swap.kept })], json);
    return result.outcome === "unknown" ? Exit.unknown : Exit.failed;
  }
  // Nothing is exchanged yet: the service goes on with what it has.
  const resting = touched.includes(STAGES.rest) && !(await goesOn(options, swap));
  printReports(io, [report("restore.failed", { service, why, resting })], json);
  return result.outcome === "unknown" ? Exit.unknown : Exit.failed;
}

async function goesOn({ members, io, json }: RestoreOptions, swap: Swap): Promise<boolean> {
  const again = await applyHeld("restore", reachableHosts(members), undoChanges(swap), { io, json });
  return again.outcome === "done";
}

/** Nothing but the service's name, typed. */
async function isConfirmed({ service, confirm, ask }: RestoreOptions): Promise<boolean> {
  if (confirm !== undefined) return confirm === service;
  const question = say`${service} is stopped, and what was written since is put aside. Type ${service} to go on: `;
  return (await ask?.(question)) === service;
}
