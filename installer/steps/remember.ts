import type { Change } from "../../core/change.ts";
import { run } from "../../core/host.ts";
import type { HostFacts } from "../facts/host.ts";
import { PATHS } from "../names.ts";
import type { Step } from "../plan/plan.ts";
import { fileOf } from "./tools.ts";

/** Before anything changes: which services start at boot. From then on every file that is overwritten is kept first. */
export const rememberHost: Step = {
  id: "remember",
  title: "What was there before",
  after: [],
  plan: (_config, facts) => facts.hosts.flatMap(planHost),
};

/** Of a host that is part of a pair already nobody knows any more how it was. */
function isUntouched(facts: HostFacts): boolean {
  return (
    [PATHS.originalUnits, PATHS.config, PATHS.drbdResource].every(
      (path) => fileOf(facts, path) === undefined,
    ) && fileOf(facts, PATHS.corosyncConf)?.startsWith("# written by skyha") !== true
  );
}

function planHost(facts: HostFacts): Change[] {
  if (!isUntouched(facts)) return [];
  const states = Object.fromEntries([...facts.units].map(([unit, { file }]) => [unit, file]));
  const text = `${JSON.stringify(states)}\n`;
  return [
    {
      id: `remember/${facts.name}/units`,
      step: "remember",
      host: facts.name,
      title: "remember how the host was, for skyha reset",
      risk: "safe",
      preview: [`${PATHS.originals}: services started at boot; each file before it is changed`],
      async apply(context) {
        const host = context.host(facts.name);
        await run(host, ["install", "-d", "-m", "700", PATHS.state, PATHS.originals]);
        await host.write(PATHS.originalUnits, text, { mode: 0o600 });
      },
      async verify(context) {
        const now = await context.host(facts.name).read(PATHS.originalUnits);
        return now === text ? undefined : `${PATHS.originalUnits} does not have the wanted content`;
      },
    },
  ];
}
