import { say } from "../../core/texts/say.ts";
import type { PairEvent } from "../ledger/events.ts";
import { type Cell, cell, duration, type Paint, table } from "./layout.ts";
import type { ShowView } from "./view.ts";
import { word } from "./words.ts";

/** The last few events in plain words, newest first, and whose part is missing. */
export function recent({ recent: lately, takenAt, hosts }: ShowView, paint: Paint): string[] {
  if (lately === undefined) return [];
  const now = Date.parse(takenAt);
  const rows = lately.events.map((event): Cell[] => {
    const ago = duration(Math.max(0, (now - Date.parse(event.at)) / 1000));
    const bad = event.result !== "done" ? paint.doubt : undefined;
    return [
      cell(say`${ago} ago`),
      cell(event.host === "cluster" ? "" : event.host),
      cell(sentence(event), bad),
    ];
  });
  const missing = lately.missing.map(({ host, why }): Cell[] => {
    // Why a host cannot be reached is said once, at the host.
    const reachable = hosts.some(({ name, unreachable }) => name === host && unreachable === undefined);
    const text = reachable
      ? say`its journal is not known: ${why}`
      : say`not reachable, its journal is not known`;
    return [cell(""), cell(host), cell(text, paint.doubt)];
  });
  if (rows.length === 0 && missing.length === 0) return table([[cell(say`nothing happened`)]]);
  return table([...rows, ...missing]);
}

function sentence(event: PairEvent): string {
  switch (event.kind) {
    case "command":
      return withWhy(commandSentence(event), event.result === "done" ? undefined : event.why);
    case "fencing":
      return withWhy(fencingSentence(event.result), event.why);
    case "role":
      return roleSentence(event);
    case "failure":
      return withWhy(failureSentence(event), event.why);
  }
}

function commandSentence({ command, by, what, result, changes }: PairEvent): string {
  const end = word(result);
  return changes === undefined
    ? say`${command} by ${by}: ${what}: ${end}`
    : say`${command} by ${by}, ${changes} changes: ${end}`;
}

function fencingSentence(result: string): string {
  if (result === "done") return say`was fenced`;
  if (result === "pending") return say`is being fenced`;
  return result === "failed" ? say`could not be fenced` : say`fenced or not: ${word("unknown")}`;
}

function roleSentence({ command, after }: PairEvent): string {
  if (command === "demote") return say`DRBD is no longer primary`;
  if (after === undefined) return say`DRBD became primary`;
  return after.what === "fenced"
    ? say`DRBD became primary, after ${after.host} was fenced`
    : say`DRBD became primary, after ${after.host} gave way`;
}

function failureSentence({ failure, host, result, seconds, what }: PairEvent): string {
  if (failure === undefined) return what;
  const { resource, times, on } = failure;
  const name = times === 1 ? resource : say`${resource} (${times} times)`;
  const took = duration(seconds ?? 0);
  if (on === host) return say`${name} failed, ran again after ${took}`;
  if (on !== undefined) return say`${name} failed, ran again on ${on} after ${took}`;
  return result === "failed"
    ? say`${name} failed, and was not seen to run again`
    : say`${name} failed; whether it ran again is not known`;
}

/** Reasons are the words of tools; enough of them to recognise one. */
function withWhy(text: string, why: string | undefined): string {
  if (why === undefined) return text;
  return `${text} (${why.length > 90 ? `${why.slice(0, 89)}…` : why})`;
}
