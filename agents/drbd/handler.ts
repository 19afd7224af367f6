import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { parseCrmMon } from "../../core/cluster/crm-mon.ts";
import { type Known, unknown } from "../../core/cluster/known.ts";
import type { DrbdState } from "../../core/drbd/model.ts";
import { parseProcDrbd } from "../../core/drbd/proc.ts";
import { messageOf } from "../../core/message.ts";
import { realSystem, type System } from "../ocf/system.ts";
import { constraintId, constraintXml, type FencePlace, readFencePlace } from "./constraint.ts";
import { nextFenceStep } from "./decide.ts";

/**
 * Handlers that DRBD 8.4 calls through drbdadm (drbd.conf(5), "handlers"). The module that calls `fence-peer` keeps
 * all writes frozen until it answers, so nothing in here may touch the replicated volume or ask DRBD through
 * netlink: the state is read from /proc/drbd.
 */

/** Exit codes of `fence-peer` that DRBD knows; any other one leaves everything frozen. */
export const FENCE_PEER = {
  /** The peer cannot be promoted until it has this host's data. */
  outdated: 4,
  /** The peer is off. */
  fenced: 7,
  /** No proof: writes stay frozen, a promotion fails. */
  unproven: 1,
} as const;

/** A primary with frozen writes has nothing better to do than to wait, a promotion is tried again by Pacemaker. */
const PATIENCE_MS = { Primary: 3_600_000, other: 60_000 } as const;
const HURRY_MS = 30_000;
const TOOL_TIMEOUT_MS = 10_000;
/** Answer of the peer's own copy of the configuration; less than corosync's own patience is not worth asking. */
const PEER_TIMEOUT_MS = 4_000;

interface Call {
  readonly system: System;
  readonly resource: string;
  readonly minor: number;
  readonly me: string;
  readonly log: (text: string) => Promise<void>;
}

/** `skyha drbd-handler fence-peer|unfence-peer`; @returns the exit code for DRBD. */
export async function drbdHandler(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return runHandler(args[0], realSystem(env), hostname());
}

export async function runHandler(name: string | undefined, system: System, me: string): Promise<number> {
  const resource = system.env["DRBD_RESOURCE"] ?? "";
  const minor = /^\d+$/.exec(system.env["DRBD_MINOR"] ?? "")?.[0];
  if (
    (name !== "fence-peer" && name !== "unfence-peer") ||
    !/^[\w.-]+$/.test(resource) ||
    minor === undefined
  ) {
    system.stderr(
      "skyha drbd-handler fence-peer|unfence-peer: called by DRBD, with DRBD_RESOURCE and DRBD_MINOR (one volume)\n",
    );
    return FENCE_PEER.unproven;
  }
  const log = async (text: string) => {
    system.stderr(`${text}\n`);
    await system.run(["logger", "-t", `skyha-${name}`, "-p", "daemon.notice", "--", `${resource}: ${text}`]);
  };
  const call: Call = { system, resource, minor: Number(minor), me, log };
  try {
    return name === "fence-peer" ? await fencePeer(call) : await unfencePeer(call);
  } catch (error) {
    await log(`failed: ${messageOf(error)}`).catch(() => {});
    return FENCE_PEER.unproven;
  }
}

/**
 * Answers DRBD's question "may I go on without the peer?".
 *
 * Reachable is only believed when the peer itself answers with the constraint in its own copy of the configuration:
 * for the seconds until corosync notices a cut, this side's cluster still calls the peer online, and writes
 * acknowledged in that time would be lost if the peer won the fencing that follows. The constraint is not placed
 * before the peer has answered once, or is fenced, so that the loser of a fence race does not bring one back.
 */
async function fencePeer(call: Call): Promise<number> {
  const started = call.system.now();
  let said = "";
  for (;;) {
    const look = await lookAround(call);
    if (typeof look === "number") return look;
    if (look.why !== said) await call.log(`writes wait: ${look.why}`);
    said = look.why;
    const waited = call.system.now() - started;
    if (waited > look.patienceMs) {
      await call.log(`gives up after ${Math.round(waited / 1000)} s: ${look.why}`);
      return FENCE_PEER.unproven;
    }
    await call.system.sleep(waited < HURRY_MS ? 250 : 1000);
  }
}

/** One round: an exit code, or why there is none yet. */
async function lookAround(call: Call): Promise<number | { why: string; patienceMs: number }> {
  const drbd = await readState(call);
  if (!drbd.known) return refuse(call, drbd.why);
  const patienceMs = drbd.value.role === "Primary" ? PATIENCE_MS.Primary : PATIENCE_MS.other;
  const later = (why: string) => ({ why, patienceMs });
  // Asked together: writes are frozen meanwhile.
  const [cluster, configuration] = await Promise.all([
    query(call, ["crm_mon", "--one-shot", "--output-as=xml"], parseCrmMon),
    localConfiguration(call),
  ]);
  if (!cluster.known) return later(cluster.why);
  const others = cluster.value.nodes.map((node) => node.name).filter((name) => name !== call.me);
  if (others.length === cluster.value.nodes.length)
    return refuse(call, `the cluster knows no node ${call.me}`);
  const named = call.system.env["DRBD_PEER"];
  const peer = others.find((name) => name === named) ?? (others.length === 1 ? others[0] : undefined);
  if (peer === undefined) return refuse(call, `no node of the cluster is called ${named}`);

  const next = nextFenceStep(drbd.value, cluster.value, peer);
  if (next.step === "wait") return later(next.why);
  if (next.step === "refuse") return refuse(call, next.why);
  if (next.step === "fenced") {
    const trouble = await place(call, configuration);
    if (trouble !== undefined) return later(trouble);
    await call.log(`${peer} is off; only ${call.me} may be promoted until the copies are equal again`);
    return FENCE_PEER.fenced;
  }
  if (!(await peerConfiguration(call, peer)).known) return later(`${peer} does not answer`);
  const trouble = await place(call, configuration);
  if (trouble !== undefined) return later(trouble);
  const there = await peerConfiguration(call, peer);
  if (!there.known || there.value.allowed !== call.me) {
    return later(`${peer} has not confirmed that only ${call.me} may be promoted`);
  }
  if ((await readPeerDisk(call)) === "UpToDate") {
    await remove(call, there.value.clone);
    return refuse(call, "the other host's copy is connected again");
  }
  await call.log(
    `${peer} is reachable and confirmed that only ${call.me} may be promoted until the copies are equal`,
  );
  return FENCE_PEER.outdated;
}

/** After a resync: both copies are equal, so either host may be promoted again. */
async function unfencePeer(call: Call): Promise<number> {
  const drbd = await readState(call);
  if (!drbd.known) return refuse(call, drbd.why);
  if (drbd.value.disk !== "UpToDate" || drbd.value.peerDisk !== "UpToDate") {
    return refuse(call, `the copies are ${drbd.value.disk} and ${drbd.value.peerDisk}: the constraint stays`);
  }
  const configuration = await localConfiguration(call);
  if (!configuration.known) return refuse(call, configuration.why);
  if (configuration.value.allowed === undefined) return 0;
  await remove(call, configuration.value.clone);
  await call.log("both copies are equal: either host may be promoted again");
  return 0;
}

async function refuse(call: Call, why: string): Promise<number> {
  await call.log(why);
  return FENCE_PEER.unproven;
}

/** Places the constraint, or says why it cannot be just now. @throws Error when the peer has placed its own. */
async function place(call: Call, before: Known<FencePlace>): Promise<string | undefined> {
  if (!before.known) return before.why;
  if (before.value.allowed === call.me) return undefined;
  if (before.value.allowed !== undefined) {
    throw new Error(
      `only ${before.value.allowed || "somebody else"} may be promoted: the other host has fenced this one`,
    );
  }
  const created = await call.system.run(["cibadmin", "--create", "--scope", "constraints", "--xml-pipe"], {
    stdin: constraintXml(call.resource, before.value.clone, call.me),
    timeoutMs: TOOL_TIMEOUT_MS,
  });
  if (created.code === 0) return undefined;
  return `the constraint could not be placed: ${created.stderr.trim() || `cibadmin ended with ${created.code}`}`;
}

async function remove(call: Call, clone: string): Promise<void> {
  const xml = `<rsc_location id="${constraintId(call.resource, clone)}"/>`;
  const removed = await call.system.run(["cibadmin", "--delete", "--scope", "constraints", "--xml-pipe"], {
    stdin: xml,
    timeoutMs: TOOL_TIMEOUT_MS,
  });
  if (removed.code !== 0) throw new Error(`the constraint could not be removed: ${removed.stderr.trim()}`);
}

function localConfiguration(call: Call): Promise<Known<FencePlace>> {
  return query(call, ["cibadmin", "--query", "--local"], (xml) => readFencePlace(xml, call.resource));
}

/** The configuration as the peer's own daemon has it; unknown when it does not answer. */
function peerConfiguration(call: Call, peer: string): Promise<Known<FencePlace>> {
  return query(
    call,
    ["cibadmin", "--query", "--node", peer],
    (xml) => readFencePlace(xml, call.resource),
    PEER_TIMEOUT_MS,
  );
}

async function query<T>(
  call: Call,
  argv: readonly [string, ...string[]],
  parse: (text: string) => Known<T>,
  timeoutMs: number = TOOL_TIMEOUT_MS,
): Promise<Known<T>> {
  const result = await call.system.run(argv, { timeoutMs });
  if (result.timedOut) return unknown(`${argv[0]} does not answer`);
  if (result.code !== 0) return unknown(`${argv[0]}: ${result.stderr.trim() || `code ${result.code}`}`);
  return parse(result.stdout);
}

async function readState(call: Call): Promise<Known<DrbdState>> {
  const text = await readFile(`${call.system.procDir}/drbd`, "utf8").catch(() => undefined);
  return text === undefined ? unknown("/proc/drbd cannot be read") : parseProcDrbd(text, call.minor);
}

async function readPeerDisk(call: Call): Promise<string | undefined> {
  const state = await readState(call);
  return state.known ? state.value.peerDisk : undefined;
}
