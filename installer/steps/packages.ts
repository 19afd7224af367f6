import type { Change } from "../../core/change.ts";
import type { Config } from "../config/schema.ts";
import type { HostFacts } from "../facts/host.ts";
import { PATHS } from "../names.ts";
import { packageManagerFor } from "../packages/manager.ts";
import type { Step } from "../plan/plan.ts";

/** Installs what a pair needs and keeps the distribution from starting half-configured services on the way. */
export const installPackages: Step = {
  id: "packages",
  title: "Packages",
  after: ["remember"],
  plan: (config, facts) => facts.hosts.flatMap((host) => planHost(config, host)),
};

function planHost(config: Config, facts: HostFacts): Change[] {
  const manager = packageManagerFor(facts.os);
  const missing = manager.wanted(config, facts).filter((name) => !facts.packages.has(name));
  const changes: Change[] = [];
  if (missing.length > 0) {
    changes.push({
      id: `packages/${facts.name}/install`,
      step: "packages",
      host: facts.name,
      title: `install ${missing.length} packages`,
      risk: "safe",
      preview: [`${manager.name} install ${missing.join(" ")}`],
      apply: (context) => manager.install(context.host(facts.name), missing, context.progress),
      async verify(context) {
        const installed = await manager.installed(context.host(facts.name));
        const still = missing.filter((name) => !installed.has(name));
        return still.length === 0 ? undefined : `not installed: ${still.join(", ")}`;
      },
    });
  } else if (facts.files.get(PATHS.policy)?.includes("skyha") === true) {
    changes.push(removeLeftPolicy(facts));
  }
  return changes;
}

/** A killed installation can leave its guard behind; with it no service of the host starts on install or upgrade. */
function removeLeftPolicy(facts: HostFacts): Change {
  return {
    id: `packages/${facts.name}/policy`,
    step: "packages",
    host: facts.name,
    title: `remove ${PATHS.policy}, left by an interrupted install`,
    risk: "safe",
    preview: [`rm ${PATHS.policy}`],
    async apply(context) {
      await context.host(facts.name).exec(["rm", "-f", PATHS.policy]);
    },
    async verify(context) {
      const left = await context.host(facts.name).read(PATHS.policy);
      return left === undefined ? undefined : `${PATHS.policy} is still there`;
    },
  };
}
