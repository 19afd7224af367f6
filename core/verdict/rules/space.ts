import { say } from "../../texts/say.ts";
import type { PairFacts } from "../facts.ts";
import { commands, critical, type Finding, warning } from "../finding.ts";

/** Share in use from which a file system is worth a word, and from which it is about to stop writes. */
const WARNING_SHARE = 0.85;
const CRITICAL_SHARE = 0.95;

/** File systems that fill up: the replicated one, and the one below its backing file. */
export function spaceFindings(facts: PairFacts): Finding[] {
  return facts.hosts.flatMap((host) => {
    if (!host.space.known) return [];
    return host.space.value.flatMap((use) => {
      const available = use.usedBytes + use.freeBytes;
      const share = available > 0 ? use.usedBytes / available : 0;
      if (share < WARNING_SHARE) return [];
      const text = say`${use.path} on ${host.name} is ${Math.floor(share * 100)} % full`;
      const extra = { host: host.name, next: commands.diskUse(use.path, host.name) };
      return share >= CRITICAL_SHARE
        ? [critical("space.full", say`${text}: services will stop writing`, extra)]
        : [warning("space.low", text, extra)];
    });
  });
}
