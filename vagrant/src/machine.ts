import { LabError } from "./errors.ts";
import { step } from "./progress.ts";
import { attempt, run } from "./run.ts";

/** Debian packages the machine itself needs, and a command that proves each is there. */
const NEEDS: readonly (readonly [packageName: string, command: string])[] = [
  ["mmdebstrap", "mmdebstrap"],
  ["openipmi", "ipmi_sim"],
  ["ipmitool", "ipmitool"],
  ["iproute2", "ip"],
  ["e2fsprogs", "mke2fs"],
  ["apt-utils", "apt-ftparchive"],
  ["openssh-client", "ssh"],
  ["util-linux", "unshare"],
];

export async function prepareMachine(extra: readonly (readonly [string, string])[] = []): Promise<void> {
  if (process.getuid?.() !== 0) throw new LabError("the lab makes bridges and taps: it has to run as root");
  const probe = 'for c do command -v "$c" >/dev/null || echo "$c"; done';
  const needs = [...NEEDS, ...extra];
  const missing = (await run(["sh", "-c", probe, "sh", ...needs.map(([, command]) => command)])).split("\n");
  const wanted = needs.filter(([, command]) => missing.includes(command)).map(([name]) => name);
  if (wanted.length === 0) return;
  if ((await attempt(["apt-get", "--version"])).code !== 0) {
    throw new LabError(`missing on this machine: ${wanted.join(", ")}`, "the lab needs Debian 12 or 13");
  }
  await step(`installing ${wanted.join(", ")} on this machine`, async () => {
    const install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", ...wanted];
    if ((await attempt(install)).code === 0) return;
    await run(["apt-get", "update", "-q"]); // no lists yet, or stale ones
    await run(install);
  });
}
