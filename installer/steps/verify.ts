import { connect } from "node:net";
import type { Config } from "../config/schema.ts";
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
      reachable: await canConnect(config.vip.address, port, timeoutMs),
    })),
  );
}

export function canConnect(address: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: timeoutMs });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
