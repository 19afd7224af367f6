import { join } from "node:path";
import { QEMU, QEMU_NEEDS } from "./kvm.ts";
import type { GuestMachine, Provider } from "./provider.ts";

function command(machine: GuestMachine, rootArtefact: string, accelerator: "kvm" | "tcg"): string[] {
  const disks = ["root.img", ...(machine.hasData ? ["data.img"] : [])].flatMap((name) => [
    "-drive",
    `file=${join(machine.directory, name)},format=raw,if=virtio,cache=writeback,discard=unmap`,
  ]);
  const links = machine.links.flatMap(({ tap, mac }, index) => [
    "-netdev",
    `tap,id=link${index},ifname=${tap},script=no,downscript=no`,
    "-device",
    `virtio-net-pci,netdev=link${index},mac=${mac},romfile=`,
  ]);
  // net.ifnames=0: the links are eth0 and eth1 whatever slot they are in.
  const append = "root=/dev/vda rw rootflags=noinit_itable net.ifnames=0 console=ttyS0 quiet";
  return [
    QEMU,
    ...["-name", machine.name, "-accel", accelerator, "-cpu", accelerator === "kvm" ? "host" : "max"],
    ...["-m", String(machine.memoryMb), "-smp", "1", "-display", "none", "-nodefaults", "-no-user-config"],
    ...["-serial", "stdio", "-device", "virtio-rng-pci"],
    ...["-kernel", join(rootArtefact, "vmlinuz"), "-initrd", join(rootArtefact, "initrd.img")],
    ...["-append", append],
    ...disks,
    ...links,
  ];
}

/** QEMU with Debian's own kernel: with KVM where that works, else (on request only) emulated and slow. */
export function qemu(obstacle: string | undefined): Provider {
  return {
    name: "qemu",
    machineNeeds: QEMU_NEEDS,
    interfaces: ["eth0", "eth1"],
    dataDisk: "/dev/vdb",
    prepare: () => ({
      provider: "qemu",
      packages: ["linux-image-amd64", "initramfs-tools"],
      // The lab boots the initrd it has; making one again for each package takes minutes when emulated.
      files: { "etc/initramfs-tools/update-initramfs.conf": "update_initramfs=no\nbackup_initramfs=no\n" },
    }),
    command: (machine, root) => command(machine, root, obstacle === undefined ? "kvm" : "tcg"),
  };
}
