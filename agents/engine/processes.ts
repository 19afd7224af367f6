import { pidsOf, textOf } from "../host/processes.ts";

/** A process as the kernel shows it, with what ties it to a container. */
export interface ContainerProcess {
  readonly pid: number;
  /** Container id out of the process's control group, or out of its monitor's arguments. */
  readonly id: string;
  /** The engine's monitor of the container (containerd-shim, conmon), not a process inside. */
  readonly isMonitor: boolean;
}

const ID = "[0-9a-f]{64}";
/** docker-ID.scope, /docker/ID, libpod-ID.scope, /libpod_parent/libpod-ID; whatever the parent group is. */
const IN_CONTROL_GROUP = new RegExp(`(?:docker|libpod)[-/](${ID})`);
const MONITORS: readonly RegExp[] = [
  new RegExp(`containerd-shim[^\\0]*\\0(?:.*\\0)?-id\\0(${ID})`),
  new RegExp(`conmon\\0(?:.*\\0)?(?:-c|--cid)\\0(${ID})`),
];

/**
 * Every process on this host that belongs to a container of docker or podman: proof that needs no engine.
 * @throws when the process table cannot be read at all.
 */
export function containerProcesses(procDir: string): readonly ContainerProcess[] {
  return pidsOf(procDir).flatMap((pid) => look(procDir, pid) ?? []);
}

function look(procDir: string, pid: number): ContainerProcess | undefined {
  const commandLine = textOf(`${procDir}/${pid}/cmdline`);
  const group = textOf(`${procDir}/${pid}/cgroup`);
  // conmon sits in a group that is named after the container as well, so arguments are looked at first.
  for (const pattern of MONITORS) {
    const id = pattern.exec(commandLine)?.[1];
    if (id) return { pid, id, isMonitor: true };
  }
  const id = IN_CONTROL_GROUP.exec(group)?.[1];
  if (!id || !isAlive(procDir, pid)) return undefined;
  return { pid, id, isMonitor: false };
}

/** Clock ticks after boot when the process was started: with its number, the name of one process for ever. */
export function startTimeOf(procDir: string, pid: number): string | undefined {
  return statFields(procDir, pid)[19];
}

/**
 * Does the process run, and is it, when a start time is given, still that very one? A zombie that nobody has
 * collected does nothing any more.
 */
export function isAlive(procDir: string, pid: number, startTime?: string): boolean {
  const fields = statFields(procDir, pid);
  const [state] = fields;
  if (state === undefined || state === "Z" || state === "X") return false;
  return startTime === undefined || fields[19] === startTime;
}

/** Fields of /proc/PID/stat after the command's name, which may hold blanks and parentheses. */
function statFields(procDir: string, pid: number): readonly string[] {
  const text = textOf(`${procDir}/${pid}/stat`);
  return text
    .slice(text.lastIndexOf(")") + 1)
    .trim()
    .split(" ")
    .filter(Boolean);
}
