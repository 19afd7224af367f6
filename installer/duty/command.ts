import type { Change } from "../../core/change.ts";
import { Exit, type ExitCode } from "../../core/exit.ts";
import { type Report, report } from "../../core/report.ts";
import type { PairFacts } from "../../core/verdict/facts.ts";
import { activeHost, clusterView, nodeOf } from "../../core/verdict/view.ts";
import type { Io } from "../cli/io.ts";
import type { Config } from "../config/schema.ts";
import { type GatherOptions, gatherPair } from "../facts/pair/gather.ts";
import { profileOf } from "../facts/pair/profile.ts";
import { type PairMember, reachableHosts } from "../hosts/pair.ts";
import { applyHeld } from "../ledger/apply.ts";
import { whoAmI } from "../ledger/hold.ts";
import { endStandby, startStandby } from "../recover/changes.ts";
import { printReports } from "../render/reports.ts";
import { pairHosts } from "../show/command.ts";
import { endMaintenance, startMaintenance } from "./maintenance.ts";

/** What somebody wants of a host, or of the whole cluster, for a while. */
export type Duty =
  | { readonly kind: "standby" | "unstandby"; readonly host: string }
  | { readonly kind: "maintenance"; readonly on: false }
  | {
      readonly kind: "maintenance";
      readonly on: true;
      /** undefined: until somebody ends it. */
      readonly forSeconds?: number | undefined;
      readonly reason?: string | undefined;
    };

export interface DutyOptions extends GatherOptions {
  readonly config: Config;
  readonly members: readonly PairMember[];
  readonly io: Io;
  readonly json: boolean;
  readonly duty: Duty;
}

/**
 * Takes a host out of service or back, or takes the cluster's hands off everything and back.
 * @returns 0 done, or it was so already · 1 failed · 2 no such host · 3 not known · 4 refused
 */
export async function runDuty({
  config,
  members,
  io,
  json,
  duty,
  ...options
}: DutyOptions): Promise<ExitCode> {
  const names = config.hosts.map(({ name }) => name);
  if ("host" in duty && !names.includes(duty.host)) {
    printReports(io, [report("usage.no-such-host", { name: duty.host, hosts: names })], json);
    return Exit.usage;
  }
  const facts = await gatherPair(pairHosts(members), profileOf(config), options);
  const decided = decide(duty, facts);
  if ("exit" in decided) {
    printReports(io, [decided.said], json);
    return decided.exit;
  }
  const command = duty.kind === "maintenance" ? `maintenance ${duty.on ? "on" : "off"}` : duty.kind;
  const result = await applyHeld(command, reachableHosts(members), [decided.change], { io, json });
  const failed = result.failed.map(({ change, why }) => `${change.title}: ${why}`).join("; ");
  if (result.outcome !== "done") {
    printReports(io, [report("duty.failed", { why: failed })], json);
    return result.outcome === "unknown" ? Exit.unknown : Exit.failed;
  }
  printReports(io, [decided.said], json);
  return Exit.done;
}

type Decision =
  | { readonly exit: ExitCode; readonly said: Report }
  | { readonly change: Change; readonly said: Report };

/** ISO 8601 in UTC, as Pacemaker compares it. @param epochSeconds since 1970 */
const timeText = (epochSeconds: number): string =>
  new Date(epochSeconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");

/** Pure. */
function decide(duty: Duty, facts: PairFacts): Decision {
  const view = clusterView(facts);
  if (!view.known) return { exit: Exit.unknown, said: report("duty.unknown", { why: view.why }) };
  const { status } = view.value;
  if (duty.kind === "maintenance") {
    const asksMore = duty.on && (duty.forSeconds !== undefined || duty.reason !== undefined);
    const until =
      duty.on && duty.forSeconds !== undefined ? timeText(facts.takenAt + duty.forSeconds) : undefined;
    const said = report("duty.maintenance", { on: duty.on, ...(until === undefined ? {} : { until }) });
    if (status.options.maintenance === duty.on && !asksMore) return { exit: Exit.done, said };
    if (!duty.on) return { change: endMaintenance(), said };
    return {
      change: startMaintenance({ by: whoAmI(), since: timeText(facts.takenAt), until, reason: duty.reason }),
      said,
    };
  }
  const { host, kind } = duty;
  const said = report("duty.standby", { host, on: kind === "standby" });
  if (nodeOf(status, host)?.standby === (kind === "standby")) return { exit: Exit.done, said };
  if (kind === "unstandby") return { change: endStandby(host), said };
  // Moving is a command of its own, with its checks and its measured outage.
  const active = activeHost(facts);
  if (active === undefined) return { exit: Exit.refused, said: report("duty.active-unknown", { host }) };
  const other = facts.profile.hosts.find(({ name }) => name !== host)?.name ?? "";
  if (active === host) return { exit: Exit.refused, said: report("duty.active", { host, other }) };
  return { change: startStandby(host), said };
}
