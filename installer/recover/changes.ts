import type { ApplyContext, Change, Risk } from "../../core/change.ts";
import { parseCrmMon } from "../../core/cluster/crm-mon.ts";
import type { ClusterStatus } from "../../core/cluster/model.ts";
import { type Argv, type Host, run } from "../../core/host.ts";
import type { PairFacts } from "../../core/verdict/facts.ts";
import { clusterView, isMember, nodeOf } from "../../core/verdict/view.ts";
import { readDrbd } from "../drbd/state.ts";
import { waitFor } from "../steps/tools.ts";
import type { Stage } from "./remedies.ts";

/** The single things recover does, each with the look that proves it. */

interface Deed {
  readonly stage: Stage;
  readonly what: string;
  /** Node name; undefined: any host that takes part in the cluster. */
  readonly host?: string;
  readonly title: string;
  readonly risk?: Risk;
  readonly commands: readonly Argv[];
  /** What is still wrong afterwards. */
  readonly verify: (host: Host, context: ApplyContext) => Promise<string | undefined>;
}

function deed({ stage, what, host, title, risk = "safe", commands, verify }: Deed): Change {
  const place = host ?? "cluster";
  return {
    id: `${stage}/${place}/${what}`,
    step: stage,
    host: place,
    title,
    risk,
    preview: commands.map((argv) => argv.join(" ")),
    async apply(context) {
      const target = host === undefined ? await clusterHost(context) : context.host(host);
      for (const argv of commands) await run(target, argv, { timeoutMs: 120_000 });
    },
    verify: async (context) =>
      verify(host === undefined ? await clusterHost(context) : context.host(host), context),
  };
}

export function startUnit(host: string, unit: string): Change {
  return deed({
    stage: "units",
    what: unit,
    host,
    title: `start ${unit}`,
    commands: [["systemctl", "start", unit]],
    verify: async (on) => {
      const asked = await on.exec(["systemctl", "is-active", unit]);
      return asked.code === 0 ? undefined : `${unit} is ${asked.stdout.trim() || "not active"}`;
    },
  });
}

/** Both at once when both are down: neither may start services before it has seen the other (wait_for_all). */
export function startCluster(names: readonly string[]): Change {
  const argv: Argv = ["systemctl", "start", "corosync.service", "pacemaker.service"];
  return {
    id: `cluster/${names.join("+")}/start`,
    step: "cluster",
    host: "cluster",
    title: `start Corosync and Pacemaker on ${names.join(" and ")}`,
    risk: "safe",
    preview: names.map((name) => `${argv.join(" ")}   on ${name}`),
    async apply(context) {
      await Promise.all(names.map((name) => run(context.host(name), argv, { timeoutMs: 120_000 })));
      context.progress("waiting until they take part in the cluster");
      await waitFor(`${names.join(" and ")} in the cluster`, 120_000, async () => {
        const status = await statusOf(context.host(names[0] ?? ""));
        return names.every((name) => status && isMember(nodeOf(status, name))) || undefined;
      });
    },
    async verify(context) {
      const status = await statusOf(context.host(names[0] ?? ""));
      const missing = names.filter((name) => !status || !isMember(nodeOf(status, name)));
      return missing.length === 0 ? undefined : `${missing.join(" and ")} not in the cluster`;
    },
  };
}

export function powerOn(host: string): Change {
  return deed({
    stage: "power",
    what: `on-${host}`,
    title: `power ${host} on through its fence device`,
    commands: [["stonith_admin", "--on", host, "--timeout", "60"]],
    // It boots from here on: the look at the pair afterwards says how far it got.
    verify: async () => undefined,
  });
}

/** DRBD compares both copies when it connects, and refuses by itself when both have changed. */
export function connectCopies(names: readonly string[], resource: string): Change {
  const argv: Argv = ["drbdadm", "connect", resource];
  return {
    id: `data/${names.join("+")}/connect`,
    step: "data",
    host: "cluster",
    title: `let DRBD on ${names.join(" and ")} look for the other copy again`,
    risk: "safe",
    preview: names.map((name) => `${argv.join(" ")}   on ${name}`),
    async apply(context) {
      for (const name of names) await run(context.host(name), argv, { timeoutMs: 60_000 });
      await context.hosts[0]?.exec(["sleep", "3"]);
    },
    async verify(context) {
      const states = await Promise.all(
        context.hosts.map(async (host) => ({ name: host.name, ...(await readDrbd(host)) })),
      );
      const refused = states.filter(({ connection }) => connection === "StandAlone");
      if (refused.length > 0) {
        return `DRBD refuses to connect on ${refused.map(({ name }) => name).join(" and ")}: both copies have changed (split brain)`;
      }
      return undefined;
    },
  };
}

export function pickUpDisk(host: string, resource: string): Change {
  return deed({
    stage: "data",
    what: "attach",
    host,
    title: "attach its copy to DRBD again",
    commands: [["drbdadm", "attach", resource]],
    verify: async (on) => {
      const { disk } = await readDrbd(on);
      return disk === "Diskless" || disk === "Failed" ? `its disk is ${disk}` : undefined;
    },
  });
}

export function resumeSync(host: string, resource: string): Change {
  return deed({
    stage: "data",
    what: "resume-sync",
    host,
    title: "let the resync go on",
    commands: [["drbdadm", "resume-sync", resource]],
    verify: async (on) =>
      /^PausedSync/.test((await readDrbd(on)).connection) ? "the resync is still paused" : undefined,
  });
}

export function cleanup(): Change {
  return deed({
    stage: "failures",
    what: "cleanup",
    title: "let the cluster forget past failures and try again",
    // What failed is started again; what runs is not touched.
    risk: "restarts",
    commands: [["crm_resource", "--cleanup"]],
    verify: async (on) => ((await statusOf(on)) ? undefined : "the cluster does not answer"),
  });
}

export function reprobe(resource: string): Change {
  return deed({
    stage: "failures",
    what: `refresh-${resource}`,
    title: `let the cluster look at ${resource} again`,
    risk: "restarts",
    commands: [["crm_resource", "--refresh", "--resource", resource]],
    verify: async (on) => ((await statusOf(on)) ? undefined : "the cluster does not answer"),
  });
}

export const startStandby = (host: string): Change => standby(host, true);
export const endStandby = (host: string): Change => standby(host, false);

function standby(host: string, on: boolean): Change {
  return deed({
    stage: "duties",
    what: `${on ? "" : "un"}standby-${host}`,
    title: on
      ? `keep ${host} from running services (standby)`
      : `let ${host} run services again (end standby)`,
    commands: [["crm_attribute", "--node", host, "--name", "standby", "--update", on ? "on" : "off"]],
    verify: async (any) => {
      const status = await statusOf(any);
      const now = status && nodeOf(status, host)?.standby;
      return now === on ? undefined : `${host} is ${on ? "not" : "still"} in standby`;
    },
  });
}

export function endHostMaintenance(host: string): Change {
  return deed({
    stage: "duties",
    what: `end-maintenance-${host}`,
    title: `end the maintenance of ${host}`,
    commands: [["crm_attribute", "--node", host, "--name", "maintenance", "--update", "off"]],
    verify: async (on) => {
      const status = await statusOf(on);
      const over = status && nodeOf(status, host)?.maintenance === false;
      return over ? undefined : "it is still in maintenance";
    },
  });
}

export function endStopAll(): Change {
  return deed({
    stage: "duties",
    what: "end-stop-all",
    title: "let the cluster start services again (stop-all-resources off)",
    commands: [
      ["crm_attribute", "--type", "crm_config", "--name", "stop-all-resources", "--update", "false"],
    ],
    verify: async (on) =>
      (await statusOf(on))?.options.stopAll === false ? undefined : "stop-all-resources is still on",
  });
}

/** Resources that somebody disabled or took out of the cluster's care, by the meta attribute that does it. */
export function enableResources(facts: PairFacts, meta: "target-role" | "is-managed"): Change {
  const view = clusterView(facts);
  const resources = view.known ? view.value.status.resources : [];
  const ids = resources.filter((resource) =>
    meta === "target-role" ? resource.targetRole?.toLowerCase() === "stopped" : !resource.managed,
  );
  const names = [...new Set(ids.map(({ id }) => id))];
  const resting = view.known && view.value.cib.known ? view.value.cib.value.resting : [];
  const attributeOf = (id: string) => (meta === "is-managed" && resting.includes(id) ? "maintenance" : meta);
  return deed({
    stage: "duties",
    what: `${meta}-${names.join("+")}`,
    title: `${meta === "target-role" ? "enable" : "let the cluster look after"} ${names.join(", ")} again`,
    commands: names.map((id) => [
      "crm_resource",
      "--resource",
      id,
      "--meta",
      "--delete-parameter",
      attributeOf(id),
    ]),
    verify: async (on) => {
      const status = await statusOf(on);
      const still = status?.resources.filter(
        ({ id, targetRole, managed }) =>
          names.includes(id) && (meta === "target-role" ? targetRole?.toLowerCase() === "stopped" : !managed),
      );
      return still?.length === 0 ? undefined : `${names.join(", ")}: unchanged`;
    },
  });
}

/** undefined: it does not answer. */
export async function statusOf(host: Host): Promise<ClusterStatus | undefined> {
  const shown = await host.exec(["crm_mon", "-1", "--output-as=xml"], { timeoutMs: 20_000 });
  const status = parseCrmMon(shown.stdout);
  return status.known ? status.value : undefined;
}

export async function clusterHost(context: ApplyContext): Promise<Host> {
  for (const host of context.hosts) {
    const status = await statusOf(host).catch(() => undefined);
    if (status?.dc !== undefined) return host;
  }
  throw new Error("no host takes part in a cluster that could do this");
}
