import { defineParameters, type ValuesOf } from "../ocf/table.ts";
import type { Problem } from "../ocf/values.ts";

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

/** Parameters of ocf:skyha:ip. */
export const ipParameters = defineParameters({
  ip: {
    type: "string",
    required: true,
    identity: true,
    uniqueGroup: "ip",
    pattern: new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`),
    patternText: "an IPv4 address such as 192.0.2.10",
    short: "Address",
    long: "The IPv4 address that clients use and that moves between the hosts.",
  },
  prefix: {
    type: "integer",
    min: 1,
    max: 32,
    short: "Length of the network's prefix",
    long: "Length of the network prefix the address is added with. Without it that of the interface's own network.",
  },
  nic: {
    type: "string",
    pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/,
    patternText: "the name of a network interface",
    short: "Network interface",
    long: "Interface that gets the address. Without it the one that has an address in the same network, which may have another name on each host.",
  },
  arp_count: {
    type: "integer",
    min: 0,
    max: 100,
    default: 5,
    short: "Announcements after a start",
    long: "How many gratuitous ARP messages tell the network that the address has moved, one per second, sent in the background after start has returned. 0: none.",
  },
  check_duplicate: {
    type: "boolean",
    default: false,
    short: "Ask whether another host has the address",
    long: "Start first asks the network whether another host answers for the address, and fails if one does. Costs up to one second of every failover; needs arping of iputils.",
  },
});

export type IpTable = typeof ipParameters;

export function checkAddress({ ip }: ValuesOf<IpTable>): readonly Problem[] {
  const first = Number(ip.split(".")[0]);
  if (first > 0 && first < 224) return [];
  return [{ parameter: "ip", text: `ip must be the address of one host, not ${ip}` }];
}
