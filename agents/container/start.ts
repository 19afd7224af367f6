import { splitWords } from "../../core/words.ts";
import { firstProcessOf, hasMonitorNamed } from "../engine/processes.ts";
import {
  type Container,
  type ContainerSpec,
  type Engine,
  EngineRefusal,
  EngineSilence,
  ImageMissing,
} from "../engine/types.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { seconds } from "../ocf/deadline.ts";
import { OcfError, type Outcome } from "../ocf/outcome.ts";
import { launch } from "./image.ts";
import { ask, endText, missingText } from "./monitor.ts";
import type { ContainerTable } from "./parameters.ts";
import { readEnvFiles, requireBindSources, requireMounts } from "./places.ts";
import { LATER_LOOKS_MS, waitUntilReady } from "./ready.ts";
import {
  type Extension,
  foreignText,
  HASH_LABEL,
  identityOf,
  isOurs,
  OWNER_LABEL,
  openService,
  runningContainer,
  type Service,
} from "./service.ts";
import { runOptions } from "./settings.ts";
import { rememberStart } from "./state.ts";
import { endContainer } from "./stop.ts";

/** A daemon that is just starting is waited for, up to this part of the operation's time. */
const DAEMON_START_SHARE = 0.4;

/** Returns success only when the container runs and passes its checks. */
export async function startContainer(
  context: Context<ContainerTable>,
  extension?: Extension,
): Promise<Outcome> {
  const service = await openService(context, extension);
  const { engine, name } = service;
  if (!engine) return { code: Ocf.installed, reason: missingText(service) };
  const began = context.system.now();
  try {
    const existing = isNew(service, engine) ? undefined : await waitForEngine(service, engine);
    if (existing && !isOurs(service, existing)) {
      return { code: Ocf.generic, reason: foreignText(service, existing) };
    }
    const spec = await specOf(service);
    if (existing && isAsWanted(existing, spec)) return await waitUntilReady(service, engine);
    await requireMounts(context);
    await requireBindSources(context);
    await extension?.admit?.(engine, existing);
    if (existing) await replace(service, engine, existing);
    rememberStart(context, identityOf(service, engine));
    const started = await launchNew(service, engine, spec);
    const outcome = await waitUntilReady(service, engine, started);
    if (outcome.code === Ocf.success) {
      context.log.info(
        `container ${name} is ready, ${seconds(context.system.now() - began)} after start was called`,
      );
    }
    return outcome;
  } catch (error) {
    if (error instanceof EngineSilence || error instanceof EngineRefusal) {
      return { code: Ocf.generic, reason: `container ${name} was not started: ${error.message}` };
    }
    throw error;
  }
}

/**
 * Nothing on this host says that a container of this name was made since it booted, and none runs. podman, whose every
 * answer takes a second on a small host, is not asked: it refuses a name that somebody has after all.
 */
function isNew({ context, memory, name }: Service, engine: Engine): boolean {
  return engine.kind === "podman" && memory === undefined && !hasMonitorNamed(context.system.procDir, name);
}

/** Makes the container, and finds its first process when the engine has told its id. */
async function launchNew(
  service: Service,
  engine: Engine,
  spec: ContainerSpec,
): Promise<Container | undefined> {
  const { context } = service;
  const id = await launch(context, engine, spec).catch(async (error: unknown) => {
    // Somebody has the name: one of ours that has ended makes room, any other is left alone.
    if (!(error instanceof EngineRefusal) || error instanceof ImageMissing) throw error;
    const existing = await waitForEngine(service, engine);
    if (existing === undefined) throw error;
    if (!isOurs(service, existing)) throw new OcfError(Ocf.generic, foreignText(service, existing));
    await replace(service, engine, existing);
    return launch(context, engine, spec);
  });
  if (id === undefined) return undefined;
  const pid = firstProcessOf(context.system.procDir, id);
  return pid === undefined ? undefined : runningContainer(context, { id, pid });
}

async function waitForEngine({ context, name }: Service, engine: Engine): Promise<Container | undefined> {
  const { deadline, system } = context;
  const until = deadline.remainingMs() * (1 - DAEMON_START_SHARE);
  for (;;) {
    const answer = await ask(engine, name, {
      limitMs: deadline.remainingMs() * DAEMON_START_SHARE,
      expectAbsent: true,
    });
    if (answer instanceof EngineRefusal) throw answer;
    if (!(answer instanceof EngineSilence)) return answer;
    if (deadline.remainingMs() <= until) throw answer;
    await system.sleep(LATER_LOOKS_MS);
  }
}

/** What the parameters ask for, with its fingerprint among the labels. */
async function specOf({ context, name, extension }: Service): Promise<ContainerSpec> {
  const { parameters } = context;
  const plain: ContainerSpec = {
    name,
    image: parameters.image,
    labels: { [OWNER_LABEL]: context.instance },
    options: runOptions(parameters),
    command: splitWords(parameters.run_cmd ?? ""),
    envFiles: await readEnvFiles(context),
    stopSignal: parameters.stop_signal,
  };
  const spec = (await extension.prepare?.(plain)) ?? plain;
  return { ...spec, labels: { ...spec.labels, [HASH_LABEL]: await fingerprint(spec) } };
}

async function fingerprint(spec: ContainerSpec): Promise<string> {
  const { createHash, pbkdf2Sync } = await import("node:crypto");
  // Labels are readable for everyone who may ask the engine; a stretched digest gives no short secret away.
  const secrets = JSON.stringify(spec.envFiles.map((file) => file.variables));
  const secretDigest =
    spec.envFiles.length > 0 ? pbkdf2Sync(secrets, "skyha", 10_000, 16, "sha256").toString("hex") : "";
  const { envFiles: _secrets, ...rest } = spec;
  return createHash("sha256").update(JSON.stringify(rest)).update(secretDigest).digest("hex").slice(0, 32);
}

function isAsWanted(existing: Container, spec: ContainerSpec): boolean {
  return existing.state === "running" && existing.labels[HASH_LABEL] === spec.labels[HASH_LABEL];
}

/** A container that has ended, or was made from other parameters, makes room for a new one. */
async function replace(service: Service, engine: Engine, existing: Container): Promise<void> {
  const { context, name } = service;
  const why =
    existing.state === "running"
      ? `container ${name} was made from other parameters`
      : endText(name, existing);
  context.log.info(`${why}: removing it first`);
  await endContainer(service, engine, existing);
}
