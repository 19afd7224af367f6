import { obtainImage } from "./build/images.ts";
import { openLedger } from "./ledger.ts";
import { setLink } from "./network.ts";
import { statePath } from "./paths.ts";
import { type PowerAction, type PowerEvent, powerEvents, setFrozen, setPower } from "./power.ts";
import { type Bmc, hostOf, type LabHost, type LabRecord, requireRecord } from "./record.ts";
import type { Outcome } from "./run.ts";
import { type SshOptions, ssh, waitSsh } from "./ssh.ts";

export { downWhenEnded, labDown } from "./down.ts";
export { LabError } from "./errors.ts";
export type { Bmc, LabHost, LabRecord, Outcome, PowerAction, PowerEvent, SshOptions };

/** A running lab: its facts, and what a scenario may do to it. */
export interface Lab extends LabRecord {
  host(name: string): LabHost;
  /** A string goes to the host's shell; an array is quoted word by word. Never throws for a failing command. */
  ssh(host: string, command: string | readonly string[], options?: SshOptions): Promise<Outcome>;
  waitSsh(host: string, timeoutMs?: number): Promise<void>;
  /** Off is a power cut. Returns when the host's process is gone, or started; not when it has booted. */
  power(host: string, action: PowerAction): Promise<void>;
  powerEvents(): PowerEvent[];
  freeze(host: string): void;
  thaw(host: string): void;
  link(host: string, link: 1 | 2, state: "cut" | "restore"): Promise<void>;
}

/** Path of a container image's archive; those that `lab up` does not make are built now. */
export async function labImage(name: string, prefix = "sky"): Promise<string> {
  requireRecord(prefix);
  return await obtainImage(openLedger(statePath(prefix, "ledger.jsonl")), name);
}

export function openLab(prefix = "sky"): Lab {
  return labOf(requireRecord(prefix));
}

export function labOf(record: LabRecord): Lab {
  return {
    ...record,
    host: (name) => hostOf(record, name),
    ssh: (host, command, options) => ssh(record, host, command, options),
    waitSsh: (host, timeoutMs) => waitSsh(record, host, timeoutMs),
    power: (host, action) => setPower(record, host, action, "lab"),
    powerEvents: () => powerEvents(record),
    freeze: (host) => setFrozen(record, host, true),
    thaw: (host) => setFrozen(record, host, false),
    link: (host, link, state) =>
      setLink(hostOf(record, host).taps[link - 1] ?? "", record.network.bridges[link - 1] ?? "", state),
  };
}
