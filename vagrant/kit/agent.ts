import type { Lab } from "../src/lab.ts";
import { on } from "./pair.ts";
import type { Engine } from "./product.ts";

/** One call of an agent on a lab host. */
export interface Called {
  /** -1: it was killed, or could not be called. */
  readonly code: number;
  /** The last exit reason, as Pacemaker reads it; empty: none was given. */
  readonly reason: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface CallOptions {
  /** The operation's time-out, in seconds. */
  readonly timeout?: number;
  /** Of a recurring monitor, in seconds; 0 is a probe. */
  readonly interval?: number;
  readonly level?: 0 | 10 | 20;
  /** Over those of the resource. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Words after the action, which an agent has to ignore. */
  readonly further?: readonly string[];
}

/** A resource on one lab host, driven by hand as Pacemaker's executor drives it, without a cluster. */
export interface Resource {
  readonly host: string;
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  act(action: string, options?: CallOptions): Promise<Called>;
  /** The words of such a call, for a command line on the host. */
  argv(action: string, options?: CallOptions): string[];
}

const PREFIX = "ocf-exit-reason:";

/** Words before a call: the umask and the empty environment of Pacemaker's executor. */
export const AS_EXECUTOR: readonly string[] = [
  ...["sh", "-c", 'umask 027 && exec "$@"', "agent"],
  ...["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "OCF_ROOT=/usr/lib/ocf"],
  ...["OCF_RA_VERSION_MAJOR=1", "OCF_RA_VERSION_MINOR=1"],
];

export function resource(
  lab: Lab,
  host: string,
  agent: string,
  /** undefined: nobody's resource, so that no cluster is told promotion scores. */
  name: string | undefined,
  parameters: Readonly<Record<string, string>>,
): Resource {
  return {
    host,
    name: name ?? agent,
    parameters,
    argv(action, options = {}) {
      const { timeout = 60, interval = action === "monitor" ? 10 : 0, level = 0, further = [] } = options;
      const given = Object.entries({ ...parameters, ...options.parameters });
      return [
        ...AS_EXECUTOR,
        ...(name === undefined ? [] : [`OCF_RESOURCE_INSTANCE=${name}`]),
        ...[`OCF_RESOURCE_TYPE=${agent}`, "OCF_RESOURCE_PROVIDER=skyha"],
        `OCF_CHECK_LEVEL=${level}`,
        `OCF_RESKEY_CRM_meta_timeout=${timeout * 1000}`,
        `OCF_RESKEY_CRM_meta_interval=${interval * 1000}`,
        ...given.map(([key, value]) => `OCF_RESKEY_${key}=${value}`),
        ...[`/usr/lib/ocf/resource.d/skyha/${agent}`, action, ...further],
      ];
    },
    async act(action, options = {}) {
      const { timeout = 60 } = options;
      const began = Date.now();
      const { code, stdout, stderr } = await lab.ssh(host, this.argv(action, options), {
        timeoutMs: (timeout + 30) * 1000,
      });
      const reasons = stderr.split("\n").filter((line) => line.startsWith(PREFIX));
      const seconds = (Date.now() - began) / 1000;
      return {
        code: code ?? -1,
        reason: (reasons.at(-1) ?? "").slice(PREFIX.length),
        stdout,
        stderr,
        seconds,
      };
    },
  };
}

/** What the engine on a host knows of containers, asked with its own program. */
export interface EngineOnHost {
  readonly engine: Engine;
  readonly host: string;
  /** Runs a command on the host that has to succeed. */
  readonly run: (command: string, timeoutMs?: number) => Promise<string>;
  /** undefined: there is no container of that name. */
  container(name: string): Promise<{ id: string; pid: number; status: string } | undefined>;
}

export function engineOnHost(lab: Lab, host: string, engine: Engine): EngineOnHost {
  return {
    engine,
    host,
    run: (command, timeoutMs) => on(lab, host, command, timeoutMs),
    async container(name) {
      const format = "{{.Id}} {{.State.Pid}} {{.State.Status}}";
      const words = [engine, "container", "inspect", "--format", format, name];
      const { code, stdout } = await lab.ssh(host, words, { timeoutMs: 30_000 });
      if (code !== 0) return undefined;
      const [id = "", pid = "", status = ""] = stdout.trim().split(" ");
      return { id, pid: Number(pid), status };
    },
  };
}
