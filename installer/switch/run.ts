import { parseCib } from "../../core/cluster/cib.ts";
import { parseCrmMon } from "../../core/cluster/crm-mon.ts";
import { valueOr } from "../../core/cluster/known.ts";
import type { ClusterStatus, FailedAction } from "../../core/cluster/model.ts";
import { CommandError, type Host } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { listeners, type PairFacts, type PairProfile } from "../../core/verdict/facts.ts";
import { isMember, nodeOf, promotedNode } from "../../core/verdict/view.ts";
import type { TcpProbe } from "../facts/pair/outside.ts";
import { addConstraint, type MoveConstraint, moveConstraint, removeConstraint } from "./constraint.ts";
import { type Outage, watchOutside } from "./outage.ts";
import type { SwitchPlan } from "./plan.ts";

/** What was seen after the move; never what was merely asked for. */
export interface SwitchResult {
  readonly outcome: "done" | "rolled-back" | "failed" | "unknown" | "interrupted";
  /** For an outcome that is not `done`. */
  readonly why: string;
  readonly seconds: number;
  readonly outages: readonly Outage[];
  /** A constraint that could not be removed, or of which that is not known. */
  readonly left: MoveConstraint | undefined;
}

export interface MoveOptions {
  readonly facts: PairFacts;
  readonly plan: SwitchPlan & { readonly from: string; readonly to: string };
  /** Hosts that can be asked; the one the services go to comes first, because it stays when the other one breaks. */
  readonly hosts: readonly Host[];
  readonly probe: TcpProbe;
  /** Ctrl-C: stop waiting, but leave nothing behind. */
  readonly interrupted: AbortSignal;
  readonly progress: (text: string) => void;
  readonly limitMs?: number;
  /** When everything is not there in time, it goes back. */
  readonly rollBack?: boolean;
  readonly pollMs?: number;
}

/** Moves the services, waits until they are there, removes what made them move, and looks from outside. */
export async function moveServices(options: MoveOptions): Promise<SwitchResult> {
  const { facts, plan, probe, interrupted, progress, rollBack = false } = options;
  const { profile } = facts;
  const started = performance.now();
  const watch = watchOutside(profile, probe);
  let { seen, left } = await attempt(options);
  let outcome: SwitchResult["outcome"] = seen.outcome === "late" ? "failed" : seen.outcome;
  // With the first constraint still in force a second one would leave the services no host at all.
  if (seen.outcome === "late" && rollBack && left === undefined && !interrupted.aborted) {
    progress(`${seen.why}: back to ${plan.from}`);
    const late = seen.why;
    const { limitMs: _, ...rest } = options;
    ({ seen, left } = await attempt({ ...rest, plan: { ...plan, from: plan.to, to: plan.from } }));
    outcome = seen.outcome === "done" ? "rolled-back" : seen.outcome === "late" ? "failed" : seen.outcome;
    seen = { ...seen, why: seen.outcome === "done" ? late : `${late}; then back: ${seen.why}` };
  }
  if (outcome === "done" || outcome === "rolled-back") {
    const silent = await silentOutside(watch, profile, performance.now());
    if (silent !== undefined) {
      outcome = "failed";
      seen = { outcome: "failed", why: silent };
    }
  }
  const outages = await watch.stop();
  const interruptedNow = interrupted.aborted && outcome !== "done" && outcome !== "rolled-back";
  return {
    outcome: interruptedNow ? "interrupted" : outcome,
    why: seen.why,
    seconds: Math.round((performance.now() - started) / 100) / 10,
    outages,
    left,
  };
}

/** One move, and what was seen of it until the constraint that caused it was taken back. */
async function attempt(
  options: MoveOptions,
): Promise<{ readonly seen: Observed; readonly left: MoveConstraint | undefined }> {
  const { facts, plan, hosts, progress } = options;
  const offset = facts.hosts.find((host) => host.name === plan.to)?.clockOffset;
  const constraint = moveConstraint(
    facts.profile.ids.drbdClone,
    plan.from,
    Date.now() / 1000 + (offset ? valueOr(offset, 0) : 0),
  );
  let seen: Observed = { outcome: "unknown", why: "" };
  let left: MoveConstraint | undefined;
  try {
    seen = await firstOf(hosts, (host) => addConstraint(host, constraint))
      .then(() => observe(options, progress))
      .catch(
        (error: unknown): Observed => ({
          // A program that answered "no" changed nothing; a host that did not answer may have done it all the same.
          outcome: error instanceof CommandError ? "failed" : "unknown",
          why: messageOf(error),
        }),
      );
  } finally {
    // Whatever happened: with the constraint gone the cluster may choose freely, and stickiness keeps things in place.
    left = await withdraw(hosts, constraint);
  }
  return { seen, left };
}

interface Observed {
  /** `late`: under way, and not there when the time was over. */
  readonly outcome: "done" | "late" | "failed" | "unknown";
  readonly why: string;
}

/** Longest a move is waited for. A database that flushes a lot at its stop takes a minute. */
const LIMIT_MS = 180_000;
/** Each look costs the hosts a program while they are busy moving: at most a quarter of the time is spent looking. */
const POLL_MS = 1500;
/** How long after the cluster's "started" a service may need until it accepts connections. */
const OUTSIDE_MS = 15_000;

async function observe(options: MoveOptions, progress: (text: string) => void): Promise<Observed> {
  const { facts, plan, hosts, interrupted, limitMs = LIMIT_MS, pollMs = POLL_MS } = options;
  const before = new Set(failuresIn(facts).map(keyOf));
  // The host that starts everything has the least time to answer.
  const observers = [...hosts].sort((a, b) => Number(a.name === plan.to) - Number(b.name === plan.to));
  const deadline = performance.now() + limitMs;
  let last = "";
  let why = "the cluster could not be asked";
  let asked = false;
  while (performance.now() < deadline && !interrupted.aborted) {
    const began = performance.now();
    const status = await readStatus(observers);
    const took = performance.now() - began;
    asked = status !== undefined;
    if (status) {
      // What fails on the host that is left cannot keep the services from arriving: at worst it is fenced for it.
      const failure = status.failures.find(
        (item) => item.node === plan.to && isFinal(item) && !before.has(keyOf(item)),
      );
      if (failure)
        return {
          outcome: "failed",
          why: `${failure.resource} ${failure.task} failed on ${failure.node}: ${failure.reason || failure.exitStatus}`,
        };
      const place = placeOf(status, facts.profile, plan.to);
      if (place.arrived) return { outcome: "done", why: "" };
      why = place.text;
      if (place.text !== last) progress(place.text);
      last = place.text;
    }
    await pause(Math.max(pollMs, took * 3), interrupted);
  }
  if (interrupted.aborted) return { outcome: "unknown", why: `interrupted; at that moment: ${why}` };
  return {
    outcome: asked ? "late" : "unknown",
    why: `not there after ${Math.round(limitMs / 1000)} s: ${why}`,
  };
}

/**
 * Whether the cluster gives that host up for the resource: a start or promotion that failed is not tried again
 * (start-failure-is-fatal), nor is anything after a "hard" exit code. A monitor that failed is: it restarts.
 */
const isFinal = ({ task, exitCode }: FailedAction): boolean =>
  task === "start" || task === "promote" || (exitCode !== undefined && exitCode >= 2 && exitCode <= 6);

/** Where the move stands, in words for a person who waits. */
export function placeOf(
  status: ClusterStatus,
  { ids }: PairProfile,
  to: string,
): { arrived: boolean; text: string } {
  if (!isMember(nodeOf(status, to))) return { arrived: false, text: `${to} has left the cluster` };
  const promoted = promotedNode(status, ids.drbd);
  const members = status.resources.filter((resource) => resource.group === ids.group);
  const there = members.filter(
    (resource) => resource.role === "Started" && resource.nodes.length === 1 && resource.nodes[0] === to,
  );
  if (promoted === to && members.length > 0 && there.length === members.length)
    return { arrived: true, text: `everything runs on ${to}` };
  if (promoted === to)
    return { arrived: false, text: `starting on ${to}: ${there.length} of ${members.length}` };
  const elsewhere = members.filter((resource) => resource.active).length;
  return {
    arrived: false,
    text:
      promoted === undefined
        ? `promoting ${to}`
        : `stopping on ${promoted}: ${elsewhere} of ${members.length} left`,
  };
}

/** The cluster says that everything runs; a client decides whether that is true. @returns who does not answer */
async function silentOutside(
  watch: ReturnType<typeof watchOutside>,
  profile: PairProfile,
  since: number,
): Promise<string | undefined> {
  const wanted = listeners(profile).map(({ name }) => name);
  const deadline = performance.now() + OUTSIDE_MS;
  while (performance.now() < deadline) {
    if (watch.answeredSince(since).length === wanted.length) return undefined;
    await pause(100);
  }
  const answered = watch.answeredSince(since);
  const silent = wanted.filter((name) => !answered.includes(name));
  return `the cluster says that everything runs, but ${silent.join(", ")} does not answer at ${profile.vip}`;
}

/** @returns the constraint when it is still there, or may be */
async function withdraw(
  hosts: readonly Host[],
  constraint: MoveConstraint,
): Promise<MoveConstraint | undefined> {
  try {
    await firstOf(hosts, (host) => removeConstraint(host, constraint));
    const xml = await firstOf(hosts, (host) => host.exec(["cibadmin", "--query"], { timeoutMs: 10_000 }));
    const cib = parseCib(xml.stdout);
    return cib.known && !cib.value.locations.some((location) => location.id === constraint.id)
      ? undefined
      : constraint;
  } catch {
    return constraint;
  }
}

/** Undefined: no host could be asked. */
async function readStatus(hosts: readonly Host[]): Promise<ClusterStatus | undefined> {
  for (const host of hosts) {
    try {
      const shown = await host.exec(["crm_mon", "-1", "--output-as=xml"], { timeoutMs: 5000 });
      const status = parseCrmMon(shown.stdout);
      if (status.known) return status.value;
    } catch {
      // The other host may answer.
    }
  }
  return undefined;
}

/** Tries one host after the other. @throws the first host's error when none succeeds */
async function firstOf<T>(hosts: readonly Host[], work: (host: Host) => Promise<T>): Promise<T> {
  let first: unknown = new Error("no host can be reached");
  for (const [index, host] of hosts.entries()) {
    try {
      return await work(host);
    } catch (error) {
      if (index === 0) first = error;
    }
  }
  throw first;
}

const failuresIn = (facts: PairFacts): readonly FailedAction[] =>
  facts.hosts.flatMap((host) => (host.cluster.known ? host.cluster.value.failures : []));

const keyOf = (failure: FailedAction): string =>
  `${failure.resource} ${failure.task} ${failure.node} ${failure.at ?? ""}`;

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}
