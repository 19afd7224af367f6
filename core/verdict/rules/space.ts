import { say } from "../../texts/say.ts";
import type { FileSystemUse, HostState, PairFacts } from "../facts.ts";
import { commands, critical, type Finding, warning } from "../finding.ts";
import { volumeGrowth } from "../growth.ts";

/** Share in use from which a file system is worth a word, and from which it is about to stop writes. */
const WARNING_SHARE = 0.85;
const CRITICAL_SHARE = 0.95;
/** Enough to order a disk, and to put it in. */
const WARNING_DAYS = 14;

/** File systems that fill up: the replicated one, and the one below its backing file. */
export function spaceFindings(facts: PairFacts): Finding[] {
  return facts.hosts.flatMap((host) => {
    if (!host.space.known) return [];
    return host.space.value.flatMap((use) => {
      const full = fullness(host, use);
      // What is as good as full needs no forecast.
      return full?.level === "critical" ? [full] : [...(full ? [full] : []), ...forecast(facts, host, use)];
    });
  });
}

function fullness(host: HostState, use: FileSystemUse): Finding | undefined {
  const available = use.usedBytes + use.freeBytes;
  const share = available > 0 ? use.usedBytes / available : 0;
  if (share < WARNING_SHARE) return undefined;
  const text = say`${use.path} on ${host.name} is ${Math.floor(share * 100)} % full`;
  const extra = { host: host.name, next: commands.diskUse(use.path, host.name) };
  return share >= CRITICAL_SHARE
    ? critical("space.full", say`${text}: services will stop writing`, extra)
    : warning("space.low", text, extra);
}

function forecast(facts: PairFacts, host: HostState, use: FileSystemUse): Finding[] {
  const growth = use.path === facts.profile.mount ? volumeGrowth(facts, use) : undefined;
  if (growth === undefined || growth.daysLeft >= WARNING_DAYS) return [];
  const days = Math.max(1, Math.floor(growth.daysLeft));
  const text = say`${use.path} on ${host.name} will be full in about ${days} d at the rate it has grown lately`;
  const extra = { host: host.name, next: commands.diskUse(use.path, host.name) };
  return [warning("space.filling", text, extra)];
}
