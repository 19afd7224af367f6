import { readdir, readFile } from "node:fs/promises";

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
export async function containerProcesses(procDir: string): Promise<readonly ContainerProcess[]> {
  const pids = (await readdir(procDir)).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => look(procDir, Number(pid))));
  return found.filter((process) => process !== undefined);
}

async function look(procDir: string, pid: number): Promise<ContainerProcess | undefined> {
  const [commandLine, group] = await Promise.all([
    readOrEmpty(`${procDir}/${pid}/cmdline`),
    readOrEmpty(`${procDir}/${pid}/cgroup`),
  ]);
  // conmon sits in a group that is named after the container as well, so arguments are looked at first.
  for (const pattern of MONITORS) {
    const id = pattern.exec(commandLine)?.[1];
    if (id) return { pid, id, isMonitor: true };
  }
  const id = IN_CONTROL_GROUP.exec(group)?.[1];
  if (!id || (await hasEnded(procDir, pid))) return undefined;
  return { pid, id, isMonitor: false };
}

/** Clock ticks after boot when the process was started: with its number, the name of one process for ever. */
export async function startTimeOf(procDir: string, pid: number): Promise<string | undefined> {
  return (await statFields(procDir, pid))[19];
}

/** Gone, or a zombie that nobody has collected: it does nothing any more. */
async function hasEnded(procDir: string, pid: number): Promise<boolean> {
  const state = (await statFields(procDir, pid))[0];
  return state === undefined || state === "Z" || state === "X";
}

/** Is the very process still there that was recorded? */
export async function isAlive(procDir: string, pid: number, startTime: string): Promise<boolean> {
  const fields = await statFields(procDir, pid);
  return fields[19] === startTime && fields[0] !== "Z" && fields[0] !== "X";
}

/** Fields of /proc/PID/stat after the command's name, which may hold blanks and parentheses. */
async function statFields(procDir: string, pid: number): Promise<readonly string[]> {
  const text = await readOrEmpty(`${procDir}/${pid}/stat`);
  return text
    .slice(text.lastIndexOf(")") + 1)
    .trim()
    .split(" ")
    .filter(Boolean);
}

/** Empty when the process has ended meanwhile. */
async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return "";
  }
}
