import { homedir } from "node:os";
import { join } from "node:path";

/** One directory per lab; everything a running lab needs is in there. */
export function stateRoot(): string {
  return join(process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state"), "skyha-lab");
}

export function statePath(prefix: string, ...rest: string[]): string {
  return join(stateRoot(), prefix, ...rest);
}

export function hostPath(prefix: string, host: string, ...rest: string[]): string {
  return statePath(prefix, "hosts", host, ...rest);
}

export function cacheRoot(): string {
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "skyha-lab");
}
