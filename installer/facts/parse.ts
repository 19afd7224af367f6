import { isIPv4 } from "node:net";
import { z } from "zod";

/** Pure parsers of captured output. Each throws on text it does not understand: "empty" is never "absent". */

export interface OsRelease {
  readonly id: string;
  readonly idLike: readonly string[];
  readonly versionId: string;
  readonly prettyName: string;
}

/** os-release(5): shell-like assignments, values optionally quoted. */
export function parseOsRelease(text: string): OsRelease {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^([A-Z_]+)=(.*)$/.exec(line.trim());
    if (match?.[1] !== undefined) values.set(match[1], (match[2] ?? "").replace(/^["']|["']$/g, ""));
  }
  const id = values.get("ID");
  if (id === undefined) throw new Error("os-release has no ID");
  return {
    id,
    idLike: (values.get("ID_LIKE") ?? "").split(" ").filter((word) => word !== ""),
    versionId: values.get("VERSION_ID") ?? "",
    prettyName: values.get("PRETTY_NAME") ?? id,
  };
}

/** Lines `name<TAB>version` of installed packages; `dpkg-query -W -f '${db:Status-Status}\t${Package}\t${Version}\n'`. */
export function parseDpkgQuery(text: string): Map<string, string> {
  const packages = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [status, name, version] = line.split("\t");
    if (status === "installed" && name !== undefined) packages.set(name, version ?? "");
  }
  if (packages.size === 0) throw new Error("dpkg-query listed no installed package");
  return packages;
}

/** `rpm -qa --qf '%{NAME}\t%{VERSION}-%{RELEASE}\n'` */
export function parseRpmQuery(text: string): Map<string, string> {
  const packages = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [name, version] = line.split("\t");
    if (name !== undefined && version !== undefined) packages.set(name, version);
  }
  if (packages.size === 0) throw new Error("rpm listed no installed package");
  return packages;
}

export interface Address {
  readonly interface: string;
  readonly address: string;
  readonly prefix: number;
  /** Bytes a packet of its interface may have; undefined: not said. */
  readonly mtu: number | undefined;
}

const ipAddrSchema = z.array(
  z.object({
    ifname: z.string().optional(),
    mtu: z.int().optional(),
    // `ip addr show to ADDRESS` leaves an empty object for each address it filtered out.
    addr_info: z
      .array(
        z.object({
          family: z.string().optional(),
          local: z.string().default(""),
          prefixlen: z.int().default(0),
        }),
      )
      .default([]),
  }),
);

/** IPv4 addresses of `ip -j addr`. */
export function parseIpAddr(text: string): Address[] {
  return ipAddrSchema.parse(JSON.parse(text)).flatMap((link) =>
    link.addr_info
      .filter((info) => info.family === "inet" && isIPv4(info.local))
      .map((info) => ({
        interface: link.ifname ?? "",
        address: info.local,
        prefix: info.prefixlen,
        mtu: link.mtu,
      })),
  );
}

/** Local ports with a listener, from `ss -Hltn`: column 4 is `address:port`. */
export function parseListening(text: string): Set<number> {
  const ports = new Set<number>();
  for (const line of text.split("\n")) {
    const port = Number(line.trim().split(/\s+/)[3]?.replace(/^.*:/, ""));
    if (Number.isInteger(port) && port > 0) ports.add(port);
  }
  return ports;
}

const neighSchema = z.array(
  z.object({ dst: z.string(), lladdr: z.string().optional(), state: z.array(z.string()).optional() }),
);

/** The link-layer address that answers for an IP, from `ip -j neigh show IP`; undefined when none does. */
export function parseNeighbour(text: string): string | undefined {
  if (text.trim() === "") return undefined;
  const alive = neighSchema
    .parse(JSON.parse(text))
    .find((entry) => !entry.state?.includes("FAILED") && entry.lladdr);
  return alive?.lladdr;
}

export interface UnitState {
  /** `enabled`, `disabled`, `masked`, … or empty when there is no such unit. */
  readonly file: string;
  /** `active`, `inactive`, `failed`, … */
  readonly active: string;
}

/** `systemctl show -p Id,UnitFileState,ActiveState UNIT…`: blocks separated by empty lines. */
export function parseUnits(text: string): Map<string, UnitState> {
  const units = new Map<string, UnitState>();
  for (const block of text.trim().split("\n\n")) {
    const values = new Map(block.split("\n").map((line): [string, string] => split(line, "=")));
    const id = values.get("Id");
    if (id !== undefined)
      units.set(id, { file: values.get("UnitFileState") ?? "", active: values.get("ActiveState") ?? "" });
  }
  if (units.size === 0) throw new Error("systemctl show said nothing");
  return units;
}

const losetupSchema = z.object({
  loopdevices: z.array(z.object({ name: z.string(), "back-file": z.string().nullable() })),
});

/** Loop device → backing file, from `losetup --json -O NAME,BACK-FILE`, which prints nothing when there is none. */
export function parseLosetup(text: string): Map<string, string> {
  if (text.trim() === "") return new Map();
  return new Map(
    losetupSchema.parse(JSON.parse(text)).loopdevices.map((item) => [item.name, item["back-file"] ?? ""]),
  );
}

/** `df -B1 --output=avail,size PATH`: free and total bytes. */
export function parseDf(text: string): { readonly freeBytes: number; readonly totalBytes: number } {
  const [free, total] = (text.trim().split("\n")[1] ?? "").trim().split(/\s+/).map(Number);
  if (free === undefined || total === undefined || !Number.isFinite(free + total))
    throw new Error("df said nothing");
  return { freeBytes: free, totalBytes: total };
}

/** Key=value lines of `blkid -p -o export DEVICE`; undefined when it found nothing at all (exit code 2). */
export function parseBlkid(text: string): Map<string, string> {
  return new Map(
    text
      .split("\n")
      .filter((line) => line.includes("="))
      .map((line) => split(line, "=")),
  );
}

function split(line: string, separator: string): [string, string] {
  const at = line.indexOf(separator);
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
}
