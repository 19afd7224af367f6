import { parseCrmMon } from "../../core/cluster/crm-mon.ts";
import { type Known, known, unknown } from "../../core/cluster/known.ts";
import type { FenceEvent } from "../../core/cluster/model.ts";
import { Exit, type ExitCode } from "../../core/exit.ts";
import type { Host } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { report, SkyhaError } from "../../core/report.ts";
import type { Io } from "../cli/io.ts";
import { type PairMember, reachableHosts } from "../hosts/pair.ts";
import { PATHS } from "../names.ts";
import { printReports } from "../render/reports.ts";
import { cell, table } from "../show/layout.ts";
import { byTime, clusterEvents, commandEvent, fencingEvents, type PairEvent } from "./events.ts";
import { type JournalEntry, mergeJournals, parseJournal } from "./journal.ts";
import { type FoundLock, findLock, isLeftBehind, STALE_SECONDS } from "./lock.ts";
import { askLog, type LogLine, parseLog } from "./log.ts";

interface Common {
  readonly members: readonly PairMember[];
  readonly io: Io;
  readonly json: boolean;
}

export interface UnlockOptions extends Common {
  /** Also a lock whose holder gave a sign of life a moment ago. */
  readonly force: boolean;
}

/**
 * Removes a lock that was left behind.
 * @returns 0 nobody holds it any more · 3 a host could not be asked · 4 its holder lives
 */
export async function runUnlock({ members, io, json, force }: UnlockOptions): Promise<ExitCode> {
  const found: FoundLock[] = [];
  const unknown: { host: string; why: string }[] = [];
  for (const { config, host } of members) {
    try {
      if (host instanceof SkyhaError) throw host;
      const lock = await findLock(host);
      if (lock) found.push(lock);
    } catch (error) {
      unknown.push({ host: config.name, why: messageOf(error) });
    }
  }
  const alive = found.find((lock) => lock.silentSeconds <= STALE_SECONDS && !isLeftBehind(lock));
  if (alive && !force) {
    const { record, silentSeconds } = alive;
    const holder = { by: record?.by ?? "somebody", command: record?.command ?? "?" };
    printReports(io, [report("lock.alive", { ...holder, silentSeconds })], json);
    return Exit.refused;
  }
  const hosts = reachableHosts(members).filter(({ name }) => found.some(({ host }) => host === name));
  await Promise.all(hosts.map((host) => host.exec(["rm", "-f", PATHS.lock], { timeoutMs: 20_000 })));
  const done =
    hosts.length === 0
      ? report("lock.none", {})
      : report("lock.removed", { hosts: hosts.map(({ name }) => name) });
  printReports(io, [done, ...unknown.map((each) => report("lock.unknown", each))], json);
  return unknown.length > 0 ? Exit.unknown : Exit.done;
}

export interface HistoryOptions extends Common {
  /** How many entries, the newest. */
  readonly limit: number;
}

/** More of a journal than anybody reads, and less than any host minds to look through. */
const LOG = { withEntries: false, since: "-30d", lines: 2000, seconds: 20 } as const;

/**
 * What skyha did, from both hosts' journals, and what the cluster did by itself: whom it fenced, where DRBD became
 * primary, what failed and was started again.
 * @returns 0 · 3 no host could be asked
 */
export async function runHistory({ members, io, json, limit }: HistoryOptions): Promise<ExitCode> {
  const hosts = reachableHosts(members);
  const [journals, logs, fencing] = await Promise.all([
    Promise.all(hosts.map(readJournal)),
    Promise.all(hosts.map(readLog)),
    readFencing(hosts),
  ]);
  const away = members.flatMap(({ config, host }) =>
    host instanceof SkyhaError ? [{ host: config.name, why: messageOf(host) }] : [],
  );
  const unread = [...away, ...journals.flatMap(missing)];
  const fencings = fencing.known ? fencingEvents(fencing.value) : [];
  const complete = away.length === 0 && logs.every(({ found }) => found.known);
  const lines = logs.flatMap(({ found }) => (found.known ? found.value : []));
  const events: PairEvent[] = [
    ...mergeJournals(journals.map(({ found }) => (found.known ? found.value : []))).map(commandEvent),
    ...fencings,
    ...clusterEvents(lines, fencings, complete),
  ];
  const newest = events.sort(byTime).slice(-limit);
  if (json) for (const event of newest) io.out(`${JSON.stringify(event)}\n`);
  else if (newest.length > 0) io.out(`${table(newest.map(row)).join("\n")}\n`);
  else if (unread.length < members.length) io.out("nothing yet\n");
  const reports = [
    ...unread.map((each) => report("history.unread", each)),
    ...logs.flatMap(missing).map((each) => report("history.log-unread", each)),
    ...(fencing.known || hosts.length === 0 ? [] : [report("history.fencing-unread", { why: fencing.why })]),
  ];
  printReports(io, reports, json);
  return unread.length === members.length ? Exit.unknown : Exit.done;
}

/** Of what an agent said about a failure; all of it is in the JSON. What stopped a command is never cut. */
const REASON = 60;

function row({ kind, at, by, command, host, what, result, seconds, why }: PairEvent) {
  const took = seconds === undefined ? "" : ` (${seconds} s)`;
  const reason =
    kind === "failure" && why !== undefined && why.length > REASON ? `${why.slice(0, REASON - 1)}…` : why;
  const text = `${result}${took}${reason === undefined ? "" : `: ${reason}`}`;
  // To the second, in UTC: the hosts and the reader may be in different zones.
  return [`${at.slice(0, 19)}Z`, by, command, host, what, text].map((word) => cell(word));
}

/** What a host was asked for, or why it is not known. */
interface Read<T> {
  readonly host: string;
  readonly found: Known<T>;
}

const missing = ({ host, found }: Read<unknown>) => (found.known ? [] : [{ host, why: found.why }]);

async function readJournal(host: Host): Promise<Read<JournalEntry[]>> {
  try {
    return { host: host.name, found: known(parseJournal((await host.read(PATHS.journal)) ?? "")) };
  } catch (error) {
    return { host: host.name, found: unknown(messageOf(error)) };
  }
}

async function readLog(host: Host): Promise<Read<readonly LogLine[]>> {
  try {
    const { code, stdout, stderr } = await host.exec(askLog(LOG), { timeoutMs: (LOG.seconds + 5) * 1000 });
    const found =
      code === 0 ? known(parseLog(stdout, host.name).lines) : unknown(stderr.trim() || `code ${code}`);
    return { host: host.name, found };
  } catch (error) {
    return { host: host.name, found: unknown(messageOf(error)) };
  }
}

/** The cluster's own memory of whom it powered off, from the first host that has one. */
async function readFencing(hosts: readonly Host[]): Promise<Known<readonly FenceEvent[]>> {
  const reasons: string[] = [];
  for (const host of hosts) {
    try {
      const argv = ["crm_mon", "-1", "--output-as=xml", "--fence-history=3"] as const;
      const { stdout, stderr } = await host.exec(argv, { timeoutMs: 20_000 });
      const status = stdout === "" ? unknown(stderr.trim() || "crm_mon said nothing") : parseCrmMon(stdout);
      if (status.known) return known(status.value.fencing);
      reasons.push(`${host.name}: ${status.why}`);
    } catch (error) {
      reasons.push(`${host.name}: ${messageOf(error)}`);
    }
  }
  return unknown(reasons.join("; "));
}
