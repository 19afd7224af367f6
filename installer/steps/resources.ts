import type { ApplyContext, Change } from "../../core/change.ts";
import { type Argv, CommandError, type Host, run } from "../../core/host.ts";
import { mergeNode } from "../cib/merge.ts";
import { type CibContext, wantedConfiguration } from "../cib/wanted.ts";
import { child, element, parseXml, serializeXml, type XmlNode } from "../cib/xml.ts";
import type { Config } from "../config/schema.ts";
import { clusterHas } from "../facts/host.ts";
import { DRBD, IDS } from "../names.ts";
import { unifiedDiff } from "../plan/diff.ts";
import type { InstallFacts, Step } from "../plan/plan.ts";
import { groupRunsOn, hopelessStart } from "./cluster-state.ts";
import { firstHost, waitFor } from "./tools.ts";

/** Resources, fencing and constraints as one difference to the CIB, pushed once. */
export const pushResources: Step = {
  id: "resources",
  title: "Resources and fencing",
  after: ["cluster", "filesystem", "program", "images", "settings"],
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
    return merged === existing && running ? [] : [startServices()];
  },
};

const STATUS: Argv = ["crm_mon", "-1", "--output-as=xml", "--inactive"];

const EMPTY = element("configuration", {}, [
  element("crm_config", {}),
  element("nodes", {}),
  element("resources", {}),
  element("constraints", {}),
]);

function planResources(config: Config, facts: InstallFacts): Change[] {
  const { existing, merged, wanted } = compare(config, facts);
  return merged === existing ? [] : [pushCib(facts, existing, merged, wanted)];
}

/** The configuration as it is, as it is wanted, and as it will be; the first and the last are one when nothing changes. */
function compare(config: Config, facts: InstallFacts) {
  const wanted = wantedConfiguration(config, cibContext(config, facts));
  const existing = configurationOf(facts.hosts[0].cib ?? facts.hosts[1].cib);
  return { wanted, existing, merged: mergeNode(existing, wanted) };
}

function pushCib(facts: InstallFacts, existing: XmlNode, merged: XmlNode, wanted: XmlNode): Change {
  return {
    id: "resources/cluster/cib",
    step: "resources",
    host: "cluster",
    title: "define the cluster's resources in one step",
    risk: facts.hosts.some((host) => host.mounted) ? "restarts" : "safe",
    preview: unifiedDiff("cib/configuration", serializeXml(existing), serializeXml(merged)),
    async apply(context) {
      if (!existing.children.some(hasDrbd)) await chooseFirstPlace(context);
      await push(firstHost(context), wanted);
    },
    async verify(context) {
      const now = configurationOf(await run(firstHost(context), ["cibadmin", "--query"]));
      return mergeNode(now, wanted) === now ? undefined : "the CIB is not as wanted";
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

function startServices(): Change {
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
      if (hopelessStart(await run(host, STATUS)) !== undefined) {
        await run(host, ["crm_resource", "--cleanup"], { timeoutMs: 60_000 });
      }
      await waitFor("all services started", 180_000, async () => {
        const shown = await host.exec(STATUS);
        if (shown.code !== 0) return undefined;
        const hopeless = hopelessStart(shown.stdout);
        if (hopeless !== undefined) throw new Error(hopeless);
        return groupRunsOn(shown.stdout, IDS.group);
      });
    },
    async verify(context) {
      const shown = await run(firstHost(context), STATUS);
      return groupRunsOn(shown, IDS.group) === undefined ? "not every service runs" : undefined;
    },
  };
}

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

function configurationOf(cib: string | undefined): XmlNode {
  if (cib === undefined) return EMPTY;
  const configuration = child(parseXml(cib), "configuration");
  if (configuration === undefined) throw new Error("the CIB has no configuration");
  return configuration;
}

/**
 * Merges into the CIB as it is at this moment and sends only the difference; Pacemaker refuses the patch when
 * somebody changed the CIB in between, and then it is worked out again.
 */
async function push(host: Host, wanted: XmlNode): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const text = await run(host, ["cibadmin", "--query"]);
    const cib = parseXml(text);
    const merged = mergeNode(configurationOf(text), wanted);
    const changed = {
      ...cib,
      // A patch carries the version it starts from and the one it leads to; cibadmin applies no other.
      attributes: { ...cib.attributes, epoch: String(Number(cib.attributes["epoch"]) + 1), num_updates: "0" },
      children: cib.children.map((node) => (node.name === "configuration" ? merged : node)),
    };
    const patch = await difference(host, serializeXml(cib), serializeXml(changed));
    if (patch === "") return;
    const pushed = await host.exec(["cibadmin", "--patch", "--xml-pipe"], { stdin: patch });
    if (pushed.code === 0) return;
    if (attempt === 20) throw new CommandError(host.name, ["cibadmin", "--patch"], pushed);
  }
}

/** crm_diff(8): 0 no difference, 1 difference on standard output, anything else an error. */
async function difference(host: Host, before: string, after: string): Promise<string> {
  const folder = (await run(host, ["mktemp", "-d", "/run/skyha-cib.XXXXXX"])).trim();
  try {
    await host.write(`${folder}/before.xml`, before, { mode: 0o600 });
    await host.write(`${folder}/after.xml`, after, { mode: 0o600 });
    const result = await host.exec([
      "crm_diff",
      "--original",
      `${folder}/before.xml`,
      "--new",
      `${folder}/after.xml`,
    ]);
    if (result.code === 0) return "";
    if (result.code !== 1) throw new CommandError(host.name, ["crm_diff"], result);
    return result.stdout;
  } finally {
    await host.exec(["rm", "-rf", folder]);
  }
}
