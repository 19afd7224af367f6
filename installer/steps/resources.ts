import type { ApplyContext, Change } from "../../core/change.ts";
import { parseCrmMon } from "../../core/cluster/crm-mon.ts";
import { type Argv, type Host, run } from "../../core/host.ts";
import { configurationOf, editCib } from "../cib/edit.ts";
import { mergeNode } from "../cib/merge.ts";
import { type CibContext, groupStartSeconds, wantedConfiguration } from "../cib/wanted.ts";
import { setAside, unwantedServices, withdraw } from "../cib/withdraw.ts";
import { element, parseXml, serializeXml, type XmlNode } from "../cib/xml.ts";
import type { Config } from "../config/schema.ts";
import { clusterHas } from "../facts/host.ts";
import { DRBD, IDS, PATHS } from "../names.ts";
import { unifiedDiff } from "../plan/diff.ts";
import type { InstallFacts, Step } from "../plan/plan.ts";
import { groupRunsOn, hopelessStart } from "./cluster-state.ts";
import { fileChange, fileOf, firstHost, waitFor } from "./tools.ts";

/** Resources, fencing and constraints as one difference to the CIB, pushed once. */
export const pushResources: Step = {
  id: "resources",
  title: "Resources and fencing",
  after: ["join", "cluster", "filesystem", "program", "images", "settings"],
  plan: planResources,
};

/** Waits for what the cluster does with them; a look at the fence devices can go on meanwhile. */
export const waitForServices: Step = {
  id: "services",
  title: "Services",
  after: ["resources"],
  plan(config, facts) {
    const { existing, merged } = compare(config, facts);
    const shown = facts.hosts[0].crmMon ?? facts.hosts[1].crmMon;
    const running = shown !== undefined && groupRunsOn(shown, IDS.group) !== undefined;
    const limit = groupStartSeconds(config, cibContext(config, facts));
    return merged === existing && running ? [] : [startServices(limit)];
  },
};

const STATUS_LIMIT_MS = 60_000;
const STATUS: Argv = ["crm_mon", "-1", "--output-as=xml", "--inactive"];

function planResources(config: Config, facts: InstallFacts): Change[] {
  const { existing, merged, applied, wanted } = compare(config, facts);
  const services = unwantedServices(existing, applied, wanted);
  return [
    ...(services.length === 0 ? [] : [stopUnwanted(services)]),
    ...(merged === existing ? [] : [pushCib(facts, existing, merged, { applied, wanted })]),
    ...planRecord(config, facts),
  ];
}

/** What there is, what install wrote last time, and what it wants now. */
interface Wish {
  /** `configuration` elements; an empty one where nothing was recorded. */
  readonly applied: XmlNode;
  readonly wanted: XmlNode;
}

/** The configuration as it is, and as it will be; one and the same node when nothing changes. */
function compare(config: Config, facts: InstallFacts) {
  const wanted = wantedConfiguration(config, cibContext(config, facts));
  const existing = configurationOf(facts.hosts[0].cib ?? facts.hosts[1].cib);
  const applied = recorded(facts);
  return { wanted, existing, applied, merged: asWished(existing, { applied, wanted }) };
}

/** What cannot be read, after a power cut, is taken for nothing: then nothing goes. */
function recorded(facts: InstallFacts): XmlNode {
  for (const host of facts.hosts) {
    try {
      return parseXml(fileOf(host, PATHS.applied) ?? "");
    } catch {}
  }
  return NOTHING;
}

const NOTHING = element("configuration", {});

function asWished(existing: XmlNode, { applied, wanted }: Wish): XmlNode {
  return mergeNode(withdraw(existing, applied, wanted), wanted);
}

/** Written when the cluster has it; until then what was recorded before is what may go. */
function planRecord(config: Config, facts: InstallFacts): Change[] {
  // A database is new only once, so that it was new is nothing to come back to.
  const context = { ...cibContext(config, facts), has: () => true };
  const after = serializeXml(wantedConfiguration(config, context));
  const path = PATHS.applied;
  const changes = facts.hosts.flatMap((host) => {
    const before = fileOf(host, path);
    return fileChange({ step: "resources", host: host.name, path, before, after, mode: 0o600 });
  });
  return changes.map((change) => ({
    ...change,
    title: "remember what was defined",
    preview: [`${path}: what may go when skyha.yaml does not ask for it any more`],
  }));
}

function stopUnwanted(services: readonly string[]): Change {
  const names = services.join(", ");
  return {
    id: "resources/cluster/stop-unwanted",
    step: "resources",
    host: "cluster",
    title: `stop ${names}, which the configuration does not name any more; the data stays`,
    risk: "interrupts",
    preview: services.map(
      (id) => `resource ${id}: out of ${IDS.group}, target-role Stopped; its directory stays`,
    ),
    async apply(context) {
      const host = firstHost(context);
      await editCib(host, (configuration) => setAside(configuration, services));
      await waitFor(`${names} stopped`, 300_000, async () =>
        (await runningOf(host, services)).length === 0 ? true : undefined,
      );
    },
    async verify(context) {
      const running = await runningOf(firstHost(context), services);
      return running.length === 0 ? undefined : `${running.join(", ")} did not stop`;
    },
  };
}

/** Those of these resources that are active anywhere. */
async function runningOf(host: Host, ids: readonly string[]): Promise<string[]> {
  const status = parseCrmMon(await statusOf(host));
  if (!status.known) throw new Error(`${host.name} does not say what runs: ${status.why}`);
  return status.value.resources.filter(({ id, active }) => active && ids.includes(id)).map(({ id }) => id);
}

function pushCib(facts: InstallFacts, existing: XmlNode, merged: XmlNode, wish: Wish): Change {
  return {
    id: "resources/cluster/cib",
    step: "resources",
    host: "cluster",
    title: "define the cluster's resources in one step",
    risk: facts.hosts.some((host) => host.mounted) ? "restarts" : "safe",
    preview: unifiedDiff("cib/configuration", serializeXml(existing), serializeXml(merged)),
    async apply(context) {
      if (!existing.children.some(hasDrbd)) await chooseFirstPlace(context);
      await editCib(firstHost(context), (configuration) => asWished(configuration, wish));
    },
    async verify(context) {
      const now = configurationOf(await run(firstHost(context), ["cibadmin", "--query"]));
      return asWished(now, wish) === now ? undefined : "the CIB is not as wanted";
    },
  };
}

function hasDrbd(section: XmlNode): boolean {
  return section.children.some((node) => node.attributes["id"] === IDS.drbdClone);
}

/**
 * Pacemaker leaves the services where it finds DRBD promoted. The first host is where people expect them; when
 * skyha runs on one of the two it has to be that one, because the fencing test switches the other one off.
 */
async function chooseFirstPlace(context: ApplyContext): Promise<void> {
  const host = context.hosts.find((each) => each.address === "local") ?? firstHost(context);
  await run(host, ["drbdadm", "primary", DRBD.resource]);
}

/** @param limitSeconds what the cluster allows; a start that fails for good ends the wait at once */
function startServices(limitSeconds: number): Change {
  return {
    id: "services/cluster/start",
    step: "services",
    host: "cluster",
    title: "start the services",
    risk: "safe",
    preview: [`wait until ${IDS.group} runs`],
    async apply(context) {
      const host = firstHost(context);
      // A failure of an earlier attempt would keep its resource stopped although the cause is gone.
      if (hopelessStart(await statusOf(host)) !== undefined) {
        await run(host, ["crm_resource", "--cleanup"], { timeoutMs: 60_000 });
      }
      await waitFor("all services started", limitSeconds * 1000, async () => {
        const shown = await run(host, STATUS);
        const hopeless = hopelessStart(shown);
        if (hopeless !== undefined) throw new Error(hopeless);
        return groupRunsOn(shown, IDS.group);
      });
    },
    async verify(context) {
      const shown = await statusOf(firstHost(context));
      return groupRunsOn(shown, IDS.group) === undefined ? "not every service runs" : undefined;
    },
  };
}

/** What crm_mon says; a cluster that is about to elect its controller may not answer at once. */
const statusOf = (host: Host): Promise<string> =>
  waitFor("the cluster's answer", STATUS_LIMIT_MS, () => run(host, STATUS));

export function cibContext(config: Config, facts: InstallFacts): CibContext {
  const own = facts.hosts[0].addresses.find((address) => address.address === config.hosts[0].address);
  const vipPrefix = config.vip.prefix ?? own?.prefix ?? 24;
  return {
    vipPrefix,
    // Debian 12 and later and EL9 have Pacemaker 2.1, which speaks the new names.
    roleNames: { Promoted: "Promoted", Unpromoted: "Unpromoted" },
    nfsClients: config.nfs.clients ?? networkOf(config.vip.address, vipPrefix),
    has: (id) => clusterHas(facts.hosts, id),
  };
}

/** 192.0.2.20/24 → 192.0.2.0/24 */
export function networkOf(address: string, prefix: number): string {
  const bits = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - prefix);
  const base = Math.floor(bits / size) * size;
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);
  return `${parts.join(".")}/${prefix}`;
}
