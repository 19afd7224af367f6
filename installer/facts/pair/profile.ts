import type { PairProfile } from "../../../core/verdict/facts.ts";
import type { Config } from "../../config/schema.ts";
import { DRBD, IDS, NFS_PORT, PATHS } from "../../names.ts";
import { servicesOf } from "../../services/list.ts";

/** What a configuration says the running pair has to look like. */
export function profileOf(config: Config): PairProfile {
  return {
    cluster: config.cluster,
    hosts: config.hosts.map(({ name, address }) => ({ name, address })),
    vip: config.vip.address,
    dataDir: config.data_dir,
    mount: PATHS.mount,
    drbd: { resource: DRBD.resource, minor: DRBD.minor, device: DRBD.device },
    ids: {
      drbd: IDS.drbd,
      drbdClone: IDS.drbdClone,
      group: IDS.group,
      filesystem: IDS.filesystem,
      vip: IDS.vip,
    },
    services: [
      ...servicesOf(config).map(({ name, port, resource }) => ({ name, resources: [resource.id], port })),
      { name: "nfs", resources: [IDS.nfs], port: NFS_PORT },
    ],
    engine: config.engine,
    fencing: config.hosts.every((host) => host.fence !== undefined) ? "devices" : "none",
    acceptSplitBrainRisk: config.accept_split_brain_risk,
  };
}
