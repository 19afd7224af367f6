import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stateRoot } from "./paths.ts";
import { run } from "./run.ts";

export const HOST_NUMBER = { db1: 11, db2: 12, arbiter: 13 } as const;
export type HostName = keyof typeof HOST_NUMBER;

const DEFAULT_PREFIX = "sky";
const FIRST_OCTET = 77;

/** Everything that follows from the lab's name and its second octet; nothing here touches the machine. */
export interface Network {
  /** 10.<octet>.0.0/24 is link 1, 10.<octet>.1.0/24 is link 2. */
  readonly octet: number;
  readonly bridges: readonly [string, string];
  readonly machine: readonly [string, string];
  /** An address on link 1 that nothing uses: for the cluster. */
  readonly vip: string;
}

export function networkOf(prefix: string, octet: number): Network {
  return {
    octet,
    bridges: [`${prefix}-br1`, `${prefix}-br2`],
    machine: [`10.${octet}.0.1`, `10.${octet}.1.1`],
    vip: `10.${octet}.0.20/24`,
  };
}

export function addressesOf(octet: number, host: HostName): [string, string] {
  const last = HOST_NUMBER[host];
  return [`10.${octet}.0.${last}`, `10.${octet}.1.${last}`];
}

export function bmcAddress(octet: number, host: HostName): string {
  return `10.${octet}.0.${HOST_NUMBER[host] + 90}`;
}

/** Interface names are at most 15 bytes (IFNAMSIZ), hence the short prefix and host names. */
export function tapName(prefix: string, host: HostName, link: 1 | 2): string {
  return `${prefix}-${host === "arbiter" ? "arb" : host}-${link}`;
}

export function macOf(octet: number, host: HostName, link: 1 | 2): string {
  return ["52:54:00", octet, link, HOST_NUMBER[host]]
    .map((part) => (typeof part === "number" ? part.toString(16).padStart(2, "0") : part))
    .join(":");
}

/** First free second octet: 77 is kept for the default lab, the others count up from 78. */
export function chooseOctet(prefix: string, taken: ReadonlySet<number>): number | undefined {
  const first = prefix === DEFAULT_PREFIX ? FIRST_OCTET : FIRST_OCTET + 1;
  for (let octet = first; octet < 255; octet++) if (!taken.has(octet)) return octet;
  return undefined;
}

/** Second octets of 10/8 in `ip -j route show table all` or `ip -j addr` output. */
export function octetsIn(text: string): number[] {
  return [...text.matchAll(/"10\.(\d+)\.\d+\.\d+/g)].map((match) => Number(match[1]));
}

/** Octets in use on the machine's interfaces and routes, and by labs that are down or still starting. */
export async function takenOctets(): Promise<Set<number>> {
  const routes = await run(["ip", "-j", "route", "show", "table", "all"]);
  const links = await run(["ip", "-j", "addr"]);
  return new Set([...octetsIn(routes), ...octetsIn(links), ...claimedOctets()]);
}

function claimedOctets(): number[] {
  const claims: number[] = [];
  try {
    for (const lab of readdirSync(stateRoot())) {
      try {
        claims.push(Number(readFileSync(join(stateRoot(), lab, "octet"), "utf8")));
      } catch {} // no lab of that name has chosen yet
    }
  } catch {} // no lab was ever made here
  return claims;
}
