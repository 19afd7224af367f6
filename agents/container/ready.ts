import { isAlive } from "../engine/processes.ts";
import { type Container, type Engine, EngineSilence } from "../engine/types.ts";
import { Ocf } from "../ocf/codes.ts";
import { type Outcome, success } from "../ocf/outcome.ts";
import { endText, problemOf } from "./monitor.ts";
import { identityOf, type Service } from "./service.ts";
import { type Memory, rememberRunning } from "./state.ts";

/** The service's own start is what takes time; looking often costs little and finds the end of it early. */
const FIRST_LOOKS_MS = 100;
/** Each look makes the server fork or the engine answer, while it has other things to do. */
export const LATER_LOOKS_MS = 250;
const EARLY_LOOKS = 20;
/** One look at a service that hangs must not use up the whole start. */
const LOOK_LIMIT_MS = 5000;
/** Timers may go off a little early. */
const TIMER_SLACK_MS = 20;
/** An engine learns of a process's end a little later than the kernel does. */
const VANISHED_LOOKS = 10;

/**
 * Watches a container that has just been started until every check passes, it ends, or the time is up.
 * @param started the container, when its first process is known already
 */
export async function waitUntilReady(
  service: Service,
  engine: Engine,
  started?: Container,
): Promise<Outcome> {
  const { context, name } = service;
  const { deadline, system, parameters } = context;
  const limit = parameters.start_timeout > 0 ? parameters.start_timeout * 1000 : Number.POSITIVE_INFINITY;
  const end = system.now() + Math.min(limit, deadline.remainingMs());
  let problem = "nothing has been found out about it";
  let memory = started
    ? rememberRunning(context, identityOf(service, engine), started, service.memory)
    : service.memory;
  let vanished = 0;
  let last = started;
  for (let looks = 0; system.now() < end; looks += 1) {
    const container = isKnownToRun(service, memory, last)
      ? last
      : await look(engine, name, end - system.now());
    // The time is up: what was found out before says more than that.
    if (container instanceof EngineSilence && looks > 0) break;
    if (container instanceof EngineSilence) throw container;
    if (container?.state === "vanished" && vanished < VANISHED_LOOKS) {
      vanished += 1;
    } else if (container?.state !== "running") {
      return await hasEnded(service, engine, container);
    } else {
      memory = rememberRunning(context, identityOf(service, engine), container, memory);
      last = container;
      const current = await problemOf(
        service,
        engine,
        container,
        Math.min(LOOK_LIMIT_MS, end - system.now()),
      );
      if (current === undefined) return success;
      // A look that was cut short by the end only says so; the one before it says more.
      if (looks === 0 || system.now() < end - TIMER_SLACK_MS) problem = current;
    }
    const pause = looks < EARLY_LOOKS ? FIRST_LOOKS_MS : LATER_LOOKS_MS;
    const left = end - system.now();
    // Not beyond the end, and not even a moment at the end: the deadline would speak first, and knows less.
    if (left <= 0) break;
    await system.sleep(Math.min(pause, left));
  }
  return { code: Ocf.generic, reason: `container ${name} runs but is not ready: ${problem}` };
}

/**
 * The engine told of this container once; as long as its first process lives, looking again and again would only
 * take the time that the server needs. Of the image's own health check only the engine knows.
 */
function isKnownToRun(
  { context }: Service,
  memory: Memory | undefined,
  last: Container | undefined,
): last is Container {
  const recorded = memory?.container;
  if (last === undefined || recorded?.pid !== last.pid || context.parameters.use_healthcheck) return false;
  return isAlive(context.system.procDir, recorded.pid, recorded.startTime);
}

async function look(
  engine: Engine,
  name: string,
  limitMs: number,
): Promise<Container | undefined | EngineSilence> {
  try {
    return await engine.inspect(name, { limitMs });
  } catch (error) {
    if (error instanceof EngineSilence) return error;
    throw error;
  }
}

/** The reason of a container that did not survive its start: exit code and last words. */
async function hasEnded(
  { name, context }: Service,
  engine: Engine,
  container: Container | undefined,
): Promise<Outcome> {
  if (!container) return { code: Ocf.generic, reason: `container ${name} was removed while it started` };
  const logs = await engine.logs(name, 3).catch(() => "");
  context.log.trace(`last output: ${logs}`);
  // The last one first: Pacemaker cuts long reasons.
  const lines = logs.trim().split("\n").filter(Boolean).reverse();
  const words = lines.map((line) => line.slice(0, 200)).join(" / ");
  const what = endText(name, container);
  return { code: Ocf.generic, reason: words ? `${what}; its last words: ${words}` : what };
}
