import type { Change } from "../../core/change.ts";
import { type Argv, run } from "../../core/host.ts";
import { clusterHas, type HostFacts } from "../facts/host.ts";
import type { Step } from "../plan/plan.ts";
import { servicesOf } from "../services/list.ts";
import { firstHost } from "./tools.ts";

/**
 * A new database is made in an empty directory once, when its service is new. From then on an empty directory is a
 * loss, and a server that starts on a new database in it would hide that.
 */
export const sealDatabases: Step = {
  id: "seal",
  title: "Databases",
  after: ["services"],
  plan(config, facts) {
    const open = servicesOf(config)
      .filter(({ resource }) => resource.parameters["initialize"] !== undefined)
      .map(({ resource }) => resource.id)
      .filter(
        (id) => !clusterHas(facts.hosts, id) || facts.hosts.some((host) => mayInitialize(host.cib, id)),
      );
    return open.length === 0 ? [] : [seal(open)];
  },
};

function seal(ids: readonly string[]): Change {
  const commands = ids.map(
    (id): Argv => [
      "crm_resource",
      "--resource",
      id,
      "--set-parameter",
      "initialize",
      "--parameter-value",
      "no",
    ],
  );
  return {
    id: "seal/cluster/initialize",
    step: "seal",
    host: "cluster",
    title: `from now on refuse to make ${ids.join(", ")} anew in an empty directory`,
    // Reloadable: Pacemaker calls reload-agent and restarts nothing.
    risk: "safe",
    preview: commands.map((argv) => argv.join(" ")),
    async apply(context) {
      for (const argv of commands) await run(firstHost(context), argv, { timeoutMs: 60_000 });
    },
    async verify(context) {
      const cib = await run(firstHost(context), ["cibadmin", "--query"]);
      const left = ids.filter((id) => mayInitialize(cib, id));
      return left.length === 0 ? undefined : `initialize is still yes for ${left.join(", ")}`;
    },
  };
}

/** By the id that install gives the pair of name and value. */
function mayInitialize(cib: HostFacts["cib"], id: string): boolean {
  const nvpair = new RegExp(`<nvpair [^>]*id="${id}-instance_attributes-initialize"[^>]*>`).exec(
    cib ?? "",
  )?.[0];
  return nvpair?.includes('value="yes"') === true;
}
