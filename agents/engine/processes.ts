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

/**
 * The first process of a container: the one whose parent is the container's monitor (conmon, containerd-shim).
 * undefined: it has ended, or it sits in no group that is named after the container.
 */
export function firstProcessOf(procDir: string, id: string): number | undefined {
  const own = containerProcesses(procDir).filter((process) => process.id === id);
  const monitors = own.filter(({ isMonitor }) => isMonitor).map(({ pid }) => String(pid));
  // Field 4 of /proc/PID/stat is the parent.
  return own.find(({ pid, isMonitor }) => !isMonitor && monitors.includes(statFields(procDir, pid)[1] ?? ""))
    ?.pid;
}

/** Whether podman's monitor of a container of that name runs; it is told the name as `-n NAME`. */
export function hasMonitorNamed(procDir: string, name: string): boolean {
  return pidsOf(procDir).some((pid) => {
    const words = textOf(`${procDir}/${pid}/cmdline`).split("\0");
    return (
      /(^|\/)conmon$/.test(words[0] ?? "") &&
      words.some((word, at) => word === "-n" && words[at + 1] === name)
    );
  });
}

/** Whether the processes of its control group are held (a paused container); undefined: the kernel does not say. */
export function isFrozen(procDir: string, cgroupDir: string, pid: number): boolean | undefined {
  const group = /^0::(\/.*)$/m.exec(textOf(`${procDir}/${pid}/cgroup`))?.[1];
  const said =
    group === undefined ? undefined : /^frozen (\d)$/m.exec(textOf(`${cgroupDir}${group}/cgroup.events`));
  return said?.[1] === undefined ? undefined : said[1] !== "0";
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

/** Whether the process was stopped (SIGSTOP): it takes no other signal but SIGKILL until it goes on. */
export const isHeld = (procDir: string, pid: number): boolean => statFields(procDir, pid)[0] === "T";

/** Fields of /proc/PID/stat after the command's name, which may hold blanks and parentheses. */
function statFields(procDir: string, pid: number): readonly string[] {
  const text = textOf(`${procDir}/${pid}/stat`);
  return text
    .slice(text.lastIndexOf(")") + 1)
    .trim()
    .split(" ")
    .filter(Boolean);
}
