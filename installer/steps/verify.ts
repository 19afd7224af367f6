import type { Config } from "../config/schema.ts";
import { tcpProbe } from "../facts/pair/outside.ts";
import { SERVICE_PORTS } from "../names.ts";

/** What a client on this machine sees of one service. */
export interface OutsideView {
  readonly service: string;
  readonly port: number;
  readonly reachable: boolean;
}

/** Connects to every port of the VIP from the machine skyha runs on. */
export async function viewFromOutside(config: Config, timeoutMs = 3000): Promise<OutsideView[]> {
  const wanted = [
    ...(config.services.postgres ? [["postgres", SERVICE_PORTS.postgres] as const] : []),
    ...(config.services.redis ? [["redis", SERVICE_PORTS.redis] as const] : []),
    ...(config.services.beanstalkd ? [["beanstalkd", SERVICE_PORTS.beanstalkd] as const] : []),
    ["nfs", SERVICE_PORTS.nfs] as const,
  ];
  return Promise.all(
    wanted.map(async ([service, port]) => ({
      service,
      port,
      reachable: (await tcpProbe(config.vip.address, port, timeoutMs)).result === "open",
    })),
  );
}
