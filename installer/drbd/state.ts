import { type Host, HostError } from "../../core/host.ts";
import { DRBD } from "../names.ts";

/** The replicated device as one host sees it; words as DRBD prints them. */
export interface DrbdView {
  /** `absent`: not configured in the kernel. */
  readonly disk: string;
  readonly peerDisk: string;
  readonly connection: string;
  readonly role: string;
  readonly percent: number | undefined;
}

const ABSENT: DrbdView = {
  disk: "absent",
  peerDisk: "absent",
  connection: "Unconfigured",
  role: "Unknown",
  percent: undefined,
};

export async function readDrbd(host: Host): Promise<DrbdView> {
  const text = await host.read("/proc/drbd");
  return viewOf(text, host.name);
}

/** @param text content of /proc/drbd, undefined when the module is not loaded */
export function viewOf(text: string | undefined, host: string): DrbdView {
  if (text === undefined) return ABSENT;
  if (!text.startsWith("version: 8.")) throw new HostError(host, "cannot read this DRBD module's state yet");
  const line = text.split("\n").find((row) => row.trimStart().startsWith(`${DRBD.minor}: `));
  const match = /cs:(\S+)(?: ro:(\w+)\/(\w+) ds:(\w+)\/(\w+))?/.exec(line ?? "");
  if (match === null || match[1] === "Unconfigured") return ABSENT;
  const percent = /sync'ed:\s*([0-9.]+)%/.exec(text)?.[1];
  return {
    connection: match[1] ?? "Unknown",
    role: match[2] ?? "Unknown",
    disk: match[4] ?? "Unknown",
    peerDisk: match[5] ?? "Unknown",
    percent: percent === undefined ? undefined : Number(percent),
  };
}
