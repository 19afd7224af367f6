import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addressesOf, type HostName, macOf } from "./addresses.ts";
import { run } from "./run.ts";

export interface HostIdentity {
  readonly name: HostName;
  readonly octet: number;
  readonly authorizedKey: string;
  readonly hostKeyFile: string;
  readonly aptSource: string;
}

interface GuestFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** What makes one copy of the common root into this host. */
export function identityFiles(host: HostIdentity): GuestFile[] {
  const hostKey = readFileSync(host.hostKeyFile, "utf8");
  const links = addressesOf(host.octet, host.name).map((address, index) => {
    const mac = macOf(host.octet, host.name, index === 0 ? 1 : 2);
    return {
      path: `/etc/systemd/network/10-link${index + 1}.network`,
      // No gateway: what a host cannot reach it is told at once. A cut cable must not cost it its address.
      text: `[Match]\nMACAddress=${mac}\n\n[Network]\nAddress=${address}/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\nConfigureWithoutCarrier=yes\nIgnoreCarrierLoss=yes\nKeepConfiguration=static\n`,
      mode: 0o644,
    };
  });
  return [
    ...links,
    { path: "/etc/hostname", text: `${host.name}\n`, mode: 0o644 },
    { path: "/etc/hosts", text: `127.0.0.1 localhost\n127.0.1.1 ${host.name}\n`, mode: 0o644 },
    { path: "/etc/machine-id", text: `${randomBytes(16).toString("hex")}\n`, mode: 0o444 },
    { path: "/etc/apt/sources.list", text: `${host.aptSource}\n`, mode: 0o644 },
    { path: "/root/.ssh/authorized_keys", text: `${host.authorizedKey}\n`, mode: 0o600 },
    { path: "/etc/ssh/ssh_host_ed25519_key", text: hostKey, mode: 0o600 },
  ];
}

/** Script for debugfs(8): it writes into the image without a mount. */
export function debugfsScript(files: readonly GuestFile[], stagedAt: (index: number) => string): string {
  return files
    .flatMap(({ path, mode }, index) => [
      `rm ${path}`, // complains when there is none, and goes on
      `write ${stagedAt(index)} ${path}`,
      `sif ${path} mode 0${(0o100000 | mode).toString(8)}`,
      `sif ${path} uid 0`,
      `sif ${path} gid 0`,
    ])
    .join("\n");
}

/** Copies the root image into place (sharing blocks where the file system can) and gives it its identity. */
export async function makeDisks(
  image: string,
  directory: string,
  files: readonly GuestFile[],
  dataMb: number,
) {
  const root = join(directory, "root.img");
  await run(["cp", "--sparse=always", "--reflink=auto", image, root]);
  const staging = mkdtempSync(join(directory, "staging-"));
  try {
    files.forEach((file, index) => {
      writeFileSync(join(staging, String(index)), file.text, { mode: 0o600 });
    });
    const script = join(staging, "script");
    writeFileSync(script, `${debugfsScript(files, (index) => join(staging, String(index)))}\n`);
    await run(["debugfs", "-w", "-f", script, root]);
  } finally {
    rmSync(staging, { recursive: true });
  }
  if (dataMb > 0) {
    const data = join(directory, "data.img");
    writeFileSync(data, "", { mode: 0o600 });
    truncateSync(data, dataMb * 1024 * 1024);
  }
}
