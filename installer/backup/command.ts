import { randomUUID } from "node:crypto";
import { Exit, type ExitCode } from "../../core/exit.ts";
import type { Host } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { report } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import type { Io } from "../cli/io.ts";
import type { Config } from "../config/schema.ts";
import { type PairMember, reachableHosts } from "../hosts/pair.ts";
import { whoAmI } from "../ledger/hold.ts";
import { type JournalEntry, openJournal } from "../ledger/journal.ts";
import { tell } from "../render/changes.ts";
import { ledgerWarning, printReports } from "../render/reports.ts";
import { bytes, cell, table } from "../show/layout.ts";
import { findSources, isMounted, placeOf } from "./place.ts";
import { checksumProblem, listBackups, markVerified, type StoredBackup } from "./store.ts";
import { type Taken, takeBackup } from "./take.ts";

export interface Common {
  readonly config: Config;
  readonly members: readonly PairMember[];
  readonly io: Io;
  readonly json: boolean;
}

export interface BackupOptions extends Common {
  /** undefined: all of them. */
  readonly service?: string | undefined;
  readonly keep: number;
  /** For the timer, which runs on both hosts: the one without the services has nothing to do and says nothing. */
  readonly ifActive?: boolean;
  readonly pollMs?: number;
}

/**
 * Copies what the services have while they run. Takes no lock of the pair: a repair must not wait for a backup.
 * @returns 0 done, on both hosts · 1 one failed, or is on one host alone · 2 no such service · 3 not known where the
 *   services are · 4 they run nowhere · 5 another backup is at work
 */
export async function runBackup(options: BackupOptions): Promise<ExitCode> {
  const { config, members, io, json, service, keep, ifActive = false } = options;
  if (ifActive) {
    const here = reachableHosts(members).find(({ address }) => address === "local");
    if (here === undefined || !(await isMounted(here))) return Exit.done;
  }
  const place = await placeOf(members);
  if (!("host" in place)) {
    printReports(io, [report("backup.nowhere", { why: place.why })], json);
    return place.isKnown ? Exit.refused : Exit.unknown;
  }
  const { host } = place;
  const sources = await findSources(config, members, service);
  const results: Taken[] = [];
  await noted(options, "backup", async (note) => {
    for (const source of sources) {
      const title = say`back up ${source.service} on ${host.name}`;
      tell(
        io,
        json,
        { type: "backup-started", service: source.service, host: host.name },
        `  ${title}: ...\n`,
      );
      const taken = await takeBackup({
        config,
        members,
        host,
        source,
        keep,
        progress: (text) =>
          tell(io, json, { type: "progress", service: source.service, text }, `  ${title}: ... ${text}\n`),
        ...(options.pollMs === undefined ? {} : { pollMs: options.pollMs }),
      });
      printReports(io, taken.reports, json);
      const result = taken.outcome === "done" ? "done" : "failed";
      const what = `back up ${source.service}: ${taken.name}`;
      note({ host: host.name, what, result, seconds: taken.seconds });
      results.push(taken);
    }
  });
  if (results.some(({ outcome }) => outcome === "failed")) return Exit.failed;
  return results.some(({ outcome }) => outcome === "locked") ? Exit.locked : Exit.done;
}

/** Writes into the journals of the hosts what is done without their lock. */
export async function noted(
  { members, io, json }: Pick<Common, "members" | "io" | "json">,
  command: string,
  work: (
    note: (entry: Pick<JournalEntry, "host" | "what" | "result" | "seconds" | "why">) => void,
  ) => Promise<void>,
): Promise<void> {
  const journal = openJournal(reachableHosts(members));
  const run = randomUUID();
  const by = whoAmI();
  try {
    await work((entry) => journal.write({ at: new Date().toISOString(), run, by, command, ...entry }));
  } finally {
    const unwritten = await journal.end();
    if (unwritten !== undefined) ledgerWarning(io, json)(unwritten);
  }
}

/** Backups of both hosts, oldest first. A host that gives no answer is said. */
export async function gatherBackups(
  { config, members, io, json }: Common,
  service?: string,
): Promise<{ readonly found: StoredBackup[]; readonly unread: string[] }> {
  const unread = members.filter(({ host }) => !("exec" in host)).map((member) => member.config.name);
  const found: StoredBackup[] = [];
  for (const name of unread)
    printReports(io, [report("backup.unread", { host: name, why: say`it cannot be reached` })], json);
  await Promise.all(
    reachableHosts(members).map(async (host) => {
      try {
        found.push(...(await listBackups(host, config)));
      } catch (error) {
        unread.push(host.name);
        printReports(io, [report("backup.unread", { host: host.name, why: messageOf(error) })], json);
      }
    }),
  );
  const wanted = found.filter((each) => service === undefined || each.service === service);
  return { found: wanted.sort((a, b) => `${a.name} ${a.host}`.localeCompare(`${b.name} ${b.host}`)), unread };
}

export interface ListOptions extends Common {
  readonly service?: string | undefined;
}

/** @returns 0 · 3 a host could not be asked */
export async function runBackupList(options: ListOptions): Promise<ExitCode> {
  const { io, json, service } = options;
  const { found, unread } = await gatherBackups(options, service);
  const rows = [...byName(found)].map(([name, copies]) => rowOf(name, copies));
  if (json) for (const row of rows) io.out(`${JSON.stringify({ type: "backup", ...row })}\n`);
  else if (rows.length > 0) {
    const head = [say`backup`, say`made`, say`size`, say`on`, say`verified`].map((text) => cell(text));
    const lines = rows.map((row) =>
      [row.name, row.at ?? "?", bytes(row.bytes), row.hosts.join(" "), row.verified ?? "-"].map((text) =>
        cell(text),
      ),
    );
    io.out(`${table([head, ...lines]).join("\n")}\n`);
  }
  if (rows.length === 0 && unread.length === 0) printReports(io, [report("backup.none", {})], json);
  return unread.length > 0 ? Exit.unknown : Exit.done;
}

function byName(found: readonly StoredBackup[]): Map<string, StoredBackup[]> {
  const names = new Map<string, StoredBackup[]>();
  for (const each of found) names.set(each.name, [...(names.get(each.name) ?? []), each]);
  return names;
}

function rowOf(name: string, copies: readonly StoredBackup[]) {
  const verified = copies.flatMap((copy) => copy.verified ?? []).sort((a, b) => b.at.localeCompare(a.at))[0];
  const record = copies.find((copy) => copy.record !== undefined)?.record;
  return {
    name,
    service: copies[0]?.service ?? "",
    at: record?.at,
    bytes: Math.max(...copies.map((copy) => copy.bytes)),
    hosts: copies.map(({ host }) => host),
    consistent: record?.consistent,
    verified: verified === undefined ? undefined : `${verified.at} (${verified.how})`,
  };
}

/**
 * Compares the files of every backup, on every host that has it, with their checksums.
 * @returns 0 all are as they were written · 1 one is not · 3 a host could not be asked
 */
export async function runBackupVerify(options: ListOptions): Promise<ExitCode> {
  const { members, io, json, service } = options;
  const { found, unread } = await gatherBackups(options, service);
  if (found.length === 0 && unread.length === 0) {
    printReports(io, [report("backup.none", {})], json);
    return Exit.failed;
  }
  let broken = 0;
  await noted(options, "backup verify", async (note) => {
    for (const backup of found) {
      const host = reachableHosts(members).find(({ name }) => name === backup.host);
      const why = host === undefined ? "?" : await problemOf(host, backup);
      if (why !== undefined) broken++;
      const said = { name: backup.name, path: backup.path };
      const text =
        why === undefined
          ? report("backup.verified", said, backup.host)
          : report("backup.broken", { ...said, why }, backup.host);
      printReports(io, [text], json);
      const end = why === undefined ? ({ result: "done" } as const) : ({ result: "failed", why } as const);
      note({ host: backup.host, what: `verify ${backup.name}`, ...end });
    }
  });
  if (broken > 0) return Exit.failed;
  return unread.length > 0 ? Exit.unknown : Exit.done;
}

async function problemOf(host: Host, backup: StoredBackup): Promise<string | undefined> {
  try {
    const why = await checksumProblem(host, backup);
    if (why !== undefined) return why;
    if (backup.record === undefined) return say`its backup.json cannot be read`;
    // A test says more than checksums do, and stays in the list.
    if (backup.verified?.how !== "test")
      await markVerified(host, backup, {
        at: new Date().toISOString().replace(/\.\d+/, ""),
        how: "checksums",
      });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
