import { existsSync } from "node:fs";
import { join } from "node:path";
import { artefactPath, obtain } from "../build/cache.ts";
import { umlModules, umlRoot } from "../build/uml-root.ts";
import { isolated } from "../daemon.ts";
import type { GuestMachine, Provider } from "./provider.ts";

// Runs in the guest's own mount namespace. TMPDIR is where UML keeps the guest's memory: it has to be a tmpfs.
const ENTER = `
set -e
root=$1 host=$2
shift 2
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --bind "$host" "$root/lab"
exec env -i PATH=/usr/bin TMPDIR=/dev/shm HOME=/ "$(command -v chroot)" "$root" /boot-guest "$@"
`;

function command(machine: GuestMachine): string[] {
  const links = machine.links.map(
    ({ tap, mac }, index) => `vec${index}:transport=tap,ifname=${tap},mac=${mac},depth=128,gro=1`,
  );
  const kernel = [
    `mem=${machine.memoryMb}M`,
    "ubd0=/lab/root.img",
    ...(machine.hasData ? ["ubd1=/lab/data.img"] : []),
    "root=/dev/ubda",
    "rootflags=noinit_itable",
    "rw",
    ...links,
    "seccomp=on", // system calls without ptrace: boots in two thirds of the time
    "uml_dir=/lab/",
    `umid=${machine.name}`,
    "con=null",
    "con0=null,fd:1",
    "con1=null",
  ];
  return isolated([
    "sh",
    "-c",
    ENTER,
    "sh",
    join(artefactPath(umlRoot), "root"),
    machine.directory,
    ...kernel,
  ]);
}

/** Why UML is of no use here, or undefined. */
export function umlObstacle(): string | undefined {
  if (process.arch !== "x64") return "User-Mode Linux exists for x86-64 only";
  return existsSync("/dev/net/tun") ? undefined : "/dev/net/tun is missing, so taps cannot be made";
}

export const uml: Provider = {
  name: "uml",
  machineNeeds: [],
  interfaces: ["vec0", "vec1"],
  dataDisk: "/dev/ubdb",
  prepare: (ledger) => ({
    provider: "uml",
    packages: [],
    modules: { directory: umlModules(artefactPath(umlRoot)), ready: obtain(ledger, umlRoot) },
  }),
  command,
};
