import { epochOf, type FenceEvent } from "../../core/cluster/model.ts";
import type { JournalEntry } from "./journal.ts";
import type { LogLine, ResultLine, RoleLine } from "./log.ts";

/** Something that happened to the pair; what `history` prints, and `show` of the last day. */
export interface PairEvent {
  readonly kind: "command" | "fencing" | "role" | "failure";
  /** ISO 8601, by the clock of whoever wrote it down. */
  readonly at: string;
  /** The same for all that one command did. */
  readonly run?: string;
  /** user@machine, `the cluster`, or `DRBD`. */
  readonly by: string;
  readonly command: string;
  /** Node name, or `cluster`. */
  readonly host: string;
  readonly what: string;
  /** `done`, `failed`, `unknown`, `interrupted`, `pending`. */
  readonly result: string;
  readonly seconds?: number | undefined;
  readonly why?: string | undefined;
  /** How many changes of one command this stands for; undefined: for one. */
  readonly changes?: number | undefined;
  /** A failure: what failed, and where it ran again; without `on` it was not seen to. */
  readonly failure?: { readonly resource: string; readonly times: number; readonly on?: string | undefined };
  /** A promotion: what became of the other host before it. */
  readonly after?: { readonly host: string; readonly what: "fenced" | "demoted" } | undefined;
}

/** How long before a promotion its cause may lie: a fence device that works only at the third attempt takes minutes. */
const CAUSE_SECONDS = 600;
/** Two hosts' clocks differ by a little. */
const CLOCK_SECONDS = 5;

/** Oldest first. */
export const byTime = (a: PairEvent, b: PairEvent): number => Date.parse(a.at) - Date.parse(b.at);

const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString();

export const commandEvent = (entry: JournalEntry): PairEvent => ({ kind: "command", ...entry });

export function fencingEvents(history: readonly FenceEvent[]): PairEvent[] {
  return history.flatMap(({ action, target, status, delegate, reason, at }) => {
    const seconds = epochOf(at);
    if (seconds === undefined) return [];
    return {
      kind: "fencing" as const,
      at: isoOf(seconds),
      by: "the cluster",
      command: "fence",
      host: target,
      what: `${action} through its fence device${delegate === undefined ? "" : ` by ${delegate}`}`,
      result: status === "success" ? "done" : status,
      why: reason,
    };
  });
}

/**
 * Promotions, demotions and failures from the lines of all hosts.
 * @param complete every host was asked and answered; else what came after a failure is not known
 */
export function clusterEvents(
  lines: readonly LogLine[],
  fencings: readonly PairEvent[],
  complete: boolean,
): PairEvent[] {
  const sorted = [...lines].sort((a, b) => a.at - b.at);
  const roles = sorted.filter((line) => line.kind === "role");
  const results = sorted.filter((line) => line.kind === "result");
  return [...roleEvents(roles, fencings), ...failureEvents(results, complete)];
}

function roleEvents(roles: readonly RoleLine[], fencings: readonly PairEvent[]): PairEvent[] {
  return roles.map((line) => {
    const { at, host, to } = line;
    const event = { kind: "role", at: isoOf(at), by: "DRBD", host, result: "done" } as const;
    if (to === "Secondary") return { ...event, command: "demote", what: "is no longer primary" };
    const after = causeOf(line, roles, fencings);
    const told = after === undefined ? "" : `, after ${after.host} was ${after.what}`;
    return { ...event, command: "promote", what: `became primary${told}`, after };
  });
}

/** The last thing that made the other host give way, shortly before. None: nobody was in the way, or it is not known. */
function causeOf(
  { at, host }: RoleLine,
  roles: readonly RoleLine[],
  fencings: readonly PairEvent[],
): PairEvent["after"] {
  const demotions = roles
    .filter((line) => line.to === "Secondary" && line.host !== host)
    .map((line) => ({ at: line.at, host: line.host, what: "demoted" as const }));
  const fenced = fencings
    .filter((event) => event.host !== host && event.result === "done")
    .map((event) => ({ at: Date.parse(event.at) / 1000, host: event.host, what: "fenced" as const }));
  const [last] = [...demotions, ...fenced]
    .filter((cause) => cause.at <= at + CLOCK_SECONDS && cause.at >= at - CAUSE_SECONDS)
    .sort((a, b) => b.at - a.at);
  return last && { host: last.host, what: last.what };
}

interface Episode {
  readonly first: ResultLine;
  times: number;
  again?: ResultLine;
}

/** From the first failure of a resource until it ran again, here or on the other host, is one event. */
function failureEvents(results: readonly ResultLine[], complete: boolean): PairEvent[] {
  const open = new Map<string, Episode>();
  const all: Episode[] = [];
  for (const line of results) {
    const episode = open.get(line.resource);
    if (!line.ok) {
      if (episode) episode.times++;
      else {
        const begun: Episode = { first: line, times: 1 };
        all.push(begun);
        open.set(line.resource, begun);
      }
    } else if (episode && endsIt(episode, line)) {
      episode.again = line;
      open.delete(line.resource);
    }
  }
  return all.map((episode) => failureEvent(episode, complete));
}

/** A copy of a clone that is well on the other host says nothing of this one; one that was started does. */
const endsIt = ({ first }: Episode, { host, task }: ResultLine): boolean =>
  task === "start" || task === "promote" || (task === "monitor" && host === first.host);

const FAILED: Readonly<Record<string, string>> = {
  start: "could not be started",
  stop: "could not be stopped",
  promote: "could not be promoted",
  demote: "could not be demoted",
};

function failureEvent({ first, times, again }: Episode, complete: boolean): PairEvent {
  const { at, host, resource, task, said } = first;
  const count = times === 1 ? "" : ` (${times} failures)`;
  const end = again === undefined ? "" : `, runs again${again.host === host ? "" : ` on ${again.host}`}`;
  return {
    kind: "failure",
    at: isoOf(at),
    by: "the cluster",
    command: task,
    host,
    what: `${resource} ${FAILED[task] ?? "failed"}${count}${end}`,
    result: again ? "done" : complete ? "failed" : "unknown",
    seconds: again && Math.max(0, Math.round(again.at - at)),
    why: said,
    failure: { resource, times, on: again?.host },
  };
}
