import type { PairProfile, ServiceProfile } from "../../../core/verdict/facts.ts";
import type { Config } from "../../config/schema.ts";
import { DRBD, IDS, PATHS, SERVICE_PORTS } from "../../names.ts";

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
    services: servicesOf(config),
    engine: config.engine,
    fencing: config.hosts.every((host) => host.fence !== undefined) ? "devices" : "none",
    acceptSplitBrainRisk: config.accept_split_brain_risk,
  };
}

function servicesOf({ services }: Config): ServiceProfile[] {
  const one = (name: string, resources: readonly string[], port: number): ServiceProfile => ({
    name,
    resources,
    port,
  });
  return [
    ...(services.postgres ? [one("postgres", [IDS.postgres], SERVICE_PORTS.postgres)] : []),
    ...(services.redis ? [one("redis", [IDS.redis], SERVICE_PORTS.redis)] : []),
    ...(services.beanstalkd ? [one("beanstalkd", [IDS.beanstalkd], SERVICE_PORTS.beanstalkd)] : []),
    one("nfs", [IDS.nfs], SERVICE_PORTS.nfs),
  ];
}
