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
  after: [],
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
  const withoutBlock = before.replace(new RegExp(`${BEGIN}\\n[^]*?${END}\\n?`), "");
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
