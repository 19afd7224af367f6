import { type Known, mapKnown, unknown } from "../../core/cluster/known.ts";
import type { PairFacts } from "../../core/verdict/facts.ts";
import { clusterView } from "../../core/verdict/view.ts";
import type { Asker } from "../facts/pair/ask.ts";
import { byTime, clusterEvents, commandEvent, fencingEvents, type PairEvent } from "./events.ts";
import { type JournalEntry, mergeJournals } from "./journal.ts";
import { askLog, type HostLog, parseLog } from "./log.ts";

/** What happened lately, in short. */
export interface RecentEvents {
  readonly hours: number;
  /** Newest first, no more than fit. All that one command did is one event. */
  readonly events: readonly PairEvent[];
  /** Hosts whose part is missing. */
  readonly missing: readonly { readonly host: string; readonly why: string }[];
}

const HOURS = 24;
const MOST = 5;

/**
 * One question per host. Its time is short: an answer that takes longer is not worth waiting for, since the verdict
 * does not rest on it.
 */
const QUESTION = askLog({ withEntries: true, since: `-${HOURS}h`, lines: 400, seconds: 2 });

/** Asks beside other questions to the same hosts, and puts together what was answered. */
export function createRecent() {
  const logs = new Map<string, Known<HostLog>>();
  return {
    async beside(host: string, asker: Asker): Promise<void> {
      logs.set(host, await asker.run(QUESTION, (text) => parseLog(text, host)));
    },
    of: (facts: PairFacts): RecentEvents => recentOf(facts, logs),
  };
}

export function recentOf(facts: PairFacts, logs: ReadonlyMap<string, Known<HostLog>>): RecentEvents {
  const found = facts.hosts.map(({ name, unreachable }): { host: string; log: Known<HostLog> } => ({
    host: name,
    log: logs.get(name) ?? unknown(unreachable ?? "it was not asked"),
  }));
  const told = found.flatMap(({ log }) => (log.known ? [log.value] : []));
  const view = mapKnown(clusterView(facts), ({ status }) => status.fencing);
  const fencings = fencingEvents(view.known ? view.value : []);
  const events = [
    ...runEvents(mergeJournals(told.map(({ entries }) => entries))),
    ...fencings,
    ...clusterEvents(
      told.flatMap(({ lines }) => lines),
      fencings,
      told.length === facts.hosts.length,
    ),
  ];
  const from = (facts.takenAt - HOURS * 3600) * 1000;
  return {
    hours: HOURS,
    events: events
      .filter(({ at }) => Date.parse(at) >= from)
      .sort(byTime)
      .reverse()
      .slice(0, MOST),
    missing: found.flatMap(({ host, log }) => (log.known ? [] : [{ host, why: log.why }])),
  };
}

/** Worst first: one change that failed is what a command came to. */
const RESULTS = ["failed", "unknown", "interrupted", "done"];

/** All entries of one command as one event, at the time of the last. */
function runEvents(entries: readonly JournalEntry[]): PairEvent[] {
  const runs = Map.groupBy(entries, ({ run }) => run);
  return [...runs.values()].flatMap((run) => {
    const last = run.at(-1);
    if (last === undefined) return [];
    const worst = RESULTS.map((result) => run.findLast((entry) => entry.result === result)).find(
      (entry) => entry !== undefined,
    );
    const event = commandEvent(worst ?? last);
    if (run.length === 1) return event;
    const { result, why } = event;
    return {
      ...commandEvent(last),
      host: run.every(({ host }) => host === last.host) ? last.host : "cluster",
      what: `${run.length} changes`,
      result,
      why,
      seconds: undefined,
      changes: run.length,
    };
  });
}
