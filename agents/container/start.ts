import { access } from "node:fs/promises";
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
import { OcfError, type Outcome, success } from "../ocf/outcome.ts";
import { splitWords } from "../ocf/words.ts";
import { ask, endText, missingText, problemOf } from "./monitor.ts";
import type { ContainerTable } from "./parameters.ts";
import { readEnvFiles, requireBindSources, requireMounts } from "./places.ts";
import {
  type Extension,
  foreignText,
  HASH_LABEL,
  identityOf,
  isOurs,
  OWNER_LABEL,
  openService,
  type Service,
} from "./service.ts";
import { runOptions } from "./settings.ts";
import { rememberRunning, rememberStart } from "./state.ts";
import { endContainer } from "./stop.ts";

/** The service's own start is what takes time; looking often costs little and finds the end of it early. */
const FIRST_LOOKS_MS = 50;
const LATER_LOOKS_MS = 100;
const EARLY_LOOKS = 20;
/** One look at a service that hangs must not use up the whole start. */
const LOOK_LIMIT_MS = 5000;
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
    const existing = await waitForEngine(service, engine);
    if (existing && !isOurs(service, existing)) {
      return { code: Ocf.generic, reason: foreignText(service, existing) };
    }
    const spec = await specOf(service);
    if (existing && isAsWanted(existing, spec)) return await waitUntilReady(service, engine);
    await requireMounts(context);
    await requireBindSources(context);
    if (existing) await replace(service, engine, existing);
    rememberStart(context, identityOf(service, engine));
    await launch(service, engine, spec);
    const outcome = await waitUntilReady(service, engine);
    context.log.info(
      `container ${name} serves, ${seconds(context.system.now() - began)} after start was called`,
    );
    return outcome;
  } catch (error) {
    if (error instanceof EngineSilence || error instanceof EngineRefusal) {
      return { code: Ocf.generic, reason: `container ${name} was not started: ${error.message}` };
    }
    throw error;
  }
}

async function waitForEngine({ context, name }: Service, engine: Engine): Promise<Container | undefined> {
  const { deadline, system } = context;
  const until = deadline.remainingMs() * (1 - DAEMON_START_SHARE);
  for (;;) {
    const answer = await ask(engine, name, deadline.remainingMs() * DAEMON_START_SHARE);
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
  const spec = extension.prepare?.(plain) ?? plain;
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
  context.log.info(
    `container ${name} is ${existing.state} or was made from other parameters: removing it first`,
  );
  await endContainer(service, engine, existing);
}

async function launch({ context }: Service, engine: Engine, spec: ContainerSpec): Promise<void> {
  try {
    await engine.launch(spec);
  } catch (error) {
    if (!(error instanceof ImageMissing)) throw error;
    await loadImage(context, engine);
    await engine.launch(spec);
  }
}

async function loadImage(context: Context<ContainerTable>, engine: Engine): Promise<void> {
  const { image, image_archive: archive } = context.parameters;
  const missing = `image ${image} is missing on this host`;
  if (!archive) {
    throw new OcfError(
      Ocf.installed,
      `${missing}: ${engine.loadCommand("ARCHIVE.tar")}, or set image_archive`,
    );
  }
  const readable = await access(archive).then(
    () => true,
    () => false,
  );
  if (!readable) throw new OcfError(Ocf.installed, `${missing}, and so is its archive ${archive}`);
  context.log.info(`${missing}: loading ${archive}`);
  await engine.loadImage(archive);
  if (!(await engine.hasImage(image))) {
    throw new OcfError(Ocf.installed, `${missing}, and ${archive} does not hold it`);
  }
}

async function waitUntilReady(service: Service, engine: Engine): Promise<Outcome> {
  const { context, name } = service;
  const { deadline, system, parameters } = context;
  const limit = parameters.start_timeout > 0 ? parameters.start_timeout * 1000 : Number.POSITIVE_INFINITY;
  const end = system.now() + Math.min(limit, deadline.remainingMs());
  let problem = "it has not been looked at";
  let memory = service.memory;
  for (let looks = 0; system.now() < end; looks += 1) {
    const container = await engine.inspect(name);
    if (container?.state !== "running") return await hasEnded(service, engine, container);
    memory = await rememberRunning(context, identityOf(service, engine), container, memory);
    const current = await problemOf(service, engine, container, Math.min(LOOK_LIMIT_MS, end - system.now()));
    if (current === undefined) return success;
    problem = current;
    await system.sleep(looks < EARLY_LOOKS ? FIRST_LOOKS_MS : LATER_LOOKS_MS);
  }
  return { code: Ocf.generic, reason: `container ${name} runs but is not ready: ${problem}` };
}

async function hasEnded(
  { name, context }: Service,
  engine: Engine,
  container: Container | undefined,
): Promise<Outcome> {
  if (!container) return { code: Ocf.generic, reason: `container ${name} vanished while it started` };
  const what =
    container.state === "exited" ? endText(name, container) : `container ${name} is ${container.state}`;
  const logs = await engine.logs(name, 3).catch(() => "");
  const lines = logs
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => line.slice(0, 200));
  context.log.trace(`last output: ${logs}`);
  return {
    code: Ocf.generic,
    reason: `${what}${lines.length > 0 ? `; its last words: ${lines.join(" / ")}` : ""}`,
  };
}
