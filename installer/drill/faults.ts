import type { Argv } from "../../core/host.ts";
import { say } from "../../core/texts/say.ts";
import type { HostState, PairFacts } from "../../core/verdict/facts.ts";
import { drbdOf, hostOf } from "../../core/verdict/view.ts";
import type { Config } from "../config/schema.ts";
import { DRBD, PATHS } from "../names.ts";
import { servicesOf } from "../services/list.ts";
import { daemonPid, FILLER, hostBoot, PROGRAMS, script, servicePid } from "./programs.ts";

/** In the order they are injected: what clients hardly notice first, what takes a host away last. */
export const FAULTS = [
  "container-kill",
  "engine-hang",
  "engine-daemon",
  "pacemaker-kill",
  "link1-cut",
  "link2-cut",
  "drbd-disconnect",
  "disk-full",
  "corosync-kill",
  "host-passive-power",
  "host-active-power",
] as const;
export type FaultName = (typeof FAULTS)[number];

/** One program on one host. */
export interface Command {
  readonly host: string;
  readonly argv: Argv;
}

/** How the drill knows that a fault happened and has ended. */
export type Ending =
  /** Pacemaker, systemd or the fence device ends it: what the program prints is another thing than before. */
  | { readonly kind: "changes"; readonly at: string | "the active host"; readonly argv: Argv }
  /** The drill itself ends it, after a while in which it has to be seen. */
  | { readonly kind: "undone"; readonly afterSeconds: number; readonly seen: (facts: PairFacts) => boolean };

/** One fault, ready to be injected into the pair as it stands now. */
export interface Injection {
  /** Name of the fault, and of the service it is for: `container-kill:postgres`. */
  readonly id: string;
  readonly title: string;
  /** Hosts that may stop to answer, or that are cut off from each other. */
  readonly hits: readonly string[];
  readonly inject: Command;
  readonly timeoutMs: number;
  readonly ending: Ending;
  /** Takes away what the fault leaves behind; does nothing when there is nothing. */
  readonly undo: readonly Command[];
  /** After so many seconds the hosts do it by themselves, should the drill have died. */
  readonly undoneAfterSeconds: number;
  /** How long the pair may take until everything is as before. */
  readonly limitSeconds: number;
}

/** Where things are, at the moment a fault is injected. */
export interface Places {
  readonly config: Config;
  readonly active: string;
  readonly passive: string;
}

type Plan = Pick<Injection, "hits" | "inject" | "ending"> &
  Partial<Pick<Injection, "timeoutMs" | "undo" | "undoneAfterSeconds" | "limitSeconds">>;

interface Fault {
  readonly title: (service: string) => string;
  /** Services that it is injected for, one after the other; undefined: it is one for the whole pair. */
  readonly services?: (config: Config) => readonly string[];
  /** Why this pair cannot have it. */
  readonly obstacle?: (config: Config) => string | undefined;
  readonly plan: (places: Places, service: string) => Plan;
}

const HELD_SECONDS = 30;
/** An unattended host is put right well after the drill would have done so. */
const UNDONE_AFTER_HELD = 120;
const UNDONE_AFTER_LIMIT = 660;
const LIMIT_SECONDS = 600;
/** Machines have been seen to need ten minutes from power on to a login. */
const BOOT_LIMIT_SECONDS = 1800;

const withPort = (config: Config) =>
  servicesOf(config)
    .filter(({ port }) => port !== undefined)
    .map(({ name }) => name);

const needsFencing = (config: Config) =>
  config.hosts.every(({ fence }) => fence !== undefined)
    ? undefined
    : say`it needs a fence device for each host`;

const needsTwoLinks = (config: Config) =>
  config.hosts.every(({ links }) => links.length > 0)
    ? undefined
    : say`there is one link only: to cut it would be a split`;

/** One entry is one fault. */
const TABLE: Readonly<Record<FaultName, Fault>> = {
  "container-kill": {
    title: (service) => say`kill the first process of ${service}`,
    services: (config) => servicesOf(config).map(({ name }) => name),
    plan: ({ config, active }, service) => ({
      hits: [active],
      inject: { host: active, argv: script(PROGRAMS.signalService, "KILL", config.engine, service) },
      ending: { kind: "changes", at: "the active host", argv: servicePid(config.engine, service) },
    }),
  },
  "engine-hang": {
    title: (service) => say`stop the main process of ${service}, as if it hung`,
    services: withPort,
    plan: ({ config, active }, service) => ({
      hits: [active],
      inject: { host: active, argv: script(PROGRAMS.signalService, "STOP", config.engine, service) },
      ending: { kind: "changes", at: "the active host", argv: servicePid(config.engine, service) },
      undo: [{ host: active, argv: script(PROGRAMS.signalService, "CONT", config.engine, service) }],
    }),
  },
  "engine-daemon": {
    title: () => say`kill the daemon of docker`,
    obstacle: ({ engine }) => (engine === "docker" ? undefined : say`${engine} has no daemon`),
    plan: ({ active }) => killDaemon(active, "docker.service", ["docker.service"]),
  },
  "pacemaker-kill": {
    title: () => say`kill Pacemaker on the active host`,
    obstacle: needsFencing,
    plan: ({ active }) => killDaemon(active, "pacemaker.service", ["pacemaker.service"]),
  },
  "corosync-kill": {
    title: () => say`kill Corosync on the active host`,
    obstacle: needsFencing,
    plan: ({ active }) => ({
      ...killDaemon(active, "corosync.service", ["corosync.service", "pacemaker.service"]),
      limitSeconds: BOOT_LIMIT_SECONDS,
      undoneAfterSeconds: BOOT_LIMIT_SECONDS + 60,
    }),
  },
  "link1-cut": {
    title: () => say`cut the first link, which DRBD uses too`,
    obstacle: needsTwoLinks,
    plan: (places) => cutLink(places, 0),
  },
  "link2-cut": {
    title: () => say`cut the second link`,
    obstacle: needsTwoLinks,
    plan: (places) => cutLink(places, 1),
  },
  "drbd-disconnect": {
    title: () => say`disconnect DRBD on the passive host`,
    plan: ({ passive }) => ({
      hits: [passive],
      inject: { host: passive, argv: ["drbdadm", "disconnect", DRBD.resource] },
      ending: held((facts) => drbdOf(hostOf(facts, passive))?.connection === "StandAlone"),
      undo: [{ host: passive, argv: script(PROGRAMS.connectDrbd, DRBD.resource) }],
      undoneAfterSeconds: UNDONE_AFTER_HELD,
    }),
  },
  "disk-full": {
    title: () => say`fill the replicated volume`,
    plan: ({ active, passive }) => ({
      hits: [active],
      inject: { host: active, argv: script(PROGRAMS.fill, PATHS.mount, PATHS.sentinel, FILLER) },
      timeoutMs: 120_000,
      ending: held(({ hosts }) => hosts.some(isFull)),
      // Wherever the volume is by then.
      undo: [active, passive].map((host) => ({ host, argv: ["rm", "-f", FILLER] as const })),
      undoneAfterSeconds: UNDONE_AFTER_HELD,
    }),
  },
  "host-passive-power": {
    title: () => say`power the passive host off and on through its fence device`,
    obstacle: needsFencing,
    plan: ({ active, passive }) => powerCycle(passive, active),
  },
  "host-active-power": {
    title: () => say`power the active host off and on through its fence device`,
    obstacle: needsFencing,
    plan: ({ active, passive }) => powerCycle(active, passive),
  },
};

function powerCycle(victim: string, from: string): Plan {
  return {
    hits: [victim],
    inject: { host: from, argv: ["stonith_admin", "--reboot", victim, "--timeout", "120"] },
    timeoutMs: 180_000,
    ending: { kind: "changes", at: victim, argv: hostBoot() },
    limitSeconds: BOOT_LIMIT_SECONDS,
  };
}

function killDaemon(host: string, unit: string, starts: readonly string[]): Plan {
  return {
    hits: [host],
    inject: { host, argv: script(PROGRAMS.killUnit, unit) },
    ending: { kind: "changes", at: host, argv: daemonPid(unit) },
    undo: [{ host, argv: ["systemctl", "start", ...starts] }],
  };
}

/** Marks a route as ours; of the numbers that nobody has taken (rt_protos). */
const ROUTE_PROTOCOL = "213";

/**
 * One host has no way to the other's address any more, which ends both directions: no question is answered. A route
 * needs no further package, and concerns nobody else, so the SSH connections of the drill stay. Not `blackhole`,
 * whose error (EINVAL) programs do not take for a lost network.
 */
function cutLink({ config, active, passive }: Places, link: 0 | 1): Plan {
  const peer = config.hosts.find(({ name }) => name === active);
  const address = (link === 0 ? peer?.address : peer?.links[0]) ?? "";
  return {
    hits: [active, passive],
    inject: { host: passive, argv: ["ip", "route", "add", "unreachable", address, "proto", ROUTE_PROTOCOL] },
    ending: held((facts) => isLinkDown(hostOf(facts, passive), link)),
    undo: [{ host: passive, argv: script(PROGRAMS.removeRoute, address, ROUTE_PROTOCOL) }],
    undoneAfterSeconds: UNDONE_AFTER_HELD,
  };
}

const held = (seen: (facts: PairFacts) => boolean): Ending => ({
  kind: "undone",
  afterSeconds: HELD_SECONDS,
  seen,
});

function isLinkDown(host: HostState | undefined, link: number): boolean {
  const links = host?.links.known ? host.links.value : [];
  return links.some(({ id, peers }) => id === link && peers.some(({ connected }) => !connected));
}

/** Less is free than a database writes in a minute. */
const FULL_BYTES = 64 * 1024 * 1024;

function isFull(host: HostState): boolean {
  const uses = host.space.known ? host.space.value : [];
  return uses.some(({ path, freeBytes }) => path === PATHS.mount && freeBytes < FULL_BYTES);
}

/** A fault, and for which service; what people give to --only. */
export interface Wanted {
  readonly fault: FaultName;
  readonly service: string;
}

export const idOf = ({ fault, service }: Wanted): string => (service === "" ? fault : `${fault}:${service}`);

/** Everything this pair can have, in order, and what it cannot with the reason. */
export function allFaults(config: Config): {
  readonly wanted: readonly Wanted[];
  readonly impossible: readonly { readonly fault: FaultName; readonly why: string }[];
} {
  const judged = FAULTS.map((fault) => ({ fault, why: TABLE[fault].obstacle?.(config) }));
  return {
    wanted: judged
      .filter(({ why }) => why === undefined)
      .flatMap(({ fault }) =>
        (TABLE[fault].services?.(config) ?? [""]).map((service) => ({ fault, service })),
      ),
    impossible: judged.flatMap(({ fault, why }) => (why === undefined ? [] : [{ fault, why }])),
  };
}

/** What exactly a fault is, with the services where they are now. Pure. */
export function planFault(wanted: Wanted, places: Places): Injection {
  const { fault, service } = wanted;
  return {
    id: idOf(wanted),
    title: TABLE[fault].title(service),
    timeoutMs: 60_000,
    undo: [],
    undoneAfterSeconds: UNDONE_AFTER_LIMIT,
    limitSeconds: LIMIT_SECONDS,
    ...TABLE[fault].plan(places, service),
  };
}
