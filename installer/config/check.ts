import type { z } from "zod";
import { Exit } from "../../core/exit.ts";
import { type Report, report, SkyhaError } from "../../core/report.ts";
import { fenceId, IDS, NFS_PORT } from "../names.ts";
import { type Config, configSchema } from "./schema.ts";

/** One thing wrong with the configuration: where (path into it) and what. */
export interface Issue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export type Checked = { readonly config: Config } | { readonly issues: readonly Issue[] };

/** Validates shape first, then what single keys cannot tell (two hosts of one name, a VIP that is a host). */
export function checkConfig(input: unknown): Checked {
  const parsed = configSchema.safeParse(input);
  if (!parsed.success) return { issues: parsed.error.issues.flatMap(toIssues) };
  const issues = relations(parsed.data);
  return issues.length > 0 ? { issues } : { config: parsed.data };
}

function toIssues(issue: z.core.$ZodIssue): Issue[] {
  const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], message: "unknown key" }));
  }
  if (issue.code === "invalid_type" && issue.input === undefined) return [{ path, message: "is missing" }];
  return [
    {
      path,
      message:
        issue.code === "custom" || issue.code === "invalid_format" ? issue.message : lower(issue.message),
    },
  ];
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function relations(config: Config): Issue[] {
  const issues: Issue[] = [];
  const [first, second] = config.hosts;
  if (first.name === second.name)
    issues.push({ path: ["hosts", 1, "name"], message: `both hosts are called ${first.name}` });
  if (first.links.length !== second.links.length) {
    issues.push({ path: ["hosts", 1, "links"], message: "both hosts need the same number of links" });
  }
  const addresses = new Set<string>();
  config.hosts.forEach((host, index) => {
    const here: [readonly (string | number)[], string][] = [
      [["hosts", index, "address"], host.address],
      ...host.links.map((link, n): [readonly (string | number)[], string] => [
        ["hosts", index, "links", n],
        link,
      ]),
    ];
    for (const [path, address] of here) {
      if (addresses.has(address)) issues.push({ path, message: `${address} is used twice` });
      addresses.add(address);
    }
    if (host.backing?.lv !== undefined && host.backing.disk !== undefined) {
      issues.push({ path: ["hosts", index, "backing"], message: "give lv or disk, not both" });
    }
  });
  if (addresses.has(config.vip.address)) {
    issues.push({ path: ["vip", "address"], message: `${config.vip.address} is a host's own address` });
  }
  return [...issues, ...serviceIssues(config)];
}

/** All share the address of the VIP and the network of the host, so a name or a port can only be used once. */
function serviceIssues(config: Config): Issue[] {
  const issues: Issue[] = [];
  const { containers, ...known } = config.services;
  const names = new Set<string>([...Object.values(IDS), ...Object.keys(known)]);
  for (const host of config.hosts) names.add(fenceId(host.name));
  const ports = new Map<number, string>([
    [NFS_PORT, "nfs"],
    [config.ssh.port, "sshd"],
    [config.drbd.port, "DRBD"],
  ]);
  const claim = (path: Issue["path"], port: number | undefined, name: string) => {
    if (port === undefined) return;
    const other = ports.get(port);
    if (other !== undefined) issues.push({ path, message: `${port} is the port of ${other} already` });
    ports.set(port, name);
  };
  for (const [name, service] of Object.entries(known))
    if (service !== undefined) claim(["services", name, "port"], service.port, name);
  containers.forEach(({ name, port }, index) => {
    const path = ["services", "containers", index];
    if (names.has(name)) issues.push({ path: [...path, "name"], message: `${name} is taken` });
    names.add(name);
    claim([...path, "port"], port, name);
  });
  return issues;
}

/** Fencing is not a matter of taste: without it there is no automatic failover (design rule 4). */
export function requireFencing(config: Config): void {
  const missing = config.hosts.filter((host) => host.fence === undefined).map((host) => host.name);
  if (missing.length === 0 || config.accept_split_brain_risk) return;
  throw new SkyhaError([report("config.no-fencing", { hosts: missing })], Exit.refused);
}

/** Issues as reports named by key, for the key=value form. */
export function issueReports(issues: readonly Issue[], keyOf: (path: Issue["path"]) => string): Report[] {
  return issues.map((issue) => report("config.argument", { key: keyOf(issue.path), message: issue.message }));
}
