import { randomBytes } from "node:crypto";
import type { Change } from "../../core/change.ts";
import { type Host, run } from "../../core/host.ts";
import { attributes } from "../cib/build.ts";
import { DC_DEADTIME, PROPERTY_SET } from "../cib/wanted.ts";
import { element, serializeXml } from "../cib/xml.ts";
import type { Config } from "../config/schema.ts";
import { clusterHas, type HostFacts } from "../facts/host.ts";
import { keepOriginal } from "../ledger/originals.ts";
import { IDS, PATHS } from "../names.ts";
import type { InstallFacts, Step } from "../plan/plan.ts";
import { onlineNodes } from "./cluster-state.ts";
import { fileChange, fileOf, firstHost, onAllHosts, waitFor } from "./tools.ts";

/** Both hosts as one cluster: corosync over every link, Pacemaker, started at boot. */
export const buildCluster: Step = {
  id: "cluster",
  title: "Cluster",
  after: ["packages", "names", "settings", "handover"],
  plan: planCluster,
};

function planCluster(config: Config, facts: InstallFacts): Change[] {
  const after = corosyncConf(config);
  return [
    ...planKey(facts),
    ...facts.hosts.flatMap((host) => planConf(host, after)),
    ...planReload(config, facts),
    ...(isJoining(facts) ? [] : planStart(config, facts)),
  ];
}

/**
 * A host that comes to a cluster that runs already starts when all is there that the cluster will start on it: what fails
 * once is not tried again there.
 */
export const joinCluster: Step = {
  id: "join",
  title: "Joining the cluster",
  after: ["cluster", "program", "images", "keys", "drbd"],
  plan: (config, facts) =>
    isJoining(facts) ? planStart(config, facts).map((change) => ({ ...change, step: "join" })) : [],
};

function isJoining({ hosts }: InstallFacts): boolean {
  return clusterHas(hosts, IDS.drbdClone) && hosts.some(({ cmap }) => cmap === undefined);
}

const TOKEN_MS = 3000;
const CONSENSUS_MS = 600;

/**
 * corosync.conf(5). `consensus` below `token` is what that page recommends for two nodes: a dead peer is given
 * up after token + consensus. wait_for_all (implied by two_node) keeps a host that boots alone from fencing the
 * other one in a loop.
 */
export function corosyncConf(config: Config): string {
  const node = (host: Config["hosts"][number], id: number) => {
    const links = [host.address, ...host.links].map(
      (address, link) => `        ring${link}_addr: ${address}\n`,
    );
    return `    node {\n${links.join("")}        name: ${host.name}\n        nodeid: ${id}\n    }\n`;
  };
  return `# written by skyha install
totem {
    version: 2
    cluster_name: ${config.cluster}
    transport: knet
    crypto_cipher: aes256
    crypto_hash: sha256
    token: ${TOKEN_MS}
    consensus: ${CONSENSUS_MS}
}

nodelist {
${node(config.hosts[0], 1)}
${node(config.hosts[1], 2)}}

quorum {
    provider: corosync_votequorum
    two_node: 1
}

logging {
    to_logfile: yes
    logfile: /var/log/corosync/corosync.log
    to_syslog: yes
    timestamp: on
}
`;
}

function planKey(facts: InstallFacts): Change[] {
  const held = facts.hosts.map((host) => fileOf(host, PATHS.corosyncKey));
  if (held[0] !== undefined && held[0] === held[1]) return [];
  // A host that joins one that goes on gets the key that is in use; nobody else's key is taken for it.
  const inUse = facts.hosts.filter((host) => host.cmap !== undefined);
  const lacking = facts.hosts.filter((host) => fileOf(host, PATHS.corosyncKey) === undefined);
  const [runs] = inUse;
  const [lacks] = lacking;
  const known = runs === undefined ? undefined : fileOf(runs, PATHS.corosyncKey);
  if (inUse.length === 1 && lacking.length === 1 && known !== undefined && lacks !== undefined)
    return [shareKey(lacks.name, known)];
  const write = async (host: Host, key: string) => {
    await keepOriginal(host, PATHS.corosyncKey);
    await host.write(PATHS.corosyncKey, key, { mode: 0o400 });
  };
  return [
    {
      id: "cluster/cluster/authkey",
      step: "cluster",
      host: "cluster",
      title: "generate the key of the cluster links",
      risk: held.some((key) => key !== undefined) ? "interrupts" : "safe",
      preview: [`${PATHS.corosyncKey}: secret, mode 0400, on both hosts`],
      async apply(context) {
        // corosync_overview(8): 128 to 4096 bytes; text of 192 random bytes is 256.
        const key = randomBytes(192).toString("base64");
        await Promise.all(context.hosts.map((host) => write(host, key)));
      },
      async verify(context) {
        const sums = await Promise.all(
          context.hosts.map((host) => run(host, ["sha256sum", PATHS.corosyncKey])),
        );
        return new Set(sums).size === 1 ? undefined : `${PATHS.corosyncKey} differs between the hosts`;
      },
    },
  ];
}

function shareKey(name: string, key: string): Change {
  return {
    id: `cluster/${name}/authkey`,
    step: "cluster",
    host: name,
    title: "take over the key of the cluster links that is in use",
    risk: "safe",
    preview: [`${PATHS.corosyncKey}: secret, mode 0400`],
    async apply(context) {
      const host = context.host(name);
      await keepOriginal(host, PATHS.corosyncKey);
      await host.write(PATHS.corosyncKey, key, { mode: 0o400 });
    },
    async verify(context) {
      const now = await context.host(name).read(PATHS.corosyncKey);
      return now === key ? undefined : `${PATHS.corosyncKey} is not the one in use`;
    },
  };
}

/** Debian ships a corosync.conf of its own, a cluster called "debian" on 127.0.0.1; it means nothing. */
function planConf(host: HostFacts, after: string): Change[] {
  const before = fileOf(host, PATHS.corosyncConf);
  return fileChange({
    step: "cluster",
    host: host.name,
    path: PATHS.corosyncConf,
    before,
    after,
  });
}

/** What of corosync.conf can change in the life of a pair, by its names in cmap_keys(7). */
function wantedSettings(config: Config): Map<string, string> {
  const nodes = config.hosts.flatMap((host, index) => [
    ...[host.address, ...host.links].map((address, link): [string, string] => [
      `nodelist.node.${index}.ring${link}_addr`,
      address,
    ]),
    [`nodelist.node.${index}.name`, host.name] satisfies [string, string],
  ]);
  return new Map([
    ["totem.cluster_name", config.cluster],
    ["totem.token", `${TOKEN_MS}`],
    ["totem.consensus", `${CONSENSUS_MS}`],
    ...nodes,
  ]);
}

/**
 * In what a running corosync differs from the configuration: `KEY: OLD -> NEW`.
 * @param cmap output of corosync-cmapctl(8), lines `KEY (TYPE) = VALUE`
 */
export function staleSettings(cmap: string, config: Config): string[] {
  const wanted = wantedSettings(config);
  const running = new Map(
    [...cmap.matchAll(/^(\S+) \(\w+\) = (.*)$/gm)].flatMap(([, key = "", value = ""]): [string, string][] =>
      wanted.has(key) || /^nodelist\.node\.\d+\.ring\d+_addr$/.test(key) ? [[key, value.trim()]] : [],
    ),
  );
  return [...new Set([...wanted.keys(), ...running.keys()])]
    .filter((key) => wanted.get(key) !== running.get(key))
    .map((key) => `${key}: ${running.get(key) ?? "none"} -> ${wanted.get(key) ?? "none"}`);
}

/** A running corosync reads the file again, on both hosts at once. */
function planReload(config: Config, facts: InstallFacts): Change[] {
  const stale = facts.hosts.map(({ cmap }) => (cmap === undefined ? [] : staleSettings(cmap, config)));
  // What does not run yet reads the file when it starts.
  if (stale.every((list) => list.length === 0) || facts.hosts.some(({ cmap }) => cmap === undefined))
    return [];
  const names = config.hosts.map((host) => host.name);
  const left = async (host: Host) => staleSettings(await run(host, ["corosync-cmapctl"]), config);
  return [
    {
      id: "cluster/cluster/reload",
      step: "cluster",
      host: "cluster",
      title: "have corosync read its changed configuration",
      risk: "interrupts",
      preview: ["corosync-cfgtool -R", ...new Set(stale.flat())],
      async apply(context) {
        await run(firstHost(context), ["corosync-cfgtool", "-R"], { timeoutMs: 60_000 });
        await waitFor("both nodes with the new settings", 60_000, async () => {
          const wrong = await Promise.all(context.hosts.map(left));
          const seen = onlineNodes(await run(firstHost(context), ["crm_mon", "-1", "--output-as=xml"]));
          return (
            (wrong.every((list) => list.length === 0) && names.every((name) => seen.includes(name))) ||
            undefined
          );
        });
      },
      async verify(context) {
        const wrong = (await Promise.all(context.hosts.map(left))).flat();
        return wrong.length === 0 ? undefined : `corosync goes on with its old settings: ${wrong.join(", ")}`;
      },
    },
  ];
}

const UNITS = ["corosync.service", "pacemaker.service"] as const;

/**
 * The first configuration of a host that has none. Without it two hosts that start for the first time wait 20 s
 * (dc-deadtime) for a controller that neither of them is.
 */
async function seedConfiguration(host: Host): Promise<void> {
  const path = `${PATHS.cibDirectory}/cib.xml`;
  if ((await host.read(path)) !== undefined) return;
  const empty = await run(host, ["cibadmin", "--empty"]);
  const properties = serializeXml(
    element("crm_config", {}, [
      attributes("cluster_property_set", PROPERTY_SET, { "dc-deadtime": DC_DEADTIME }),
    ]),
  );
  const seeded = empty.replace(/<crm_config\s*\/>/, properties);
  if (seeded === empty) return;
  await host.write(path, seeded, { mode: 0o600 });
  await run(host, ["chown", "hacluster:haclient", path]);
}

function planStart(config: Config, facts: InstallFacts): Change[] {
  const names = config.hosts.map((host) => host.name);
  const online = facts.hosts.map((host) => (host.crmMon === undefined ? [] : onlineNodes(host.crmMon)));
  const formed = online.every((list) => names.every((name) => list.includes(name)));
  const enabled = facts.hosts.every((host) =>
    UNITS.every((unit) => host.units.get(unit)?.file === "enabled"),
  );
  if (formed && enabled) return [];
  return [
    {
      id: "cluster/cluster/start",
      step: "cluster",
      host: "cluster",
      title: formed ? "start the cluster at boot" : "start corosync and Pacemaker, now and at boot",
      risk: "safe",
      preview: [`systemctl enable --now ${UNITS.join(" ")}   on both hosts`],
      async apply(context) {
        if (!formed) await Promise.all(context.hosts.map(seedConfiguration));
        await onAllHosts(context, ["systemctl", "enable", "--now", ...UNITS]);
        context.progress("waiting for both nodes");
        await waitFor("both nodes online", 120_000, async () => {
          const seen = await Promise.all(
            context.hosts.map((host) => host.exec(["crm_mon", "-1", "--output-as=xml"])),
          );
          const all = seen.every(
            (result) => result.code === 0 && names.every((name) => onlineNodes(result.stdout).includes(name)),
          );
          return all || undefined;
        });
      },
      async verify(context) {
        for (const host of context.hosts) {
          const shown = await run(host, ["crm_mon", "-1", "--output-as=xml"]);
          const missing = names.filter((name) => !onlineNodes(shown).includes(name));
          if (missing.length > 0) return `${host.name} does not see ${missing.join(" and ")}`;
        }
        return undefined;
      },
    },
  ];
}
