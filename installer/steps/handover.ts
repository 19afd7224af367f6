import type { Change } from "../../core/change.ts";
import type { HostFacts } from "../facts/host.ts";
import type { Step } from "../plan/plan.ts";

/** Services that Pacemaker starts and stops; packages enable some of them at boot. */
const MANAGED = ["nfs-server.service", "nfsdcld.service", "drbd.service"] as const;

/**
 * What the cluster manages must not start at boot as well: a returning host would run it a second time, and
 * Pacemaker answers that by stopping the service on both hosts.
 */
export const handOver: Step = {
  id: "handover",
  title: "Services left to the cluster",
  after: ["packages"],
  plan: (_config, facts) => facts.hosts.flatMap(planHost),
};

function planHost(facts: HostFacts): Change[] {
  // Before the packages are there nobody knows what they will enable; disabling what is not there does no harm.
  const installing = !facts.packages.has("pacemaker");
  const wrong = MANAGED.filter((unit) => installing || facts.units.get(unit)?.file === "enabled");
  if (wrong.length === 0) return [];
  return [
    {
      id: `handover/${facts.name}/disable`,
      step: "handover",
      host: facts.name,
      title: `leave ${wrong.join(" and ")} to the cluster`,
      risk: "safe",
      preview: [`systemctl disable ${wrong.join(" ")}`],
      async apply(context) {
        const host = context.host(facts.name);
        for (const unit of wrong) await host.exec(["systemctl", "disable", "--no-reload", unit]);
      },
      async verify(context) {
        for (const unit of wrong) {
          const asked = await context.host(facts.name).exec(["systemctl", "is-enabled", unit]);
          if (asked.stdout.trim() === "enabled") return `${unit} still starts at boot`;
        }
        return undefined;
      },
    },
  ];
}
