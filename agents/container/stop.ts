import { constants } from "node:os";
import { containerProcesses, isAlive, isFrozen, isHeld } from "../engine/processes.ts";
import type { Verdict } from "../engine/proof.ts";
import { type Container, type Engine, EngineRefusal, EngineSilence } from "../engine/types.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError, type Outcome, success } from "../ocf/outcome.ts";
import type { Problem } from "../ocf/values.ts";
import { ask, pidText, stateText } from "./monitor.ts";
import { type ContainerTable, containerParameters } from "./parameters.ts";
import {
  foreignText,
  identityOf,
  isOurs,
  openService,
  proveStopped,
  recordedContainer,
  type Service,
} from "./service.ts";
import { forget, recall, rememberRunning } from "./state.ts";

/** How long a stop waits for the engine's first word before it goes on without. */
const ENGINE_SHARE = 0.25;
const LOOK_MS = 50;
/** Time kept, out of the operation's, for SIGKILL and removal: a fifth, at most 10 s. */
const RESERVE_SHARE = 0.2;
const RESERVE_MAX_MS = 10_000;

/** Returns success only when it is proven that no process of the container is left. */
export async function stopContainer(given: Context<ContainerTable>): Promise<Outcome> {
  for (const problem of given.problems) given.log.warn(`stopping all the same: ${problem.text}`);
  const context = withKnownIdentity(given);
  if (!context) {
    given.log.info(`${given.instance} was never started on this host with these parameters`);
    return success;
  }
  const service = await openService(context);
  const { engine, name } = service;
  if (!engine) return stopWithoutEngine(service, "no container engine is installed on this host");

  const container =
    runsUnpaused(service, engine) ??
    (await ask(engine, name, { limitMs: context.deadline.remainingMs() * ENGINE_SHARE }));
  if (container instanceof EngineSilence) return stopWithoutEngine(service, container.message);
  if (container instanceof EngineRefusal) return { code: Ocf.generic, reason: container.message };
  if (container && !isOurs(service, container)) {
    context.log.info(foreignText(service, container));
  } else if (container) {
    try {
      await endContainer(service, engine, container);
    } catch (error) {
      if (error instanceof EngineSilence) return stopWithoutEngine(service, error.message);
      if (error instanceof EngineRefusal) return { code: Ocf.generic, reason: error.message };
      throw error;
    }
    context.log.info(`container ${name} stopped and removed`);
  }
  forget(context);
  return success;
}

/** The recorded container, when all that podman could tell of it is known: it runs, and is not paused. */
function runsUnpaused(service: Service, engine: Engine): Container | undefined {
  if (engine.kind !== "podman") return undefined;
  const { procDir, cgroupDir } = service.context.system;
  const container = recordedContainer(service);
  return container && isFrozen(procDir, cgroupDir, container.pid) === false ? container : undefined;
}

/**
 * The context, or one with the engine and name of the last start when the present ones could never have started
 * anything. undefined: and there was none.
 */
function withKnownIdentity(context: Context<ContainerTable>): Context<ContainerTable> | undefined {
  const isIdentity = ({ parameter }: Problem) => IDENTITY.includes(parameter);
  if (!context.problems.some(isIdentity)) return context;
  const last = recall(context);
  if (!last) return undefined;
  const identity = { engine: last.engine, engine_host: last.host, name: last.name };
  return { ...context, parameters: { ...context.parameters, ...identity } };
}

const IDENTITY: readonly string[] = Object.entries(containerParameters)
  .filter(([, parameter]) => "identity" in parameter)
  .map(([name]) => name);

/**
 * Asks a container of ours to stop, kills it when its time is up, removes it; returns when it is gone.
 * @throws OcfError when it runs on; EngineSilence
 */
export async function endContainer(service: Service, engine: Engine, container: Container): Promise<void> {
  const { context, name } = service;
  // By its id: whatever has the name by then, this is the one that was looked at.
  const { id } = container;
  if (container.state === "paused") await tolerate(context, engine.unpause(id));
  const graceSeconds = MAY_RUN[container.state] ? graceOf(context) : 0;
  if (graceSeconds > 0) letGoOn(service, [id]);
  const { remove_volumes: volumes } = context.parameters;
  const removed = await tolerate(context, engine.remove(id, { graceSeconds, volumes }));
  // podman's word and the kernel's together need no third.
  if (removed && engine.kind === "podman" && isGone(service, container)) return;
  // Whatever the engine refused on the way: what counts is what is left.
  for (;;) {
    const left = await engine.inspect(name, { expectAbsent: true });
    if (!left) return;
    if (!MAY_RUN[left.state]) {
      context.log.warn(`${stateText(name, left.state)}, but the engine has not removed it`);
      return;
    }
    if (context.deadline.remainingMs() < LOOK_MS * 4) {
      throw new OcfError(Ocf.generic, `${stateText(name, left.state)} after stop and removal`);
    }
    await context.system.sleep(LOOK_MS);
  }
}

const MAY_RUN: Readonly<Record<Container["state"], boolean>> = {
  created: false,
  exited: false,
  dead: false,
  vanished: false,
  running: true,
  paused: true,
  restarting: true,
  stopping: true,
  removing: true,
  unknown: true,
};

/** @returns false: the engine refused */
async function tolerate(context: Context<ContainerTable>, work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error;
    context.log.warn(error.message);
    return false;
  }
}

/** The kernel shows no process of it, its monitor included. */
function isGone({ context }: Service, { id, pid }: Container): boolean {
  const { procDir } = context.system;
  return !(pid > 0 && isAlive(procDir, pid)) && containerProcesses(procDir).every((one) => one.id !== id);
}

function graceOf({ deadline, parameters }: Context<ContainerTable>): number {
  const remaining = deadline.remainingMs();
  const reserve = Math.min(RESERVE_MAX_MS, remaining * RESERVE_SHARE);
  return Math.max(0, Math.floor(Math.min(parameters.stop_timeout, (remaining - reserve) / 1000)));
}

/** Ends the container's processes itself, and says "stopped" when the kernel shows that none is left. */
async function stopWithoutEngine(service: Service, why: string): Promise<Outcome> {
  const { context, name } = service;
  const last = await endProcesses(service, why);
  switch (last.kind) {
    case "stopped":
      context.log.info(`${why}; no process of container ${name} is left on this host`);
      // The record stays: it is what makes the next proof possible while the daemon is still down.
      return success;
    case "running":
      return {
        code: Ocf.generic,
        reason: `${why}; container ${name} still runs (${pidText(last.processes)})`,
      };
    case "unknown":
      return { code: Ocf.generic, reason: `${why}; ${last.why}, so ${name} may still run` };
  }
}

/** The stop signal to the first process, SIGKILL to all that are left after the grace. Returns what is left then. */
async function endProcesses(service: Service, why: string): Promise<Verdict> {
  const { context, name } = service;
  const { deadline, system, log, parameters } = context;
  let verdict = await proveStopped(service);
  if (verdict.kind !== "running") return verdict;
  const { ids, processes } = verdict;
  const [id = ""] = ids;
  const [pid = 0] = processes;
  // Of a container that nobody had recorded, what its dead daemon leaves behind is to be recognised later.
  if (service.engine)
    rememberRunning(context, identityOf(service, service.engine), { id, pid }, service.memory);
  log.warn(`${why}; ending container ${name} without it (${pidText(processes)})`);
  letGoOn(service, ids);
  send(processes.slice(0, 1), stopSignal(parameters.stop_signal));
  const killAt = deadline.remainingMs() - graceOf(context) * 1000;
  while (verdict.kind === "running" && deadline.remainingMs() > LOOK_MS * 4) {
    if (deadline.remainingMs() <= killAt) send(verdict.processes, "SIGKILL");
    await system.sleep(LOOK_MS);
    verdict = await proveStopped(service, ids);
  }
  return verdict;
}

/**
 * A process that was stopped takes the stop signal only when it goes on: it would be killed after the whole grace, and leave
 * a database to recover. systemd.kill(5) sends SIGCONT for the same reason.
 */
function letGoOn({ context, name }: Service, ids: readonly string[]): void {
  const { procDir } = context.system;
  const held = containerProcesses(procDir)
    .filter(({ id, isMonitor, pid }) => ids.includes(id) && !isMonitor && isHeld(procDir, pid))
    .map(({ pid }) => pid);
  if (held.length === 0) return;
  context.log.warn(`container ${name}: ${pidText(held)} stopped by SIGSTOP, let go on to end in order`);
  send(held, "SIGCONT");
}

/** As the engines read it: "SIGINT", "INT" or a number. What the kernel's table lacks becomes SIGTERM. */
function stopSignal(text = "SIGTERM"): NodeJS.Signals | number {
  if (/^\d+$/.test(text)) return Number(text);
  const wanted = text.startsWith("SIG") ? text : `SIG${text}`;
  const names = Object.keys(constants.signals).filter((name): name is NodeJS.Signals => name === wanted);
  return names[0] ?? "SIGTERM";
}

function send(pids: readonly number[], signal: NodeJS.Signals | number): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}
