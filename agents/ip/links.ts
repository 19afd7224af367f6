import { asNumber, asObject, asText, parseJson } from "../engine/json.ts";

/** A network interface as `ip -j addr show` tells it. */
export interface Link {
  readonly name: string;
  readonly flags: readonly string[];
  /** UP, DOWN, UNKNOWN (loopback, tunnels: no carrier to speak of), LOWERLAYERDOWN, … */
  readonly state: string;
  /** Its IPv4 addresses. */
  readonly addresses: readonly Address[];
}

export interface Address {
  readonly ip: string;
  readonly prefix: number;
}

/**
 * By hand rather than with a schema library, whose loading costs more than the whole monitor. Some versions of
 * iproute2 leave an empty object for each thing that was filtered out.
 * @throws Error when no interface is in it: every host has at least a loopback, so that is no answer.
 */
export function parseLinks(text: string): readonly Link[] {
  const links = asArray(parseJson(text)).flatMap((entry) => readLink(entry) ?? []);
  if (links.length === 0) throw new Error("ip -j addr show lists no interface");
  return links;
}

function readLink(entry: unknown): Link | undefined {
  const link = asObject(entry);
  const name = asText(link["ifname"]);
  if (!name) return undefined;
  return {
    name,
    flags: asArray(link["flags"]).map(asText),
    state: asText(link["operstate"]),
    addresses: asArray(link["addr_info"]).flatMap((info) => readAddress(info) ?? []),
  };
}

function readAddress(entry: unknown): Address | undefined {
  const info = asObject(entry);
  const address = { ip: asText(info["local"]), prefix: asNumber(info["prefixlen"]) };
  return asText(info["family"]) === "inet" && address.ip ? address : undefined;
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function holdersOf(links: readonly Link[], ip: string): readonly Link[] {
  return links.filter((link) => link.addresses.some((address) => address.ip === ip));
}

/** Why an interface carries nothing; undefined when it does. */
export function linkProblem(link: Link): string | undefined {
  if (!link.flags.includes("UP")) return `interface ${link.name} is down`;
  const dead =
    ["DOWN", "LOWERLAYERDOWN", "NOTPRESENT"].includes(link.state) || link.flags.includes("NO-CARRIER");
  return dead ? `interface ${link.name} has no link: check its cable or switch port` : undefined;
}

/** Where an address belongs. */
export interface Place {
  readonly nic: string;
  readonly prefix: number;
}

export interface Wanted {
  readonly ip: string;
  readonly nic: string | undefined;
  readonly prefix: number | undefined;
}

/**
 * The interface an address is to be added to: the one that is asked for, else the one whose own network is the
 * narrowest around it, those with a link first. A text says why there is none.
 */
export function placeFor({ ip, nic, prefix }: Wanted, links: readonly Link[]): Place | string {
  if (nic !== undefined && !links.some(({ name }) => name === nic))
    return `there is no interface ${nic} on this host`;
  const fitting = links
    .filter(({ name }) => nic === undefined || name === nic)
    .flatMap((link) =>
      link.addresses
        .filter((own) => own.prefix > 0 && own.prefix < 32 && contains(own, ip))
        .map((own) => ({ nic: link.name, prefix: own.prefix, works: linkProblem(link) === undefined })),
    )
    .toSorted((a, b) => Number(b.works) - Number(a.works) || b.prefix - a.prefix);
  const [best] = fitting;
  if (best) return { nic: best.nic, prefix: prefix ?? best.prefix };
  if (nic !== undefined && prefix !== undefined) return { nic, prefix };
  return nic === undefined
    ? `no interface has an address in the network of ${ip}: set nic and prefix`
    : `${nic} has no address in the network of ${ip}: set prefix`;
}

export function contains(network: Address, ip: string): boolean {
  const size = 2 ** (32 - network.prefix);
  return Math.floor(numberOf(network.ip) / size) === Math.floor(numberOf(ip) / size);
}

function numberOf(ip: string): number {
  return ip.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}
