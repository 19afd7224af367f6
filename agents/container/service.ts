import { isAlive } from "../engine/processes.ts";
import { proveWithoutEngine, type Verdict } from "../engine/proof.ts";
import { checkedByKernel, selectEngine } from "../engine/select.ts";
import type { Container, ContainerSpec, Engine } from "../engine/types.ts";
import type { Context } from "../ocf/context.ts";
import type { Check } from "./checks.ts";
import type { ContainerTable } from "./parameters.ts";
import { containerName } from "./settings.ts";
import { type Memory, recall } from "./state.ts";

/** Label that says which resource a container belongs to. */
export const OWNER_LABEL = "skyha.resource";
/** Label with the fingerprint of everything a container is made from. */
export const HASH_LABEL = "skyha.config-hash";

/** What an agent for one kind of server adds to the life of a container. */
export interface Extension {
  /** Asked after the checks of the parameters, by start until it is content and by every monitor. */
  readonly ready?: Check;
  /** Adds options, environment or a command to what is created. */
  readonly prepare?: (spec: ContainerSpec) => ContainerSpec | Promise<ContainerSpec>;
  /**
   * Asked when the mounts are known to be there and before anything is created or removed.
   * @throws OcfError when this host must not start the service.
   */
  readonly admit?: (engine: Engine, existing: Container | undefined) => Promise<void>;
}

/** One resource's container on this host, with all that start, stop and monitor need to know. */
export interface Service {
  readonly context: Context<ContainerTable>;
  readonly name: string;
  /** undefined: no engine is installed on this host. */
  readonly engine: Engine | undefined;
  readonly memory: Memory | undefined;
  readonly extension: Extension;
}

/** @throws OcfError when the container's name is unusable. */
export async function openService(
  context: Context<ContainerTable>,
  extension: Extension = {},
): Promise<Service> {
  const name = containerName(context);
  const recalled = recall(context);
  const memory = recalled?.name === name ? recalled : undefined;
  const engine = await selectEngine(
    {
      engine: context.parameters.engine,
      host: context.parameters.engine_host,
      last: memory?.engine,
    },
    context,
  );
  const checked = engine && checkedByKernel(engine, context.system.procDir);
  return { context, name, engine: checked, memory, extension };
}

/**
 * The recorded container, when the kernel shows its first process alive: as long as it is there nothing else can have
 * its name.
 */
export function recordedContainer({ context, memory }: Service): Container | undefined {
  const last = memory?.container;
  if (!last || !isAlive(context.system.procDir, last.pid, last.startTime)) return undefined;
  return runningContainer(context, last);
}

/** What is known of a container of ours of which only the first process is known. */
export function runningContainer(
  { instance }: Context<ContainerTable>,
  { id, pid }: Pick<Container, "id" | "pid">,
): Container {
  return {
    id,
    state: "running",
    pid,
    exitCode: 0,
    oomKilled: false,
    error: "",
    health: "none",
    healthOutput: "",
    labels: { [OWNER_LABEL]: instance },
  };
}

/** A container of the name that this resource did not create is none of ours, and is left alone. */
export function isOurs({ context }: Service, container: Container): boolean {
  return container.labels[OWNER_LABEL] === context.instance;
}

export function foreignText({ name, context }: Service, container: Container): string {
  const owner = container.labels[OWNER_LABEL];
  const whose = owner ? `belongs to the resource ${owner}` : "was not created by skyha";
  return `container ${name} (${container.id.slice(0, 12)}) ${whose}, so ${context.instance} leaves it alone`;
}

/** What stays true of a resource as long as its parameters of that kind do. */
export function identityOf({ context, name }: Service, engine: Engine) {
  return { engine: engine.kind, host: context.parameters.engine_host, name };
}

/** What the kernel shows when the engine says nothing. `seen`: ids that were found running before. */
export function proveStopped(
  { context, name, memory }: Service,
  seen: readonly string[] = [],
): Promise<Verdict> {
  const label = [OWNER_LABEL, context.instance] as const;
  return proveWithoutEngine({ name, label, recorded: memory?.container, seen }, context.system);
}
