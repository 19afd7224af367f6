import type {
  ClusterLink,
  ContainerState,
  DirectoryUse,
  FileSystemUse,
  NfsState,
  QuorumState,
} from "../../../core/verdict/facts.ts";

/**
 * Pure readers of what the probes of a running host print. Each throws on text it does not understand, so that
 * the probe becomes unknown: nothing here turns silence into "there is none".
 */

/** `corosync-cfgtool -s`, Corosync 3: one block per link, one line per node id; `localhost` is the host itself. */
export function parseCfgtool(text: string): ClusterLink[] {
  if (!/^Local node ID \d+/m.test(text)) throw new Error("corosync-cfgtool shows no local node");
  const links: ClusterLink[] = [];
  for (const block of text.split(/^(?=LINK ID)/m).slice(1)) {
    const id = /^LINK ID (\d+)/.exec(block)?.[1];
    const peers = [...block.matchAll(/nodeid:\s*(\d+):\s*(\S+)/g)].filter(
      (match) => match[2] !== "localhost",
    );
    if (id === undefined) continue;
    links.push({
      id: Number(id),
      address: /addr\s*=\s*(\S+)/.exec(block)?.[1] ?? "?",
      peers: peers.map((match) => ({ nodeId: Number(match[1]), connected: match[2] === "connected" })),
    });
  }
  if (links.length === 0) throw new Error("corosync-cfgtool shows no link");
  return links;
}

/** `corosync-quorumtool -s`. A quorum device is member 0; it has no vote while it cannot be reached. */
export function parseQuorumtool(text: string): QuorumState {
  const quorate = /^Quorate:\s+(Yes|No)/m.exec(text)?.[1];
  if (quorate === undefined) throw new Error("corosync-quorumtool does not say whether there is quorum");
  const number = (name: string) => {
    const found = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const device = /^\s+0\s+(\d+)\s+Qdevice/m.exec(text)?.[1];
  return {
    quorate: quorate === "Yes",
    expectedVotes: number("Expected votes"),
    totalVotes: number("Total votes"),
    device: device === undefined ? undefined : Number(device) > 0,
  };
}

/** `df -B1 --output=target,size,used,avail PATH…`: what each path's file system has, in bytes. */
export function parseDfPaths(text: string): (FileSystemUse & { readonly target: string })[] {
  const rows = text.trim().split("\n").slice(1);
  return rows.map((row) => {
    const match = /^(.+?)\s+(\d+)\s+(\d+)\s+(\d+)$/.exec(row.trim());
    if (!match?.[1]) throw new Error(`df printed ${JSON.stringify(row)}`);
    return {
      target: match[1],
      path: match[1],
      totalBytes: Number(match[2]),
      usedBytes: Number(match[3]),
      freeBytes: Number(match[4]),
    };
  });
}

/** /proc/mounts: the device mounted on a path; undefined when nothing is. The last mount covers those before it. */
export function parseMounts(text: string | undefined, path: string): string | undefined {
  const rows = (text ?? "").split("\n").map((line) => line.split(" "));
  // Something is always mounted; spaces in names are written as \040.
  if (!rows.some((row) => row.length >= 4)) throw new Error("no table of mounts");
  return rows.findLast((row) => row[1]?.replaceAll("\\040", " ") === path)?.[0];
}

/** `du -xsk PATH…`: KiB, tab, path. */
export function parseDu(text: string): DirectoryUse[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const match = /^(\d+)\t(.+)$/.exec(line);
      if (!match?.[2]) throw new Error(`du printed ${JSON.stringify(line)}`);
      return { path: match[2], bytes: Number(match[1]) * 1024 };
    });
}

/** /var/lib/nfs/etab, one export per line: `PATH<TAB>CLIENT(options)`. Absent: nothing was ever exported. */
export function parseEtab(text: string | undefined): NfsState["exports"] {
  return (text ?? "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const match = /^(.+?)\s+([^\s(]*)\(/.exec(line);
      if (!match?.[1]) throw new Error(`etab has ${JSON.stringify(line)}`);
      return { path: match[1], client: match[2] || "*" };
    });
}

/** Contents of /proc/fs/nfsd/clients/∗/info, one after the other: a line `address: "192.0.2.7:845"` each. */
export function parseNfsClients(text: string): string[] {
  const addresses = [...text.matchAll(/^address:\s*"(.+?)(?::\d+)?"/gm)].flatMap((match) => match[1] ?? []);
  return [...new Set(addresses)].sort();
}

/** `systemctl is-active UNIT…`: one word per unit, in the order asked. */
export function parseIsActive(text: string, units: readonly string[]): Map<string, string> {
  const words = text.trim().split("\n");
  if (words.length !== units.length || words.some((word) => !/^[a-z-]+$/.test(word))) {
    throw new Error("systemctl did not name the state of every unit");
  }
  return new Map(units.map((unit, index) => [unit, words[index] ?? ""]));
}

/** `docker|podman ps --all --format '{{json .}}'`: one JSON object per line. */
export function parseContainers(text: string): ContainerState[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const item: unknown = JSON.parse(line);
      if (!isRecord(item)) throw new Error("the engine printed no objects");
      const names = item["Names"];
      return {
        name: Array.isArray(names) ? String(names[0] ?? "") : String(names ?? ""),
        image: String(item["Image"] ?? ""),
        state: String(item["State"] ?? "").toLowerCase(),
        status: String(item["Status"] ?? ""),
      };
    });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
