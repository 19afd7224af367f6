import { existsSync } from "node:fs";
import { assemble, type LabPlan, waitReady } from "./assemble.ts";
import type { Release } from "./build/guest-root.ts";
import { takeBack } from "./down.ts";
import { LabError } from "./errors.ts";
import { type Lab, labOf } from "./lab.ts";
import { openLedger, processOf } from "./ledger.ts";
import { withLock } from "./lock.ts";
import { prepareMachine } from "./machine.ts";
import { statePath } from "./paths.ts";
import { turnOn } from "./power.ts";
import { isAlive } from "./process-id.ts";
import { say, step } from "./progress.ts";
import { type LabRecord, readRecord } from "./record.ts";

export interface UpOptions {
  readonly prefix?: string;
  readonly release?: Release;
  readonly provider?: "uml" | "qemu";
  /** Also a small third host, outside the pair. */
  readonly arbiter?: boolean;
  readonly memoryMb?: number;
  readonly dataMb?: number;
}

/** Brings a lab up, or finds it up already. What a failed or interrupted run made is taken back. */
export async function labUp(options: UpOptions = {}): Promise<Lab> {
  const plan: LabPlan = {
    prefix: "sky",
    release: "12",
    arbiter: false,
    memoryMb: 1536,
    dataMb: 2048,
    ...options,
  };
  checkPrefix(plan.prefix);
  await prepareMachine();
  const { prefix } = plan;
  return await withLock(`${statePath(prefix)}.lock`, `another command on lab ${prefix}`, async () => {
    const standing = readRecord(prefix);
    if (standing !== undefined && isStanding(standing)) return labOf(await resume(matching(standing, plan)));
    if (existsSync(statePath(prefix))) {
      await step("taking the remains of an earlier run back", () => takeBack(prefix));
    }
    // A signal makes the build fail as well, so both ways lead here: it is taken back once.
    let undone: Promise<void> | undefined;
    const undo = () => {
      undone ??= takeBack(prefix);
      return undone;
    };
    const ignore = onSignal(undo);
    try {
      return labOf(await assemble(plan));
    } catch (error) {
      await undo();
      throw error;
    } finally {
      ignore();
    }
  });
}

function checkPrefix(prefix: string): void {
  if (/^[a-z][a-z0-9]{0,7}$/.test(prefix)) return;
  throw new LabError(`prefix "${prefix}": wanted are 1 to 8 letters and digits, a letter first`);
}

/** Whether all that surrounds the hosts is there; the hosts themselves may be off. */
function isStanding(record: LabRecord): boolean {
  const ledger = openLedger(statePath(record.prefix, "ledger.jsonl"));
  const paired = record.hosts.filter((host) => host.bmc !== undefined);
  const roles = ["packages", ...paired.map((host) => `bmc ${host.name}`)];
  return roles.every((role) => {
    const found = processOf(ledger, role);
    return found !== undefined && isAlive(found.process);
  });
}

/** A lab that stands keeps its disks: a host that is off is switched on. */
async function resume(record: LabRecord): Promise<LabRecord> {
  for (const host of record.hosts) await turnOn(record.prefix, host.name, host.command);
  await waitReady(record);
  return record;
}

function matching(record: LabRecord, wanted: LabPlan): LabRecord {
  const same = record.release === wanted.release && (wanted.provider ?? record.provider) === record.provider;
  const arbiter = record.hosts.some((host) => host.name === "arbiter");
  if (same && (arbiter || !wanted.arbiter)) return record;
  const is = `Debian ${record.release}, ${record.provider}${arbiter ? "" : ", no arbiter"}`;
  throw new LabError(
    `lab ${record.prefix} is up already with ${is}`,
    "vagrant/lab down, or another --prefix",
  );
}

/** Ctrl-C and a closed terminal leave nothing behind; returns how to stop listening. */
function onSignal(undo: () => Promise<void>): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const stop = () => {
    say("  interrupted: taking back what was made");
    void undo().finally(() => process.exit(130));
  };
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.removeListener(signal, stop);
  };
}
