import type { Config } from "../config/schema.ts";
import { PATHS } from "../names.ts";
import type { Step } from "../plan/plan.ts";
import { fileChange, fileOf } from "./tools.ts";

const BEGIN = "# skyha: names of the pair";
const END = "# skyha: end";

/** Both hosts resolve both names without any name service. */
export const writeHostNames: Step = {
  id: "names",
  title: "Host names",
  after: ["remember"],
  plan: (config, facts) =>
    facts.hosts.flatMap((host) => {
      const before = fileOf(host, PATHS.hosts);
      return fileChange({
        step: "names",
        host: host.name,
        path: PATHS.hosts,
        before,
        after: hostsFile(before ?? "", config),
      });
    }),
};

/**
 * The host's own file with our block at its end. Debian's `127.0.1.1 NAME` lines of the pair's names go: corosync
 * and pcs must see the real address.
 */
export function hostsFile(before: string, config: Config): string {
  const names = new Set(config.hosts.map((host) => host.name));
  const withoutBlock = withoutNames(before);
  const kept = withoutBlock
    .split("\n")
    .filter(
      (line) =>
        !(
          line.startsWith("127.0.1.1") &&
          line
            .split(/\s+/)
            .slice(1)
            .some((name) => names.has(name))
        ),
    )
    .join("\n")
    .replace(/\n*$/, "\n");
  const own = config.hosts.map((host) => `${host.address} ${host.name}`);
  return `${kept}${[BEGIN, ...own, END].join("\n")}\n`;
}

const withoutNames = (text: string): string => text.replace(new RegExp(`${BEGIN}\\n[^]*?${END}\\n?`), "");

/**
 * The other way round: without our block, and with the lines of 127.0.1.1 that had to go. What others have written
 * meanwhile stays, so the file of then is put back only when nobody has.
 * @param original /etc/hosts before the first installation; undefined: not known
 */
export function hostsFileWithout(now: string, original: string | undefined, config: Config): string {
  if (original !== undefined && hostsFile(original, config) === now) return original;
  const kept = withoutNames(now);
  // Without our block it was given back already, and what is missing somebody else has taken out.
  if (kept === now) return now;
  const there = new Set(kept.split("\n"));
  const lost = (original ?? "")
    .split("\n")
    .filter((line) => line.startsWith("127.0.1.1") && !there.has(line));
  const lines = kept.split("\n");
  lines.splice(lines.findIndex((line) => line.startsWith("127.0.0.1")) + 1, 0, ...lost);
  return lines.join("\n");
}
