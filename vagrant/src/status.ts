import { openLedger, processOf } from "./ledger.ts";
import { isConnected } from "./network.ts";
import { statePath } from "./paths.ts";
import { isAlive, stateOf } from "./process-id.ts";
import type { LabHost, LabRecord } from "./record.ts";

export type Power = "on" | "off" | "frozen";

export interface HostStatus extends Omit<LabHost, "command"> {
  readonly power: Power;
  readonly links: readonly ("up" | "cut")[];
}

export interface LabStatus extends Omit<LabRecord, "hosts"> {
  readonly hosts: readonly HostStatus[];
}

export function labStatus(record: LabRecord): LabStatus {
  const hosts = record.hosts.map(({ command: _, ...host }) => ({
    ...host,
    power: powerOf(record.prefix, host.name),
    links: host.taps.map((tap) => (isConnected(tap) ? "up" : "cut")),
  }));
  return { ...record, hosts };
}

function powerOf(prefix: string, name: string): Power {
  const running = processOf(openLedger(statePath(prefix, "ledger.jsonl")), `host ${name}`);
  if (running === undefined || !isAlive(running.process)) return "off";
  return stateOf(running.process.pid) === "T" ? "frozen" : "on";
}

export function renderStatus(lab: LabStatus): string {
  const rows = lab.hosts.map(({ name, power, addresses, links, bmc }) => [
    name,
    power,
    ...addresses.map((address, index) => `${address} ${links[index]}`),
    bmc === undefined ? "-" : bmc.address,
  ]);
  const table = [["host", "power", "link 1", "link 2", "bmc"], ...rows];
  const width = (column: number) => Math.max(...table.map((row) => row[column]?.length ?? 0));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(width(column)))
      .join("  ")
      .trimEnd(),
  );
  const title = `lab ${lab.prefix}: Debian ${lab.release}, ${lab.provider}; packages at ${lab.packagesUrl}`;
  return [title, ...lines].join("\n");
}
