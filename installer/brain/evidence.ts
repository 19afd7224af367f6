import type { Host } from "../../core/host.ts";
import { say } from "../../core/texts/say.ts";
import type { HostState, PairFacts } from "../../core/verdict/facts.ts";
import { drbdOf } from "../../core/verdict/view.ts";
import { type Generations, parseGenerations } from "./generations.ts";

/** What one host has to show for its copy. Texts for people; "?" where nothing is known. */
export interface CopyEvidence {
  readonly host: string;
  readonly role: string;
  readonly disk: string;
  readonly connection: string;
  /** Changed here since the two copies parted, as DRBD counts it. */
  readonly changed: string;
  readonly vip: string;
  readonly mounted: string;
  readonly services: string;
  /** Undefined: not known. */
  readonly generations: Generations | undefined;
  /** The last changes of role in the kernel's log, newest last. */
  readonly lastRoles: readonly string[];
}

export async function gatherEvidence(facts: PairFacts, hosts: readonly Host[]): Promise<CopyEvidence[]> {
  return Promise.all(
    facts.hosts.map(async (state) => {
      const host = hosts.find(({ name }) => name === state.name);
      const { resource, minor } = facts.profile.drbd;
      return {
        ...seenOf(state, facts),
        generations: host ? await generations(host, resource) : undefined,
        lastRoles: host ? await lastRoles(host, resource, minor) : [],
      };
    }),
  );
}

function seenOf(state: HostState, { profile }: PairFacts): Omit<CopyEvidence, "generations" | "lastRoles"> {
  const drbd = drbdOf(state);
  const running = state.containers.known
    ? state.containers.value.filter((container) => container.state === "running").map(({ name }) => name)
    : undefined;
  return {
    host: state.name,
    role: drbd?.role ?? "?",
    disk: drbd?.disk ?? "?",
    connection: drbd?.connection ?? state.unreachable ?? "?",
    changed: drbd?.outOfSyncKiB === undefined ? "?" : `${(drbd.outOfSyncKiB / 1024).toFixed(1)} MiB`,
    vip: state.addresses.known ? (state.addresses.value.includes(profile.vip) ? say`has it` : say`no`) : "?",
    mounted: state.mounted.known ? (state.mounted.value === undefined ? say`no` : say`yes`) : "?",
    services: running === undefined ? "?" : running.join(", ") || say`none`,
  };
}

async function generations(host: Host, resource: string): Promise<Generations | undefined> {
  const asked = await host
    .exec(["drbdadm", "get-gi", resource], { timeoutMs: 10_000 })
    .catch(() => undefined);
  return parseGenerations(asked?.stdout ?? "");
}

/** Kernels until 6.1 name the device only, `block drbd1:`; later ones the resource. */
async function lastRoles(host: Host, resource: string, minor: number): Promise<string[]> {
  const argv = [
    "journalctl",
    "-k",
    "--no-pager",
    "-o",
    "short-iso",
    "--grep",
    `(drbd ${resource}|block drbd${minor}:).*role\\(`,
    "-n",
    "2",
  ] as const;
  const asked = await host.exec(argv, { timeoutMs: 15_000 }).catch(() => undefined);
  return (asked?.stdout ?? "").split("\n").flatMap((line) => {
    const found = /^(\S+) .*role\( (\w+) -> (\w+) \)/.exec(line);
    return found ? [`${found[1]} ${found[2]} -> ${found[3]}`] : [];
  });
}
