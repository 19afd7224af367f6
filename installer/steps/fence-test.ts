import type { Change } from "../../core/change.ts";
import { parseCrmMon } from "../../core/cluster/crm-mon.ts";
import { type Host, run } from "../../core/host.ts";
import { promotedNode, resourceOf } from "../../core/verdict/view.ts";
import type { Config } from "../config/schema.ts";
import { readDrbd } from "../drbd/state.ts";
import { fenceId, IDS, PATHS } from "../names.ts";
import type { InstallFacts, Step } from "../plan/plan.ts";
import { onlineNodes } from "./cluster-state.ts";
import { lastFencing } from "./fence-history.ts";
import { firstHost, waitFor } from "./tools.ts";

/**
 * One real power-off of the host that runs nothing. A fence device that was never seen to work is the commonest
 * reason why a failover does not happen, so an installation does not end without it. The services start on the
 * other host at the same time, as they would if it were no test.
 */
export const testFencing: Step = {
  id: "fence-test",
  title: "Fencing test",
  // pcs writes on the host that is about to lose its power.
  after: ["resources", "pcs"],
  plan: planTest,
};

function planTest(config: Config, facts: InstallFacts): Change[] {
  if (config.hosts.some((host) => host.fence === undefined)) return [];
  if (facts.hosts.some((host) => host.fenceProven)) return [];
  let victim: string | undefined;
  return [
    {
      id: "fence-test/cluster/power-off",
      step: "fence-test",
      host: "cluster",
      title: "power the passive host off through its fence device, and wait until it is back",
      // Nothing of the pair runs there, but whatever else does goes down with the host.
      risk: "restarts",
      preview: ["stonith_admin --reboot PASSIVE-HOST"],
      async apply(context) {
        const any = firstHost(context);
        context.progress("waiting for the fence devices, and for both copies of the data");
        const { active, target } = await waitFor(
          "a promoted host, and a fence device for the other",
          180_000,
          () => placesFor(any, context.hosts),
        );
        if (target.address === "local") {
          throw new Error(
            `${target.name} is the host skyha runs on: run it on ${active} or on a third machine`,
          );
        }
        victim = target.name;
        const observer = context.host(active);
        // What was just installed there is still in its memory.
        await run(target, ["sync"], { timeoutMs: 120_000 });
        // Services that do not start on one host move to the other, which must not be the one that is shot then.
        const still = await waitFor(`a second look at what runs on ${active}`, 60_000, () =>
          placesFor(any, context.hosts),
        );
        if (still.active !== active) {
          throw new Error(`the services left ${active} before the fencing test: nothing was powered off`);
        }
        context.progress(`fencing ${victim}`);
        await run(observer, ["stonith_admin", "--reboot", victim, "--timeout", "120"], {
          timeoutMs: 180_000,
        });
        context.progress(`${victim} was fenced, waiting for it to come back`);
        await waitUntilBack(observer, victim);
        await observer.write(PATHS.fenceProof, `${victim} ${new Date().toISOString()}\n`);
      },
      async verify(context) {
        const observer = context.hosts.find((host) => host.name !== victim);
        if (victim === undefined || observer === undefined) return "nothing was fenced";
        const fenced = lastFencing(
          await run(observer, ["stonith_admin", "--history", victim, "--output-as=xml"]),
        );
        return fenced === "success"
          ? undefined
          : `the cluster's fencing history says: ${fenced ?? "nothing"}`;
      },
    },
  ];
}

/** Who stays and who is fenced; undefined until the device is ready and the victim has nothing that only it has. */
async function placesFor(
  any: Host,
  hosts: readonly Host[],
): Promise<{ readonly active: string; readonly target: Host } | undefined> {
  const shown = await any.exec(["crm_mon", "-1", "--output-as=xml"]);
  const status = parseCrmMon(shown.stdout);
  if (shown.code !== 0 || !status.known) return undefined;
  const active = promotedNode(status.value, IDS.drbd);
  const observer = hosts.find((host) => host.name === active);
  const target = hosts.find((host) => host.name !== active);
  if (active === undefined || observer === undefined || target === undefined) return undefined;
  const device = resourceOf(status.value, fenceId(target.name));
  const { disk, peerDisk } = await readDrbd(observer);
  const ready = device?.role === "Started" && disk === "UpToDate" && peerDisk === "UpToDate";
  return ready ? { active, target } : undefined;
}

async function waitUntilBack(observer: Host, victim: string): Promise<void> {
  await waitFor(`${victim} back in the cluster`, 300_000, async () => {
    const shown = await observer.exec(["crm_mon", "-1", "--output-as=xml"]);
    return shown.code === 0 && onlineNodes(shown.stdout).includes(victim) ? true : undefined;
  });
  await waitFor("both copies of the data up to date", 600_000, async () => {
    const state = await readDrbd(observer);
    return state.disk === "UpToDate" && state.peerDisk === "UpToDate" ? true : undefined;
  });
}
