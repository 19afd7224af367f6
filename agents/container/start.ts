import {
  type Container,
  type ContainerSpec,
  type Engine,
  EngineRefusal,
  EngineSilence,
} from "../engine/types.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { seconds } from "../ocf/deadline.ts";
import type { Outcome } from "../ocf/outcome.ts";
import { splitWords } from "../ocf/words.ts";
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
    const existing = await waitForEngine(service, engine);
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
    await launch(context, engine, spec);
    const outcome = await waitUntilReady(service, engine);
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
