import { basename } from "node:path";
import type { Config, HostConfig } from "../config/schema.ts";
import { fenceFiles } from "../facts/host.ts";
import { DRBD, fenceId, IDS, PATHS } from "../names.ts";
import { servicesOf } from "../services/list.ts";
import { attributes, type PrimitiveSpec, primitive, type RoleNames, type Values } from "./build.ts";
import { element, type XmlNode } from "./xml.ts";

/** What the cluster depends on that the configuration does not say. */
export interface CibContext {
  /** Network prefix length of the VIP. */
  readonly vipPrefix: number;
  readonly roleNames: RoleNames;
  readonly nfsClients: string;
  /** Whether the cluster has a resource of that id already. */
  readonly has: (id: string) => boolean;
}

export const PROPERTY_SET = "cib-bootstrap-options";
export const DC_DEADTIME = "5s";

/** The part of `<configuration>` that install wants to be there; see docs/install.md for the picture. */
export function wantedConfiguration(config: Config, context: CibContext): XmlNode {
  const make = (spec: PrimitiveSpec) => primitive(spec, context.roleNames);
  const fenced = config.hosts.filter((host) => host.fence !== undefined);
  return element("configuration", {}, [
    element("crm_config", {}, [attributes("cluster_property_set", PROPERTY_SET, properties(config))]),
    element("resources", {}, [
      ...fenced.map((host) => make(fenceSpec(host))),
      element("clone", { id: IDS.drbdClone }, [
        attributes("meta_attributes", `${IDS.drbdClone}-meta_attributes`, {
          promotable: "true",
          "promoted-max": 1,
          "promoted-node-max": 1,
          "clone-max": 2,
          "clone-node-max": 1,
          notify: "false",
          interleave: "true",
        }),
        make(drbdSpec()),
      ]),
      element("group", { id: IDS.group }, [
        attributes("meta_attributes", `${IDS.group}-meta_attributes`, { priority: 10 }),
        ...groupSpecs(config, context).map(make),
      ]),
    ]),
    element("constraints", {}, [
      ...fenced.map((host) =>
        element("rsc_location", {
          id: `location-${fenceId(host.name)}`,
          rsc: fenceId(host.name),
          node: host.name,
          score: "-INFINITY",
        }),
      ),
      element("rsc_colocation", {
        id: "colocation-group-with-drbd",
        rsc: IDS.group,
        "with-rsc": IDS.drbdClone,
        "with-rsc-role": context.roleNames.Promoted,
        score: "INFINITY",
      }),
      element("rsc_order", {
        id: "order-drbd-then-group",
        first: IDS.drbdClone,
        "first-action": "promote",
        // biome-ignore lint/suspicious/noThenProperty: the schema's own attribute name
        then: IDS.group,
        "then-action": "start",
        kind: "Mandatory",
      }),
    ]),
    element("rsc_defaults", {}, [
      attributes("meta_attributes", "rsc-defaults-meta_attributes", {
        "resource-stickiness": 1000,
        "migration-threshold": 3,
        "failure-timeout": "10min",
      }),
    ]),
  ]);
}

function properties(config: Config): Values {
  const fenced = config.hosts.every((host) => host.fence !== undefined);
  return {
    "stonith-enabled": fenced ? "true" : "false",
    // Twice the default: a host that starts all its databases can be slow to run the agent, and a BMC slow to answer.
    "stonith-timeout": "120s",
    "no-quorum-policy": "stop",
    // When both hosts live and only the links are cut, the one without the services waits and is shot first.
    "priority-fencing-delay": "2s",
    // How long a starting host listens for a controller; the default of 20 s is what a cold start would wait.
    "dc-deadtime": DC_DEADTIME,
    // A busy host is no reason to fail over one action at a time, and a pair has few actions.
    "load-threshold": "500%",
    "node-action-limit": 8,
  };
}

function fenceSpec(host: HostConfig): PrimitiveSpec {
  const fence = host.fence;
  if (fence === undefined) throw new Error(`${host.name} has no fence device`);
  return {
    id: fenceId(host.name),
    agent: `stonith:${fence.agent}`,
    parameters: {
      ip: fence.address,
      ipport: fence.port,
      username: fence.username,
      ...passwordOf(fence.agent, host.name),
      lanplus: fence.lanplus ? 1 : 0,
      cipher: fence.cipher,
      pcmk_host_list: host.name,
    },
    operations: [{ name: "monitor", interval: 60, timeout: 30 }],
  };
}

function passwordOf(agent: string, node: string): Values {
  const [file, script] = fenceFiles(node);
  // fence_ipmilan asks the BMC until it says "off"; sleeping before the first question is only lost time.
  return agent === "fence_ipmilan" ? { password_script: script, power_wait: 0 } : { password_file: file };
}

function drbdSpec(): PrimitiveSpec {
  return {
    id: IDS.drbd,
    agent: "ocf:skyha:drbd",
    parameters: { drbd_resource: DRBD.resource, device: DRBD.device },
    operations: [
      { name: "start", timeout: 120 },
      { name: "promote", timeout: 90 },
      { name: "demote", timeout: 60 },
      { name: "stop", timeout: 60 },
      { name: "monitor", interval: 11, timeout: 20, role: "Promoted" },
      { name: "monitor", interval: 13, timeout: 20, role: "Unpromoted" },
    ],
  };
}

/** Order matters: a group starts from first to last and stops the other way round. NFS is slow, so it is last. */
function groupSpecs(config: Config, context: CibContext): PrimitiveSpec[] {
  return [
    filesystemSpec(config),
    vipSpec(config, context),
    ...servicesOf(config).map(({ resource }) => (context.has(resource.id) ? sealed(resource) : resource)),
    nfsSpec(context),
  ];
}

/** Seconds that a start of the whole group may take, when every member uses up its own time. */
export function groupStartSeconds(config: Config, context: CibContext): number {
  const starts = groupSpecs(config, context).flatMap(({ operations }) =>
    operations.filter(({ name }) => name === "start"),
  );
  return starts.reduce((sum, { timeout }) => sum + timeout, 0);
}

/** Says nothing about making a new database: what the cluster has stays, see steps/seal.ts. */
function sealed(spec: PrimitiveSpec): PrimitiveSpec {
  const { initialize: _said, ...parameters } = spec.parameters;
  return { ...spec, parameters };
}

function filesystemSpec(config: Config): PrimitiveSpec {
  return {
    id: IDS.filesystem,
    agent: "ocf:skyha:filesystem",
    parameters: {
      device: DRBD.device,
      directory: PATHS.mount,
      fstype: config.drbd.filesystem,
      options: "noatime",
      sentinel: basename(PATHS.sentinel),
    },
    operations: [
      { name: "start", timeout: 60 },
      { name: "stop", timeout: 60 },
      { name: "monitor", interval: 20, timeout: 40 },
    ],
  };
}

function vipSpec(config: Config, context: CibContext): PrimitiveSpec {
  return {
    id: IDS.vip,
    agent: "ocf:skyha:ip",
    parameters: { ip: config.vip.address, prefix: context.vipPrefix },
    operations: [
      { name: "start", timeout: 20 },
      { name: "stop", timeout: 20 },
      { name: "monitor", interval: 10, timeout: 20 },
    ],
  };
}

/** One resource for server and export: the export has to be there before the server is, and to go after it. */
function nfsSpec(context: CibContext): PrimitiveSpec {
  return {
    id: IDS.nfs,
    agent: "ocf:skyha:nfs",
    parameters: {
      exports: `${PATHS.exports} ${context.nfsClients}(rw,sync,no_subtree_check,all_squash,fsid=1,mp=${PATHS.mount})`,
      state_directory: `${PATHS.nfsInfo}/nfsdcld`,
      mount_check: PATHS.mount,
    },
    operations: [
      { name: "start", timeout: 40 },
      { name: "stop", timeout: 40 },
      { name: "monitor", interval: 10, timeout: 20 },
    ],
  };
}
