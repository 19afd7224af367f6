import { CommandError, type Host, run } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { quoteArgv } from "../../core/quote.ts";
import { say } from "../../core/texts/say.ts";
import type { PairFacts } from "../../core/verdict/facts.ts";
import { activeHost, commandHost } from "../../core/verdict/view.ts";
import { briefly, undoing } from "./bombs.ts";
import type { Injection } from "./faults.ts";
import type { Load, StartLoad } from "./load/load.ts";
import { healthOf } from "./plan.ts";
import { type FaultOutcome, type FaultResult, lostRows } from "./result.ts";

/** What a fault is injected into. */
export interface World {
  readonly hostOf: (name: string) => Host;
  readonly look: () => Promise<PairFacts>;
  readonly startLoad: StartLoad;
  readonly interrupted: AbortSignal;
  readonly progress: (text: string) => void;
  /** Makes names unique. */
  readonly stamp: string;
  readonly timing?: { readonly pollMs: number; readonly secondMs: number };
}

interface Observed {
  readonly outcome: FaultOutcome;
  readonly why: string;
}

const POLL_MS = 3000;
const WARM_UP_SECONDS = 15;
/** A host in trouble may be told to forget failures a few times; what comes back all the same is no leftover. */
const CLEANUPS = 5;

/** One fault from beginning to end: clients, injection, end, clients stopped, rows compared. Never throws. */
export async function runFault(
  world: World,
  injection: Injection,
  number: number,
  activeBefore: string,
): Promise<FaultResult> {
  const { hostOf, progress } = world;
  const failures = new Set<string>();
  const undo = undoing(injection, hostOf, `${world.stamp}-${number}`);
  let load: Load | undefined;
  let seen: Observed;
  let left: readonly string[] = [];
  let at = new Date().toISOString();
  let started = performance.now();
  /** Something of the fault may be there. */
  let isTried = false;
  let isClean = true;
  try {
    load = await world.startLoad(number);
    await warmUp(world, load);
    const before = await markOf(world, injection, activeBefore);
    await undo.arm();
    at = new Date().toISOString();
    started = performance.now();
    progress(say`injecting it on ${injection.inject.host}`);
    isTried = true;
    isClean = false;
    const refusal = await injected(hostOf(injection.inject.host), injection);
    if (refusal !== undefined) {
      isClean = true;
      await undo.disarm();
      seen = { outcome: "not-injected", why: refusal };
    } else {
      const shown = await takesEffect(world, injection, failures);
      const isUndone = injection.ending.kind === "undone";
      if (isUndone) {
        left = await undo.undo();
        isClean = left.length === 0;
      }
      seen = await comesBack(world, injection, { load, before, activeBefore, failures });
      if (seen.outcome === "passed" && !isUndone) {
        isClean = true;
        await undo.disarm();
      }
      if (seen.outcome === "passed" && !shown) seen = noEffect();
    }
  } catch (error) {
    if (!isTried) await undo.disarm();
    const outcome = isTried ? "unknown" : "not-injected";
    seen = { outcome: world.interrupted.aborted ? "interrupted" : outcome, why: messageOf(error) };
  }
  if (!isClean) {
    progress(say`taking the fault away`);
    left = await undo.undo();
  }
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  progress(say`comparing what was acknowledged with what is there`);
  const { rows, outages } = (await load?.stop()) ?? { rows: [], outages: [] };
  const judged = seen.outcome === "passed" ? judgeRows(rows) : seen;
  return {
    id: injection.id,
    title: injection.title,
    host: injection.inject.host,
    command: quoteArgv(injection.inject.argv),
    at,
    ...judged,
    seconds,
    activeBefore,
    activeAfter: activeHost(await world.look()),
    outages,
    rows,
    failures: [...failures],
    left,
  };
}

const noEffect = (): Observed => ({ outcome: "no-effect", why: say`nothing of it was seen` });

function judgeRows(rows: FaultResult["rows"]): Observed {
  const unread = rows.find(({ lost }) => lost === undefined);
  if (unread)
    return {
      outcome: "unknown",
      why: say`the rows of ${unread.service} could not be read again: ${unread.why ?? ""}`,
    };
  const lost = lostRows(rows);
  if (lost > 0) return { outcome: "lost", why: say`${lost} acknowledged rows are gone` };
  return { outcome: "passed", why: "" };
}

/** @throws Error when a service gives its clients no answer although nothing was done yet */
async function warmUp(world: World, load: Load): Promise<void> {
  const since = load.now();
  const end = performance.now() + WARM_UP_SECONDS * secondOf(world);
  while (load.silentSince(since).length > 0) {
    if (performance.now() > end || world.interrupted.aborted)
      throw new Error(say`no answer before anything was done: ${load.silentSince(since).join(", ")}`);
    await pause(100, world.interrupted);
  }
}

const secondOf = ({ timing }: World): number => timing?.secondMs ?? 1000;

/** @returns why it was not done; undefined: it was. @throws HostError when nobody knows */
async function injected(host: Host, { inject, timeoutMs }: Injection): Promise<string | undefined> {
  try {
    await run(host, inject.argv, { timeoutMs });
    return undefined;
  } catch (error) {
    // One that did not end in time may have done it.
    if (error instanceof CommandError && !error.result.timedOut) return briefly(error);
    throw error;
  }
}

/** For a fault that the drill itself ends: waits, and looks whether it is to be seen. */
async function takesEffect(world: World, { ending }: Injection, failures: Set<string>): Promise<boolean> {
  if (ending.kind !== "undone") return true;
  const end = performance.now() + ending.afterSeconds * secondOf(world);
  let shown = false;
  while (performance.now() < end && !world.interrupted.aborted) {
    await pause(Math.min(pollOf(world), Math.max(end - performance.now(), 0)), world.interrupted);
    const facts = await world.look();
    collect(failures, facts);
    shown ||= ending.seen(facts);
  }
  return shown;
}

const pollOf = ({ timing }: World): number => timing?.pollMs ?? POLL_MS;

interface Before {
  readonly load: Load;
  readonly before: string | undefined;
  readonly activeBefore: string;
  readonly failures: Set<string>;
}

/** Waits until what died has come back, everything is as a planned move wants it, and clients are served. */
async function comesBack(
  world: World,
  injection: Injection,
  { load, before, activeBefore, failures }: Before,
): Promise<Observed> {
  const end = performance.now() + injection.limitSeconds * secondOf(world);
  let said = "";
  let cleanups = 0;
  let isOver = before === undefined;
  for (;;) {
    if (world.interrupted.aborted) return { outcome: "interrupted", why: said };
    const since = load.now();
    const began = performance.now();
    const facts = await world.look();
    collect(failures, facts);
    const active = activeHost(facts) ?? activeBefore;
    if (!isOver) {
      const now = await markOf(world, injection, active).catch(() => undefined);
      isOver = now !== undefined && now !== before;
    }
    const wrong = healthOf(facts).filter(({ ok }) => !ok);
    const silent = load.silentSince(since);
    if (isOver && wrong.length === 0 && silent.length === 0) return { outcome: "passed", why: "" };
    if (isOver && cleanups < CLEANUPS && isOnlyFailed(wrong.map(({ name }) => name))) {
      cleanups += 1;
      await cleanUp(world, facts);
    }
    const why = wrong[0]?.why ?? (isOver ? "" : say`what was hit has not come back yet`);
    if (why !== "" && why !== said) world.progress(why);
    said = why || said;
    if (performance.now() > end)
      return {
        outcome: "not-back",
        why: say`not as before after ${injection.limitSeconds} s: ${why || silent.join(", ")}`,
      };
    const took = performance.now() - began;
    // Each look makes both hosts work while they recover.
    const wait = wrong.length === 0 && isOver ? Math.min(500, pollOf(world)) : Math.max(pollOf(world), took);
    await pause(wait, world.interrupted);
  }
}

/** Failures that are over keep a service from starting, or the next fault from being told from this one. */
const isOnlyFailed = (wrong: readonly string[]): boolean =>
  wrong.includes("failures") && wrong.every((name) => name === "failures" || name === "services");

async function cleanUp(world: World, facts: PairFacts): Promise<void> {
  const name = commandHost(facts);
  if (name === undefined) return;
  await world
    .hostOf(name)
    .exec(["crm_resource", "--cleanup"], { timeoutMs: 60_000 })
    .catch(() => {});
}

/** @throws Error when it cannot be read */
async function markOf(world: World, { ending }: Injection, active: string): Promise<string | undefined> {
  if (ending.kind !== "changes") return undefined;
  const host = world.hostOf(ending.at === "the active host" ? active : ending.at);
  const text = (await run(host, ending.argv, { timeoutMs: 15_000 })).trim();
  // The number of a process that is not there.
  if (text === "" || /(^|\n)0$/.test(text)) throw new Error(`${host.name}: ${quoteArgv(ending.argv)}: none`);
  return text;
}

function collect(failures: Set<string>, facts: PairFacts): void {
  for (const host of facts.hosts)
    for (const item of host.cluster.known ? host.cluster.value.failures : [])
      failures.add(`${item.resource} ${item.task} on ${item.node}: ${item.reason || item.exitStatus}`);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
  });
}
