import { Ocf } from "../ocf/codes.ts";
import { defineAgent } from "../ocf/define.ts";
import { notRunning, type Outcome, success } from "../ocf/outcome.ts";
import { judge } from "./judge.ts";
import { drbdParameters } from "./parameters.ts";
import { demote, promote } from "./roles.ts";
import { publishScore, removeScore } from "./score.ts";
import { start, stop } from "./start-stop.ts";
import { type DrbdContext, isUp, nameOf, requireState } from "./state.ts";

export const drbdAgent = defineAgent({
  name: "drbd",
  version: "0.1.0",
  short: "Replicated block device (DRBD 8.4 and 9), promotable",
  long: `Brings one DRBD resource up, watches it and makes one host its primary. It promotes only when this host has, or can reach, up-to-date data, never with force, and leaves every split brain to people.

The promotion score follows the state of both copies and is told to the cluster only when it changes. While the pair could not take another failure (resync running, peer away, standing alone) monitor answers "degraded" with the reason.

Use it as a promotable clone with promoted-max=1, clone-max=2 and notify=false.`,
  parameters: drbdParameters,
  operations: [
    { name: "start", timeout: 120 },
    { name: "promote", timeout: 90 },
    { name: "demote", timeout: 60 },
    { name: "stop", timeout: 60 },
    { name: "monitor", timeout: 20, interval: 11, role: "Promoted", depth: 0 },
    { name: "monitor", timeout: 20, interval: 13, role: "Unpromoted", depth: 0 },
    { name: "reload-agent", timeout: 20 },
  ],
  actions: {
    start,
    stop,
    promote,
    demote,
    monitor,
    "reload-agent": async () => success,
  },
  checkHost,
});

async function monitor(context: DrbdContext): Promise<Outcome> {
  const state = await requireState(context);
  if (!isUp(state)) {
    await removeScore(context);
    return notRunning;
  }
  await publishScore(context, state);
  return judge(state);
}

/** What this host lacks to run the resource. */
async function checkHost(context: DrbdContext): Promise<Outcome> {
  const dumped = await context.run(["drbdadm", "dump", nameOf(context)]);
  if (dumped.code !== 0) {
    return { code: Ocf.installed, reason: `drbdadm dump ${nameOf(context)}: ${dumped.stderr.trim()}` };
  }
  for (const wanted of ["fence-peer", "resource-and-stonith"]) {
    if (!dumped.stdout.includes(wanted)) {
      return { code: Ocf.installed, reason: `the configuration of ${nameOf(context)} has no ${wanted}` };
    }
  }
  return success;
}
