import type { Argv } from "../../core/host.ts";
import { DRBD, PATHS } from "../names.ts";
import { type JournalEntry, parseJournal } from "./journal.ts";

/**
 * What the cluster did by itself, from the journal (systemd) of each host.
 *
 * Why there. The CIB and crm_mon know the last failure of a resource only, and forget it after the failure-timeout of
 * ten minutes, at a cleanup and with the host that is fenced. Of promotions they know the last one. The journal has
 * all of them, on the host where they happened, until it is rotated. Two lines are enough:
 * - the kernel's `role( Secondary -> Primary )`, which is DRBD's own word on it, whoever asked for it;
 * - the controller's `Result of OPERATION operation for RESOURCE on NODE: …`, one for each operation that was carried
 *   out and for each monitor whose answer changed (pacemaker, daemons/controld/controld_execd.c).
 * They are sentences for people, so only what both releases print alike is read, and any other line is left out.
 */

/** One of those lines. */
export type LogLine = RoleLine | ResultLine;

export interface RoleLine {
  readonly kind: "role";
  /** Seconds since the epoch, by the host's clock. */
  readonly at: number;
  readonly host: string;
  readonly to: "Primary" | "Secondary";
}

export interface ResultLine {
  readonly kind: "result";
  readonly at: number;
  /** Node it was carried out on. */
  readonly host: string;
  /** `start`, `monitor`, `promote`, … */
  readonly task: string;
  readonly resource: string;
  readonly ok: boolean;
  /** The cluster's word for the result, and what the agent said: `not running (the container is gone)`. */
  readonly said: string;
}

/** What one host remembers: its part of skyha's own journal, and what it saw of the cluster. */
export interface HostLog {
  readonly entries: readonly JournalEntry[];
  readonly lines: readonly LogLine[];
}

const PATTERN =
  "role\\( \\w+ -> \\w+ \\)|Result of (start|stop|promote|demote|monitor) operation for \\S+ on \\S+: ";

/**
 * Ends with 0 when the journal was looked through, also when nothing was found. journalctl itself says 1 both for
 * that and for its own failures; only the latter it explains.
 */
const LOOK = [
  'limit=$1; journal=$2; lines=$3; shift 3; [ ! -e "$journal" ] || tail -n "$lines" -- "$journal" || exit 9',
  '{ said=$(timeout "$limit" journalctl "$@" 2>&1 1>&3); code=$?; } 3>&1',
  'case "$code$said" in 0*|1) exit 0;; 124*) said="journalctl did not end within $limit s";; esac',
  'printf "%s\\n" "$said" >&2; exit 9',
].join("\n");

export interface LogQuestion {
  /** Also skyha's own journal, by the same question. */
  readonly withEntries: boolean;
  /** As journalctl takes it, relative to now by the host's own clock: `-24h`. */
  readonly since: string;
  /** Most lines of either journal, the newest. */
  readonly lines: number;
  /** After this the host is left alone. */
  readonly seconds: number;
}

/**
 * Both journals of a host in one question can be told apart, since one has JSON in its lines.
 * `_TRANSPORT=kernel` and not `-k`, which would leave out all boots but this one.
 */
export function askLog({ withEntries, since, lines, seconds }: LogQuestion): Argv {
  const journalctl = [
    "--no-pager",
    "-o",
    "short-unix",
    `--since=${since}`,
    "-n",
    `${lines}`,
    "--grep",
    PATTERN,
  ];
  const sources = ["_TRANSPORT=kernel", "+", "SYSLOG_IDENTIFIER=pacemaker-controld"];
  const journal = withEntries ? PATHS.journal : "";
  return ["sh", "-c", LOOK, "log", `${seconds}`, journal, `${lines}`, ...journalctl, ...sources];
}

export function parseLog(text: string, host: string): HostLog {
  const lines = text.split("\n");
  return {
    entries: parseJournal(lines.filter((line) => line.startsWith("{")).join("\n")),
    lines: lines.flatMap((line) => parseLine(line, host) ?? []),
  };
}

/** `1763736827.697902 db1 kernel: …`, `1763736820.797545 db1 pacemaker-controld[4163]:  notice: …` */
function parseLine(line: string, host: string): LogLine | undefined {
  const [, time, sender, text] = /^(\d+\.\d+) \S+ ([\w-]+)(?:\[\d+\])?: +(.*)$/.exec(line) ?? [];
  if (time === undefined || text === undefined) return undefined;
  const at = Number(time);
  return sender === "kernel" ? parseRole(text, at, host) : parseResult(text, at);
}

/**
 * DRBD 8.4 names the device: `block drbd1:` in kernels until 6.1, `drbd skydata/0 drbd1:` in later ones. DRBD 9 names
 * the resource, `drbd skydata:`.
 */
const ROLE = new RegExp(
  `^(?:block drbd${DRBD.minor}|drbd ${DRBD.resource}(?:/\\d+ drbd\\d+)?): .*\\brole\\( \\w+ -> (Primary|Secondary) \\)`,
);

function parseRole(text: string, at: number, host: string): RoleLine | undefined {
  const to = ROLE.exec(text)?.[1];
  return to === "Primary" || to === "Secondary" ? { kind: "role", at, host, to } : undefined;
}

const RESULT = /^(?:notice|warning|error): Result of (\w+) operation for (\S+) on (\S+): (.+)$/;
/** Degraded is a kind of well; "promoted (failed)" is none. Pacemaker 3 writes the words anew, with capitals. */
const WELL = /^(?:ok\b|promoted(?! \(failed\))|OCF_DEGRADED|(?:service )?degraded)/i;

function parseResult(text: string, at: number): ResultLine | undefined {
  const [, task, resource, host, said] = RESULT.exec(text) ?? [];
  if (task === undefined || resource === undefined || host === undefined || said === undefined)
    return undefined;
  // A probe asks what is there; the answer that nothing is, is no failure. Nor is an operation that was called off.
  if (task === "probe" || /^cancelled/i.test(said)) return undefined;
  return { kind: "result", at, host, task, resource, ok: WELL.test(said), said: lowerFirst(said) };
}

const lowerFirst = (text: string): string =>
  /^[A-Z][a-z]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text;
