import { existsSync } from "node:fs";
import { type HostName, type Network, tapName } from "./addresses.ts";
import { LabError } from "./errors.ts";
import type { Ledger } from "./ledger.ts";
import { bootId } from "./process-id.ts";
import { attempt, run } from "./run.ts";

async function linkExists(name: string): Promise<boolean> {
  return (await attempt(["ip", "link", "show", "dev", name])).code === 0;
}

async function makeLink(ledger: Ledger, name: string, make: readonly string[]): Promise<void> {
  if (await linkExists(name)) {
    throw new LabError(`network interface ${name} exists and is not this lab's`, "choose another --prefix");
  }
  ledger.record({ kind: "link", name, boot: bootId() });
  await run(make);
}

/** Two bridges, the machine's address on each, and one tap per host and link. */
export async function makeNetwork(
  ledger: Ledger,
  prefix: string,
  network: Network,
  hosts: readonly HostName[],
): Promise<void> {
  for (const [index, bridge] of network.bridges.entries()) {
    await makeLink(ledger, bridge, ["ip", "link", "add", bridge, "type", "bridge", "mcast_snooping", "0"]);
    await run(["ip", "address", "add", `${network.machine[index]}/24`, "dev", bridge]);
    await run(["ip", "link", "set", bridge, "up"]);
  }
  for (const host of hosts) {
    for (const link of [1, 2] as const) {
      const tap = tapName(prefix, host, link);
      await makeLink(ledger, tap, ["ip", "tuntap", "add", "dev", tap, "mode", "tap"]);
      await run(["ip", "link", "set", tap, "master", network.bridges[link - 1] ?? "", "up"]);
    }
  }
}

/** A BMC answers on an address of its own; it goes away with its bridge. */
export async function addAddress(network: Network, address: string): Promise<void> {
  await run(["ip", "address", "add", `${address}/32`, "dev", network.bridges[0]]);
}

/** Cutting a cable is taking the tap off its bridge: the host keeps its carrier, as behind a switch that died. */
export async function setLink(tap: string, bridge: string, state: "cut" | "restore"): Promise<void> {
  await run(["ip", "link", "set", tap, ...(state === "cut" ? ["nomaster"] : ["master", bridge])]);
}

export function isConnected(tap: string): boolean {
  return existsSync(`/sys/class/net/${tap}/master`);
}

export async function removeLink(name: string): Promise<void> {
  if (await linkExists(name)) await run(["ip", "link", "delete", name]);
}
