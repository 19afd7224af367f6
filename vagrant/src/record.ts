import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { HostName, Network } from "./addresses.ts";
import type { Release } from "./build/guest-root.ts";
import { LabError } from "./errors.ts";
import { statePath } from "./paths.ts";

export interface Bmc {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** 0600; the password never appears in a command line or in JSON. */
  readonly passwordFile: string;
}

export interface LabHost {
  readonly name: HostName;
  /** On link 1 and link 2. */
  readonly addresses: readonly [string, string];
  /** The links' names inside the host, for netem. */
  readonly interfaces: readonly [string, string];
  readonly taps: readonly [string, string];
  /** The blank disk, as the host sees it. */
  readonly dataDisk?: string;
  readonly bmc?: Bmc;
  readonly consoleLog: string;
  readonly memoryMb: number;
  /** What turning the host on runs. */
  readonly command: readonly string[];
}

/** lab.json: written once everything is up, and all that the other commands need to know. */
export interface LabRecord {
  readonly prefix: string;
  readonly release: Release;
  readonly provider: "uml" | "qemu";
  readonly network: Network;
  readonly hosts: readonly LabHost[];
  readonly sshKeyFile: string;
  readonly knownHostsFile: string;
  /** One JSON line per power command: at, host, action, via. */
  readonly powerLogFile: string;
  readonly packagesUrl: string;
  /** Container image archives by short name, for `docker load` and `podman load`. */
  readonly images: Readonly<Record<string, string>>;
}

export function writeRecord(record: LabRecord): void {
  const path = statePath(record.prefix, "lab.json");
  writeFileSync(`${path}.new`, JSON.stringify(record, null, 2), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function readRecord(prefix: string): LabRecord | undefined {
  const path = statePath(prefix, "lab.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

export function requireRecord(prefix: string): LabRecord {
  const record = readRecord(prefix);
  if (record !== undefined) return record;
  const option = prefix === "sky" ? "" : ` --prefix ${prefix}`;
  throw new LabError(`lab ${prefix} is not up`, `vagrant/lab up${option}`);
}

export function hostOf(record: LabRecord, name: string): LabHost {
  const host = record.hosts.find((candidate) => candidate.name === name);
  if (host !== undefined) return host;
  const names = record.hosts.map((candidate) => candidate.name).join(", ");
  throw new LabError(`lab ${record.prefix} has no host "${name}"`, `its hosts are: ${names}`);
}
