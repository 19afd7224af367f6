import { existsSync } from "node:fs";
import type { Context } from "../ocf/context.ts";
import type { ParameterTable } from "../ocf/table.ts";
import { isAlive } from "./processes.ts";
import type { Container, Engine, EngineKind } from "./types.ts";

const DOCKER_SOCKET = "/var/run/docker.sock";

export interface EngineChoice {
  readonly engine: EngineKind | "auto";
  /** Socket of the docker daemon: a path or unix://path. */
  readonly host: string | undefined;
  /** The engine this resource was last started with on this host. */
  readonly last: EngineKind | undefined;
}

/** States that need a process. */
const LIVE: readonly Container["state"][] = ["running", "paused", "stopping"];

/**
 * The engine, with what it says about running processes checked against the kernel: podman notices the end of a
 * container only through its monitor process, and that one can be killed too.
 */
export function checkedByKernel(engine: Engine, procDir: string): Engine {
  return {
    ...engine,
    async inspect(name, options) {
      const container = await engine.inspect(name, options);
      if (!container || container.pid === 0 || !LIVE.includes(container.state)) return container;
      return isAlive(procDir, container.pid) ? container : { ...container, state: "vanished" };
    },
  };
}

/** The engine to ask, or undefined when it is not installed on this host. */
export async function selectEngine(
  choice: EngineChoice,
  context: Context<ParameterTable>,
): Promise<Engine | undefined> {
  const socket = choice.host?.replace(/^unix:\/\//, "") ?? DOCKER_SOCKET;
  const path = context.system.env["PATH"] ?? "";
  // The daemon's program and not only its socket: a stopped docker must not make "auto" ask podman instead.
  const hasDocker = () => existsSync(socket) || inPath("dockerd", path);
  const hasPodman = () => inPath("podman", path);
  const docker = async (): Promise<Engine> => {
    const { createDocker } = await import("./docker.ts");
    return createDocker(socket, context.deadline, context.log);
  };
  const podman = async (): Promise<Engine> => {
    const { createPodman } = await import("./podman.ts");
    return createPodman(context.run);
  };
  const wanted =
    choice.engine === "auto" ? (choice.last ?? (choice.host ? "docker" : "auto")) : choice.engine;
  if (wanted !== "podman" && hasDocker()) return docker();
  if (wanted !== "docker" && hasPodman()) return podman();
  return undefined;
}

function inPath(program: string, path: string): boolean {
  return path
    .split(":")
    .some((directory) => directory.startsWith("/") && existsSync(`${directory}/${program}`));
}
