import type { HostName } from "../addresses.ts";
import type { GuestKernel } from "../build/guest-root.ts";
import type { Ledger } from "../ledger.ts";

/** What a provider has to know to turn one host on. */
export interface GuestMachine {
  readonly name: HostName;
  /** Holds root.img and, for a cluster host, data.img. */
  readonly directory: string;
  readonly hasData: boolean;
  readonly memoryMb: number;
  readonly links: readonly { readonly tap: string; readonly mac: string }[];
}

/** One way to run guests. The rest of the lab does not know which it is. */
export interface Provider {
  readonly name: "uml" | "qemu";
  /** Packages the machine needs for it, each with a command that proves it is there. */
  readonly machineNeeds: readonly (readonly [packageName: string, command: string])[];
  /** Begins to obtain the provider's own artefacts; tells what the guest root has to contain. */
  prepare(ledger: Ledger): GuestKernel;
  /** Command line of the guest's process; `rootArtefact` is where its root image came from. */
  command(machine: GuestMachine, rootArtefact: string): string[];
  readonly interfaces: readonly [string, string];
  readonly dataDisk: string;
}
