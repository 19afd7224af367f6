import { readFileSync, readlinkSync } from "node:fs";

/**
 * Names a process of this machine for ever: boot, process namespace, number, and start time in clock ticks
 * (proc_pid_stat(5), field 22). undefined: there is no such process, or no /proc that says so.
 */
export function processIdentity(pid: number, procDir = "/proc"): string | undefined {
  const place = placeOf(procDir);
  try {
    const stat = readFileSync(`${procDir}/${pid}/stat`, "utf8");
    const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return place === undefined || start === undefined ? undefined : `${place} ${pid} ${start}`;
  } catch {
    return undefined;
  }
}

/** Only of a process that was started where this one can see it: the same boot of the same machine, no other container. */
export function isProvenDead(identity: string | undefined, procDir = "/proc"): boolean {
  const place = placeOf(procDir);
  if (identity === undefined || place === undefined || !identity.startsWith(`${place} `)) return false;
  return processIdentity(Number(identity.split(" ").at(-2)), procDir) !== identity;
}

function placeOf(procDir: string): string | undefined {
  try {
    const boot = readFileSync(`${procDir}/sys/kernel/random/boot_id`, "utf8").trim();
    return `${boot} ${readlinkSync(`${procDir}/self/ns/pid`)}`;
  } catch {
    return undefined;
  }
}
