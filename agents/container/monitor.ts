import {
  type Container,
  type ContainerState,
  type Engine,
  EngineRefusal,
  EngineSilence,
  type InspectOptions,
} from "../engine/types.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { notRunning, type Outcome, success } from "../ocf/outcome.ts";
import { parameterChecks, waitsForAnswer } from "./checks.ts";
import type { ContainerTable } from "./parameters.ts";
import {
  type Extension,
  foreignText,
  identityOf,
  isOurs,
  openService,
  proveStopped,
  recordedContainer,
  type Service,
} from "./service.ts";
import { rememberRunning } from "./state.ts";

/** A daemon that is being restarted under a running container is asked again for this long. */
const DAEMON_RESTART_MS = 5000;
const ASK_AGAIN_MS = 250;
/** A daemon that hangs gets this part of the time; the rest is for the proof without it. */
const ENGINE_SHARE = 0.6;

export async function monitorContainer(
  context: Context<ContainerTable>,
  extension?: Extension,
): Promise<Outcome> {
  const service = await openService(context, extension);
  const { engine } = service;
  if (!engine) return withoutInstallation(service);
  const known = knownToRun(service, engine);
  const found = known && {
    of: known.pid,
    problem: await problemOf(service, engine, known, context.deadline.remainingMs() * ENGINE_SHARE),
  };
  if (found && found.problem === undefined) return success;
  const container = await inspectOrProve(service, engine);
  if (container instanceof EngineSilence) return withoutAnswer(service, container);
  if (container instanceof EngineRefusal) return { code: Ocf.generic, reason: container.message };
  return judge(service, engine, container, found);
}

/** What the checks have said of the container with this first process. */
interface Found {
  readonly of: number;
  readonly problem: string | undefined;
}

/**
 * The recorded container, when the kernel shows its first process alive and the checks need a word from the server:
 * then podman, which answers one question with a program of a second or more on a small host, has nothing to add
 * as long as they pass. A probe asks all the same, and so does whoever needs more than the server's word.
 */
function knownToRun(service: Service, engine: Engine): Container | undefined {
  const { context, extension } = service;
  if (engine.kind !== "podman" || context.environment.isProbe || context.parameters.use_healthcheck) {
    return undefined;
  }
  if (extension.ready === undefined && !waitsForAnswer(context.parameters)) return undefined;
  return recordedContainer(service);
}

/** What an inspected container means: pure but for the checks of a running one, unless they have been made. */
async function judge(
  service: Service,
  engine: Engine,
  container: Container | undefined,
  found: Found | undefined,
): Promise<Outcome> {
  const { context, name } = service;
  const { isProbe } = context.environment;
  if (!container)
    return isProbe ? notRunning : { code: Ocf.notRunning, reason: `container ${name} does not exist` };
  if (!isOurs(service, container)) {
    // Names are unique in an engine: while that one holds the name, ours cannot be running.
    context.log.warn(foreignText(service, container));
    return notRunning;
  }
  switch (container.state) {
    case "running": {
      rememberRunning(context, identityOf(service, engine), container, service.memory);
      const problem =
        found?.of === container.pid
          ? found.problem
          : await problemOf(service, engine, container, context.deadline.remainingMs());
      return problem === undefined ? success : { code: Ocf.generic, reason: `container ${name}: ${problem}` };
    }
    case "created":
    case "exited":
      return isProbe ? notRunning : { code: Ocf.notRunning, reason: endText(name, container) };
    case "dead":
    case "paused":
    case "removing":
    case "restarting":
    case "stopping":
    case "unknown":
    case "vanished":
      return { code: Ocf.generic, reason: stateText(name, container.state) };
  }
}

const STATE_TEXT: Readonly<Record<ContainerState, string>> = {
  created: "was created and never started",
  dead: "is dead: the engine could not remove it",
  exited: "has ended",
  paused: "is paused",
  removing: "is being removed",
  restarting: "is being restarted by the engine, which is Pacemaker's task",
  running: "runs",
  stopping: "is stopping",
  unknown: "is in a state this agent does not know",
  vanished: "runs only in the engine's books: its process is gone",
};

export function stateText(name: string, state: ContainerState): string {
  return `container ${name} ${STATE_TEXT[state]}`;
}

/** The first thing that keeps a running container from being in service. */
export async function problemOf(
  { context, name, extension }: Service,
  engine: Engine,
  container: Container,
  limitMs: number,
): Promise<string | undefined> {
  const checks = [...parameterChecks(context, name), ...(extension.ready ? [extension.ready] : [])];
  for (const check of checks) {
    try {
      const problem = await check(container, engine, limitMs);
      if (problem !== undefined) return problem;
    } catch (error) {
      if (!(error instanceof EngineRefusal || error instanceof EngineSilence)) throw error;
      return error.message;
    }
  }
  return undefined;
}

export function endText(name: string, container: Container): string {
  if (container.state !== "exited") return stateText(name, container.state);
  const memory = container.oomKilled ? ", killed because memory ran out" : "";
  const error = container.error ? `: ${container.error}` : "";
  return `container ${name} has ended with code ${container.exitCode}${memory}${error}`;
}

/** Asks the engine, once more for a while when it is silent over a container that provably runs. */
async function inspectOrProve(
  service: Service,
  engine: Engine,
): Promise<Container | undefined | EngineSilence | EngineRefusal> {
  const { deadline, system, environment } = service.context;
  const until = deadline.remainingMs() - Math.min(DAEMON_RESTART_MS, deadline.remainingMs() / 3);
  for (;;) {
    const answer = await ask(engine, service.name, {
      limitMs: deadline.remainingMs() * ENGINE_SHARE,
      expectAbsent: environment.isProbe,
    });
    if (!(answer instanceof EngineSilence) || deadline.remainingMs() < until) return answer;
    if ((await proveStopped(service)).kind !== "running") return answer;
    await system.sleep(ASK_AGAIN_MS);
  }
}

/** The engine's answer, or its silence or refusal as a value. */
export async function ask(
  engine: Engine,
  name: string,
  options: InspectOptions,
): Promise<Container | undefined | EngineSilence | EngineRefusal> {
  try {
    return await engine.inspect(name, options);
  } catch (error) {
    if (error instanceof EngineSilence || error instanceof EngineRefusal) return error;
    throw error;
  }
}

async function withoutAnswer(service: Service, silence: EngineSilence): Promise<Outcome> {
  const verdict = await proveStopped(service);
  const { name, context } = service;
  switch (verdict.kind) {
    case "stopped": {
      const reason = `${silence.message}; no process of container ${name} is left on this host`;
      if (!context.environment.isProbe) return { code: Ocf.notRunning, reason };
      context.log.info(reason);
      return notRunning;
    }
    case "running":
      return {
        code: Ocf.generic,
        reason: `${silence.message}; processes of container ${name} still run (${pidText(verdict.processes)})`,
      };
    case "unknown":
      return { code: Ocf.generic, reason: `${silence.message}; ${verdict.why}` };
  }
}

async function withoutInstallation(service: Service): Promise<Outcome> {
  const verdict = await proveStopped(service);
  const missing = missingText(service);
  if (verdict.kind === "stopped") return { code: Ocf.installed, reason: missing };
  return { code: Ocf.generic, reason: `${missing}, yet containers run` };
}

export function missingText({ context }: Service): string {
  const { engine } = context.parameters;
  return `${engine === "auto" ? "neither docker nor podman" : engine} is installed on this host`.replace(
    /^(docker|podman) is/,
    "$1 is not",
  );
}

export function pidText(pids: readonly number[]): string {
  const shown = pids.slice(0, 5).join(", ");
  return `process ${shown}${pids.length > 5 ? " …" : ""}`;
}
