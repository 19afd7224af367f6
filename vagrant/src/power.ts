import { appendFileSync, readFileSync } from "node:fs";
import { startDaemon } from "./daemon.ts";
import { LabError } from "./errors.ts";
import { openLedger, processOf } from "./ledger.ts";
import { withLock } from "./lock.ts";
import { hostPath, statePath } from "./paths.ts";
import { isAlive, killTree, signalTree } from "./process-id.ts";
import { hostOf, type LabRecord } from "./record.ts";

export type PowerAction = "on" | "off" | "cycle";
type Via = "lab" | "bmc";

/** One line of the power log: who asked for what, when. */
export interface PowerEvent {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly host: string;
  readonly action: PowerAction;
  readonly via: Via;
}

function ledgerOf(prefix: string) {
  return openLedger(statePath(prefix, "ledger.jsonl"));
}

export function isOn(prefix: string, host: string): boolean {
  const running = processOf(ledgerOf(prefix), `host ${host}`);
  return running !== undefined && isAlive(running.process);
}

/**
 * Off is a power cut: SIGKILL to everything the guest runs in, with no chance to flush. On boots the same
 * disks. Asking for the state a host is in already changes nothing, as with a real BMC.
 */
export async function setPower(
  record: LabRecord,
  name: string,
  action: PowerAction,
  via: Via,
): Promise<void> {
  const host = hostOf(record, name);
  log(record, name, action, via);
  await withLock(hostPath(record.prefix, name, "power.lock"), `${name}'s power switch`, async () => {
    if (action !== "on") await turnOff(record.prefix, name);
    if (action !== "off") await turnOn(record.prefix, name, host.command);
  });
}

export async function turnOn(prefix: string, name: string, command: readonly string[]): Promise<void> {
  if (isOn(prefix, name)) return;
  await turnOff(prefix, name); // a host that halted by itself still has its record
  await startDaemon(ledgerOf(prefix), `host ${name}`, command, hostPath(prefix, name, "console.log"));
}

async function turnOff(prefix: string, name: string): Promise<void> {
  const ledger = ledgerOf(prefix);
  const running = processOf(ledger, `host ${name}`);
  if (running === undefined) return;
  await killTree(running.process);
  ledger.gone(running.id);
}

/** A frozen host: nothing of it runs, its connections stay open, its power is on. */
export function setFrozen(record: LabRecord, name: string, frozen: boolean): void {
  const running = processOf(ledgerOf(record.prefix), `host ${hostOf(record, name).name}`);
  if (running === undefined || !isAlive(running.process)) throw new LabError(`${name} is off`);
  signalTree(running.process, frozen ? "SIGSTOP" : "SIGCONT");
}

function log(record: LabRecord, host: string, action: PowerAction, via: Via): void {
  const event: PowerEvent = { at: new Date().toISOString(), host, action, via };
  appendFileSync(record.powerLogFile, `${JSON.stringify(event)}\n`, { mode: 0o600 });
}

/** Every power command since `lab up`, oldest first; a fence is one with via "bmc". */
export function powerEvents(record: LabRecord): PowerEvent[] {
  const lines = readFileSync(record.powerLogFile, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
}
