import type { Config, HostConfig } from "../config/schema.ts";
import { fenceFiles } from "../facts/host.ts";
import { DRBD, fenceId, IDS, PATHS } from "../names.ts";
import { attributes, type PrimitiveSpec, primitive, type RoleNames } from "./build.ts";
import { containerSpecs } from "./services.ts";
import { element, type XmlNode } from "./xml.ts";

/** What the cluster depends on that the configuration does not say. */
export interface CibContext {
  /** Network prefix length of the VIP. */
  readonly vipPrefix: number;
  readonly roleNames: RoleNames;
  readonly nfsClients: string;
}

/** The part of `<configuration>` that install wants to be there; see docs/install.md for the picture. */
export function wantedConfiguration(config: Config, context: CibContext): XmlNode {
  const make = (spec: PrimitiveSpec) => primitive(spec, context.roleNames);
  const fenced = config.hosts.filter((host) => host.fence !== undefined);
  return element("configuration", {}, [
    element("crm_config", {}, [
      attributes("cluster_property_set", "cib-bootstrap-options", properties(config)),
    ]),
    element("resources", {}, [
      ...fenced.map((host) => make(fenceSpec(host))),
      element("clone", { id: IDS.drbdClone }, [
        attributes("meta_attributes", `${IDS.drbdClone}-meta_attributes`, {
          promotable: "true",
          "promoted-max": 1,
          "promoted-node-max": 1,
          "clone-max": 2,
          "clone-node-max": 1,
          notify: "true",
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

function properties(config: Config): Record<string, string> {
  const fenced = config.hosts.every((host) => host.fence !== undefined);
  return {
    "stonith-enabled": fenced ? "true" : "false",
    "stonith-timeout": "60s",
    "no-quorum-policy": "stop",
    // When both hosts live and only the links are cut, the one without the services waits and is shot first.
    "priority-fencing-delay": "2s",
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
      password_script: fenceFiles(host.name)[1],
      lanplus: fence.lanplus ? 1 : 0,
      cipher: fence.cipher,
      // The agent asks the BMC until it says "off"; sleeping before the first question is only lost time.
      power_wait: 0,
      pcmk_host_list: host.name,
    },
    operations: [{ name: "monitor", interval: 60, timeout: 30 }],
  };
}

function drbdSpec(): PrimitiveSpec {
  return {
    id: IDS.drbd,
    agent: "ocf:linbit:drbd",
    parameters: { drbd_resource: DRBD.resource },
    operations: [
      { name: "start", timeout: 120 },
      { name: "promote", timeout: 90 },
      { name: "demote", timeout: 90 },
      { name: "stop", timeout: 100 },
      { name: "notify", timeout: 60 },
      { name: "monitor", interval: 29, timeout: 30, role: "Promoted" },
      { name: "monitor", interval: 31, timeout: 30, role: "Unpromoted" },
    ],
  };
}

/** Order matters: a group starts from first to last and stops the other way round. NFS is slow, so it is last. */
function groupSpecs(config: Config, context: CibContext): PrimitiveSpec[] {
  return [
    filesystemSpec(config),
    vipSpec(config, context),
    ...containerSpecs(config),
    nfsServerSpec(),
    exportSpec(context),
  ];
}

function filesystemSpec(config: Config): PrimitiveSpec {
  return {
    id: IDS.filesystem,
    agent: "ocf:heartbeat:Filesystem",
    parameters: {
      device: DRBD.device,
      directory: PATHS.mount,
      fstype: config.drbd.filesystem,
      options: "noatime",
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
    agent: "ocf:heartbeat:IPaddr2",
    parameters: { ip: config.vip.address, cidr_netmask: context.vipPrefix },
    operations: [
      { name: "start", timeout: 20 },
      { name: "stop", timeout: 20 },
      { name: "monitor", interval: 10, timeout: 20 },
    ],
  };
}

function nfsServerSpec(): PrimitiveSpec {
  return {
    id: IDS.nfsServer,
    agent: "ocf:heartbeat:nfsserver",
    // NFS 4 needs neither rpcbind nor statd, its locks survive a failover without notifications, and it starts faster.
    parameters: { nfs_shared_infodir: PATHS.nfsInfo, nfsv4_only: "true" },
    operations: [
      { name: "start", timeout: 60 },
      { name: "stop", timeout: 60 },
      { name: "monitor", interval: 30, timeout: 30 },
    ],
  };
}

function exportSpec(context: CibContext): PrimitiveSpec {
  return {
    id: IDS.nfsExport,
    agent: "ocf:heartbeat:exportfs",
    parameters: {
      directory: PATHS.exports,
      clientspec: context.nfsClients,
      options: "rw,sync,no_subtree_check,all_squash",
      fsid: 1,
      wait_for_leasetime_on_stop: "false",
    },
    operations: [
      { name: "start", timeout: 40 },
      { name: "stop", timeout: 60 },
      { name: "monitor", interval: 30, timeout: 30 },
    ],
  };
}
