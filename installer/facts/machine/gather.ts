import { type Argv, type ExecResult, type Host, HostError } from "../../../core/host.ts";
import { messageOf } from "../../../core/message.ts";
import type { Config } from "../../config/schema.ts";
import { LOOK_LIMIT_MS } from "../ask.ts";
import { type FirewallFacts, gatherFirewall } from "../firewall/gather.ts";
import {
  parseDockerConfig,
  parseMemory,
  parseRestartPolicies,
  parseSecureBoot,
  RESTART_FORMAT,
  type RestartPolicy,
} from "./parse.ts";

/** The answer to one question, or why there is none: what is not known is never taken for what is well. */
export type Known<T> = { readonly value: T } | { readonly unknown: string };

export interface MachineFacts {
  readonly firewall: FirewallFacts;
  readonly selinux: Known<"enforcing" | "permissive" | "absent">;
  readonly secureBoot: Known<boolean>;
  readonly drbdSignature: Known<DrbdSignature>;
  /** docker leaves containers running when its daemon ends. */
  readonly liveRestore: Known<boolean>;
  readonly restartPolicies: Known<readonly RestartPolicy[]>;
  readonly watchdog: Known<boolean>;
  readonly memoryBytes: Known<number>;
}

export interface DrbdSignature {
  /** The kernel has taken the module already. */
  readonly loaded: boolean;
  /** Whose key it is signed with; undefined: it is not signed, or there is no module. */
  readonly signer: string | undefined;
}

const SECURE_BOOT = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
const DOCKER_CONFIG = "/etc/docker/daemon.json";
const NOT_FOUND = 127;

export async function gatherMachine(host: Host, config: Config): Promise<MachineFacts> {
  const [firewall, selinux, secureBoot, drbdSignature, liveRestore, restartPolicies, watchdog, memoryBytes] =
    await Promise.all([
      gatherFirewall(host),
      known(() => selinuxOf(host)),
      known(() => secureBootOf(host)),
      known(() => signatureOf(host)),
      config.engine === "docker" ? known(() => liveRestoreOf(host)) : { value: false },
      known(() => restartPoliciesOf(host, config.engine)),
      known(() => isThere(host, "-c", "/dev/watchdog")),
      known(async () => parseMemory((await host.read("/proc/meminfo")) ?? "")),
    ]);
  return {
    firewall,
    selinux,
    secureBoot,
    drbdSignature,
    liveRestore,
    restartPolicies,
    watchdog,
    memoryBytes,
  };
}

/** A question that was put and not answered, in a sentence. Everything else that is thrown is thrown on. */
class NoAnswer extends Error {}

async function known<T>(question: () => Promise<T>): Promise<Known<T>> {
  try {
    return { value: await question() };
  } catch (error) {
    // A lost connection is no answer of the host's, and ends the whole look.
    if (error instanceof HostError) throw error;
    return { unknown: messageOf(error).split("\n")[0]?.slice(0, 200) ?? "" };
  }
}

async function asked(host: Host, argv: Argv): Promise<ExecResult> {
  const result = await host.exec(argv, { timeoutMs: LOOK_LIMIT_MS });
  if (result.timedOut) throw new NoAnswer(`${argv[0]} gave no answer in time`);
  return result;
}

async function answered(host: Host, argv: Argv): Promise<string> {
  const { code, stdout, stderr } = await asked(host, argv);
  if (code === 0) return stdout;
  throw new NoAnswer(`${argv.slice(0, 2).join(" ")}: ${stderr.trim().split("\n").at(-1) || `code ${code}`}`);
}

async function isThere(host: Host, kind: "-c" | "-d", path: string): Promise<boolean> {
  const { code } = await asked(host, ["test", kind, path]);
  if (code > 1) throw new NoAnswer(`test ${kind} ${path} ended with code ${code}`);
  return code === 0;
}

async function selinuxOf(host: Host): Promise<"enforcing" | "permissive" | "absent"> {
  const enforce = await host.read("/sys/fs/selinux/enforce");
  if (enforce !== undefined) {
    if (!/^[01]$/.test(enforce.trim()))
      throw new NoAnswer(`/sys/fs/selinux/enforce holds "${enforce.trim()}"`);
    return enforce.trim() === "1" ? "enforcing" : "permissive";
  }
  const kinds = await host.read("/proc/filesystems");
  if (kinds === undefined) throw new NoAnswer("there is no /proc/filesystems");
  if (/\bselinuxfs$/m.test(kinds))
    throw new NoAnswer("the kernel runs SELinux, but /sys/fs/selinux is not mounted");
  return "absent";
}

async function secureBootOf(host: Host): Promise<boolean> {
  const content = await host.read(SECURE_BOOT);
  if (content !== undefined) return parseSecureBoot(content);
  // Firmware without UEFI has none.
  if (!(await isThere(host, "-d", "/sys/firmware/efi"))) return false;
  throw new NoAnswer("the host has UEFI, but its variable SecureBoot is not to be seen");
}

async function signatureOf(host: Host): Promise<DrbdSignature> {
  const [loaded, signer] = await Promise.all([
    isThere(host, "-d", "/sys/module/drbd"),
    asked(host, ["modinfo", "-F", "signer", "drbd"]),
  ]);
  return { loaded, signer: signer.code === 0 ? signer.stdout.trim() || undefined : undefined };
}

/** The daemon's own word; while it does not run, its configuration's. */
async function liveRestoreOf(host: Host): Promise<boolean> {
  const info = await asked(host, ["docker", "info", "--format", "{{json .LiveRestoreEnabled}}"]);
  const word = info.stdout.trim();
  if (info.code === 0 && (word === "true" || word === "false")) return word === "true";
  return parseDockerConfig((await host.read(DOCKER_CONFIG)) ?? "");
}

async function restartPoliciesOf(host: Host, engine: Config["engine"]): Promise<readonly RestartPolicy[]> {
  const listed = await asked(host, [engine, "container", "ls", "--all", "--quiet"]);
  if (listed.code === NOT_FOUND) return [];
  if (listed.code !== 0) throw new NoAnswer(`${engine} does not list its containers (does it run?)`);
  const ids = listed.stdout.split("\n").filter((id) => /^[0-9a-f]+$/.test(id));
  if (ids.length === 0) return [];
  return parseRestartPolicies(
    await answered(host, [engine, "container", "inspect", "--format", RESTART_FORMAT, ...ids]),
  );
}
