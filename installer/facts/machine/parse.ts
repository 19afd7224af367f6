import { z } from "zod";

/** Pure parsers of what a host says about itself. Each throws on text it does not understand. */

/** MemTotal of /proc/meminfo, in bytes. */
export function parseMemory(text: string): number {
  const [, kilobytes] = /^MemTotal:\s+(\d+) kB$/m.exec(text) ?? [];
  if (kilobytes === undefined) throw new Error("/proc/meminfo has no MemTotal");
  return Number(kilobytes) * 1024;
}

/**
 * Whether firmware starts signed programs only. A variable of UEFI: four bytes of attributes, then its value, 1 for on
 * (UEFI specification, 8.2 and 32.3).
 */
export function parseSecureBoot(content: string): boolean {
  const value = content.length === 5 ? content.charCodeAt(4) : Number.NaN;
  if (value !== 0 && value !== 1) throw new Error("the variable SecureBoot is not one byte");
  return value === 1;
}

const daemonSchema = z.object({ "live-restore": z.boolean().optional() });

/** live-restore of /etc/docker/daemon.json; off unless it is there. */
export function parseDockerConfig(text: string): boolean {
  return text.trim() !== "" && daemonSchema.parse(JSON.parse(text))["live-restore"] === true;
}

export interface RestartPolicy {
  readonly container: string;
  /** no, always, unless-stopped, on-failure; podman says nothing for no. */
  readonly policy: string;
  /** Resource whose agent made it; undefined: none of ours. */
  readonly resource: string | undefined;
}

/** Format of `docker container inspect` and podman's for {@link parseRestartPolicies}. */
export const RESTART_FORMAT =
  '{{.Name}}\t{{.HostConfig.RestartPolicy.Name}}\t{{index .Config.Labels "skyha.resource"}}';

/** Lines of {@link RESTART_FORMAT}. */
export function parseRestartPolicies(text: string): readonly RestartPolicy[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [name, policy, label] = line.split("\t");
      if (!name || policy === undefined || label === undefined)
        throw new Error(`not understood: ${line.slice(0, 80)}`);
      const isOurs = label !== "" && label !== "<no value>";
      return { container: name.replace(/^\//, ""), policy, resource: isOurs ? label : undefined };
    });
}
