import { parseCrmMon } from "../../core/cluster/crm-mon.ts";
import { epochOf } from "../../core/cluster/model.ts";
import { Exit, type ExitCode } from "../../core/exit.ts";
import type { Host } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { report, SkyhaError } from "../../core/report.ts";
import type { Io } from "../cli/io.ts";
import { type PairMember, reachableHosts } from "../hosts/pair.ts";
import { PATHS } from "../names.ts";
import { printReports } from "../render/reports.ts";
import { cell, table } from "../show/layout.ts";
import { mergeJournals, parseJournal } from "./journal.ts";
import { type FoundLock, findLock, isLeftBehind, STALE_SECONDS } from "./lock.ts";

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

/** One line of the history. */
interface Event {
  readonly at: string;
  readonly by: string;
  readonly command: string;
  readonly host: string;
  readonly what: string;
  readonly result: string;
  readonly seconds?: number | undefined;
  readonly why?: string | undefined;
}

/**
 * What skyha did, from both hosts' journals, and what the cluster did by itself: whom it fenced.
 * @returns 0 · 3 no host could be asked
 */
export async function runHistory({ members, io, json, limit }: HistoryOptions): Promise<ExitCode> {
  const hosts = reachableHosts(members);
  const read = await Promise.all(
    hosts.map(async (host) => {
      try {
        return { host: host.name, text: (await host.read(PATHS.journal)) ?? "", why: undefined };
      } catch (error) {
        return { host: host.name, text: "", why: messageOf(error) };
      }
    }),
  );
  const away = members.flatMap(({ config, host }) =>
    host instanceof SkyhaError ? [{ host: config.name, why: messageOf(host) }] : [],
  );
  const unread = [...away, ...read.flatMap(({ host, why }) => (why === undefined ? [] : [{ host, why }]))];
  const events: Event[] = [
    ...mergeJournals(read.map(({ text }) => parseJournal(text))),
    ...(await fencings(hosts)),
  ];
  const newest = events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).slice(-limit);
  if (json) for (const event of newest) io.out(`${JSON.stringify(event)}\n`);
  else if (newest.length > 0) io.out(`${table(newest.map(row)).join("\n")}\n`);
  else if (unread.length < members.length) io.out("nothing yet\n");
  printReports(
    io,
    unread.map((each) => report("history.unread", each)),
    json,
  );
  return unread.length === members.length ? Exit.unknown : Exit.done;
}

function row({ at, by, command, host, what, result, seconds, why }: Event) {
  const took = seconds === undefined ? "" : ` (${seconds} s)`;
  const text = `${result}${took}${why === undefined ? "" : `: ${why}`}`;
  // To the second, in UTC: the hosts and the reader may be in different zones.
  return [`${at.slice(0, 19)}Z`, by, command, host, what, text].map((word) => cell(word));
}

/** The cluster's own memory of whom it powered off, from the first host that has one. */
async function fencings(hosts: readonly Host[]): Promise<Event[]> {
  for (const host of hosts) {
    const asked = await host
      .exec(["crm_mon", "-1", "--output-as=xml", "--fence-history=3"], { timeoutMs: 20_000 })
      .catch(() => undefined);
    const status = asked === undefined ? undefined : parseCrmMon(asked.stdout);
    if (!status?.known) continue;
    return status.value.fencing.flatMap(({ action, target, status: result, delegate, reason, at }) => {
      const seconds = epochOf(at);
      if (seconds === undefined) return [];
      return {
        at: new Date(seconds * 1000).toISOString(),
        by: "the cluster",
        command: "fence",
        host: target,
        what: `${action} through its fence device${delegate === undefined ? "" : ` by ${delegate}`}`,
        result: result === "success" ? "done" : result,
        why: reason,
      };
    });
  }
  return [];
}
