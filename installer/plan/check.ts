import type { Report } from "../../core/report.ts";
import type { Config, HostConfig } from "../config/schema.ts";
import type { HostFacts } from "../facts/host.ts";
import type { InstallFacts } from "./plan.ts";

/**
 * One thing that has to hold before an installation, as `skyha doctor` lists it. Errors stop an installation,
 * warnings are shown. Pure.
 */
export interface Check {
  readonly id: string;
  /** What holds when there is nothing to report. */
  readonly title: () => string;
  readonly problems: (config: Config, hosts: InstallFacts["hosts"]) => Report[];
}

/** A check that looks at each host by itself. */
export const onEach = (
  id: string,
  title: () => string,
  problems: (facts: HostFacts, config: Config, own: HostConfig) => Report[],
): Check => ({
  id,
  title,
  problems: (config, hosts) =>
    hosts.flatMap((host) => {
      const own = config.hosts.find(({ name }) => name === host.name);
      if (own === undefined) throw new Error(`facts of ${host.name}, which is not configured`);
      return problems(host, config, own);
    }),
});
