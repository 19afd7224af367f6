import type { Agent } from "../ocf/agent.ts";
import { defineAgent } from "../ocf/define.ts";
import { checkHost, monitorIp, startIp, stopIp } from "./actions.ts";
import { type IpHost, realHost } from "./host.ts";
import { checkAddress, ipParameters } from "./parameters.ts";

export const ipAgent = createIpAgent(realHost);

/** The agent for a host of its own; tests give a fake one. */
export function createIpAgent(host: IpHost): Agent {
  return defineAgent({
    name: "ip",
    version: "0.1.0",
    short: "Gives a virtual IPv4 address to this host",
    long: `Adds an IPv4 address to a network interface, tells the neighbours by gratuitous ARP, and takes it away again. Start and stop look at the interfaces afterwards and say only what they have seen; a tool that fails is never read as "not running".

Monitor runs no program while all is well: it asks the kernel for the addresses of interfaces that are up and have a link. An address on an interface without a link is a failure. Announcements go out in the background after start has returned, and stop ends those still under way.`,
    parameters: ipParameters,
    operations: [
      { name: "start", timeout: 20 },
      { name: "stop", timeout: 20 },
      { name: "monitor", timeout: 20, interval: 10, depth: 0 },
    ],
    actions: {
      start: (context) => startIp(context, host),
      stop: stopIp,
      monitor: (context) => monitorIp(context, host),
    },
    check: checkAddress,
    checkHost,
  });
}
