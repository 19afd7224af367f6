import type { Change } from "../core/change.ts";
import { Exit, type ExitCode } from "../core/exit.ts";
import type { Host } from "../core/host.ts";
import type { Redactor } from "../core/redact.ts";
import { type Report, report } from "../core/report.ts";
import type { Config } from "./config/schema.ts";
import { gatherHost } from "./facts/host.ts";
import { gatherLocal } from "./facts/local.ts";
import { type ApplyResult, applyPlan } from "./plan/apply.ts";
import { changesOf, type InstallFacts, makePlan, type Plan } from "./plan/plan.ts";
import { requirePreflight } from "./plan/preflight.ts";
import type { ProgressView } from "./render/progress.ts";
import { STEPS } from "./steps/list.ts";
import { waitFor } from "./steps/tools.ts";
import { viewFromOutside } from "./steps/verify.ts";

export interface PlannedInstall {
  readonly plan: Plan;
  /** Changes that interrupt or destroy what serves now: those that a person has to have wanted. */
  readonly grave: readonly Change[];
  /** What preflight found that is no obstacle. */
  readonly warnings: readonly Report[];
}

/** Connected hosts → facts → preflight → plan. Nothing is changed. @throws SkyhaError exit 2 from preflight */
export async function planInstall(
  config: Config,
  hosts: readonly [Host, Host],
  programPath: string,
  redactor: Redactor,
): Promise<PlannedInstall> {
  const local = await gatherLocal(config, programPath, redactor);
  const facts: InstallFacts = { hosts: await gatherHosts(config, hosts), local };
  const warnings = requirePreflight(config, facts);
  const plan = makePlan(STEPS, config, facts);
  return { plan, grave: graveOf(plan, facts), warnings };
}

/** On a pair that does not serve yet nothing can be interrupted, so that an installation goes on without a question. */
export function graveOf(plan: Plan, { hosts }: Pick<InstallFacts, "hosts">): Change[] {
  const serves = hosts.some(({ mounted }) => mounted);
  return changesOf(plan).filter(({ risk }) => risk === "destroys" || (serves && risk === "interrupts"));
}

/** Both hosts as they are. Reads only. */
export async function gatherHosts(
  config: Config,
  hosts: readonly [Host, Host],
): Promise<InstallFacts["hosts"]> {
  return Promise.all([
    gatherHost(hosts[0], config, config.hosts[0]),
    gatherHost(hosts[1], config, config.hosts[1]),
  ]);
}

export interface InstallOutcome {
  readonly exit: ExitCode;
  readonly reports: readonly Report[];
  readonly result: ApplyResult;
}

/** Applies the plan and looks from here, as a client would, before it says that it is done. */
export async function applyInstall(
  config: Config,
  hosts: readonly [Host, Host],
  plan: Plan,
  view: ProgressView,
): Promise<InstallOutcome> {
  const started = Date.now();
  const result = await applyPlan(plan, hosts, (event) => view.event(event));
  const risk = config.hosts.some((host) => host.fence === undefined)
    ? [report("install.fencing-off", {})]
    : [];
  if (result.outcome !== "done")
    return { exit: exitOf(result), reports: [...failures(result), ...risk], result };
  view.note("looking from outside");
  const missing = await unreachableServices(config);
  if (missing.length > 0) {
    const reports = [report("install.not-serving", { vip: config.vip.address, services: missing }), ...risk];
    return { exit: Exit.failed, reports, result };
  }
  const changes = changesOf(plan).length;
  const seconds = Math.round((Date.now() - started) / 1000);
  const done =
    changes === 0
      ? report("plan.nothing", {})
      : report("install.done", { seconds, changes, vip: config.vip.address });
  return { exit: Exit.done, reports: [done, ...risk], result };
}

async function unreachableServices(config: Config): Promise<string[]> {
  let last: string[] = [];
  await waitFor("services", 15_000, async () => {
    const seen = await viewFromOutside(config);
    last = seen.filter((item) => !item.reachable).map((item) => item.service);
    return last.length === 0 || undefined;
  }).catch(() => undefined);
  return last;
}

function exitOf(result: ApplyResult): ExitCode {
  return result.outcome === "unknown" ? Exit.unknown : Exit.failed;
}

function failures(result: ApplyResult): Report[] {
  const code = result.outcome === "unknown" ? "apply.change-unknown" : "apply.change-failed";
  return [
    ...result.failed.map(({ change, why }) => report(code, { title: change.title, why }, change.host)),
    ...(result.notReached.length > 0
      ? [report("apply.not-reached", { count: result.notReached.length })]
      : []),
  ];
}
