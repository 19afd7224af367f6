import type { OptionWord } from "./options.ts";

export type EngineKind = "docker" | "podman";

/** The engines' states in one vocabulary. */
export type ContainerState =
  | "created"
  | "running"
  | "paused"
  | "restarting"
  | "stopping"
  | "removing"
  | "exited"
  | "dead"
  /** The engine calls it running, the kernel has no such process. */
  | "vanished"
  | "unknown";

export interface Container {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly state: ContainerState;
  /** Process number on this host of the container's first process; 0 when it does not run. */
  readonly pid: number;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** What the engine says about a start that failed. */
  readonly error: string;
  readonly health: "none" | "starting" | "healthy" | "unhealthy";
  /** Last words of the image's health check. */
  readonly healthOutput: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface EnvFile {
  readonly path: string;
  readonly variables: readonly string[];
}

export interface InspectOptions {
  /** Less than what the deadline leaves. */
  readonly limitMs?: number;
  /** Asks so that "there is none" is the quick answer. */
  readonly expectAbsent?: boolean;
}

export interface RemoveOptions {
  /** Time between the stop signal and SIGKILL; 0 for a container that does not run. */
  readonly graceSeconds: number;
  /** Also the anonymous volumes. */
  readonly volumes: boolean;
}

/** What to create. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: readonly OptionWord[];
  /** Command and arguments; empty: the image's own. */
  readonly command: readonly string[];
  /** Files of `KEY=VALUE` lines: docker is given their content, podman their names; secrets stay out of argv. */
  readonly envFiles: readonly EnvFile[];
  readonly stopSignal: string | undefined;
}

export interface ExecutedCommand {
  readonly code: number;
  /** Standard output and error together, in the order they came, shortened. */
  readonly output: string;
}

/**
 * A container engine on this host. Every call is bounded by the deadline of the action, and says which of three
 * things happened: it is so (a value), the engine refused (EngineRefusal), or nobody answered (EngineSilence).
 */
export interface Engine {
  readonly kind: EngineKind;
  /** For messages: "docker at /var/run/docker.sock". */
  readonly title: string;
  /** undefined: the engine answered that there is none of that name. */
  inspect(name: string, options?: InspectOptions): Promise<Container | undefined>;
  /** Creates and starts. Returns the container's id when the engine has told it. @throws ImageMissing */
  launch(spec: ContainerSpec): Promise<string | undefined>;
  /** @param id or name */
  unpause(id: string): Promise<void>;
  /** By id or name. Stop signal, KILL after the grace, removal; returns when it is gone. Success when there is none. */
  remove(id: string, options: RemoveOptions): Promise<void>;
  exec(name: string, argv: readonly string[]): Promise<ExecutedCommand>;
  /** Last lines the container has written. */
  logs(name: string, lines: number): Promise<string>;
  hasImage(image: string): Promise<boolean>;
  /** Environment that the image gives its containers; empty when it is not there. */
  imageVariables(image: string): Promise<Readonly<Record<string, string>>>;
  loadImage(archive: string): Promise<void>;
  /** Command an operator types to load an archive. */
  loadCommand(archive: string): string;
}

/** Nobody answered, or not in time. Says nothing about any container. */
export class EngineSilence extends Error {}

/** The engine answered and refused. */
export class EngineRefusal extends Error {}

export class ImageMissing extends EngineRefusal {}
