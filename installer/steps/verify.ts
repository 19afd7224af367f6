import type { Config } from "../config/schema.ts";
import { tcpProbe } from "../facts/pair/outside.ts";
import { NFS_PORT } from "../names.ts";
import { servicesOf } from "../services/list.ts";

/** What a client on this machine sees of one service. */
export interface OutsideView {
  readonly service: string;
  readonly port: number;
  readonly reachable: boolean;
}

/** Connects to every port of the VIP from the machine skyha runs on. */
export async function viewFromOutside(config: Config, timeoutMs = 3000): Promise<OutsideView[]> {
  const wanted = [
    ...servicesOf(config).flatMap(({ name, port }) => (port === undefined ? [] : [[name, port] as const])),
    ["nfs", NFS_PORT] as const,
  ];
  return Promise.all(
    wanted.map(async ([service, port]) => ({
      service,
      port,
      reachable: (await tcpProbe(config.vip.address, port, timeoutMs)).result === "open",
    })),
  );
}
