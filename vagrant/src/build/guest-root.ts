import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { run } from "../run.ts";
import { bootstrap, UNREAD } from "./bootstrap.ts";
import type { Artefact } from "./cache.ts";

export type Release = "12" | "13";
export const CODENAME: Record<Release, string> = { "12": "bookworm", "13": "trixie" };

/** A bare host: what any server has, and nothing of a cluster. */
const BARE = [
  ..."systemd-sysv dbus udev libpam-systemd openssh-server sudo python3 iproute2 iputils-ping kmod".split(
    " ",
  ),
  ..."ca-certificates netbase procps less e2fsprogs adduser login zstd".split(" "),
];

/** The arbiter is the outside client, so it comes ready-made. */
const ARBITER = ["nfs-common", "iputils-arping", "chrony"];

// Seconds of boot time that a test host has no use for.
const MASKED = [
  ..."e2scrub_all.timer e2scrub_reap.service apt-daily.timer apt-daily-upgrade.timer fstrim.timer".split(" "),
  ..."dpkg-db-backup.timer systemd-pstore.service systemd-binfmt.service getty@tty1.service".split(" "),
  ..."proc-sys-fs-binfmt_misc.automount modprobe@drm.service modprobe@efi_pstore.service".split(" "),
  ..."modprobe@dm_mod.service modprobe@loop.service sys-kernel-debug.mount sys-kernel-tracing.mount".split(
    " ",
  ),
  ..."dev-hugepages.mount systemd-network-generator.service serial-getty@ttyS0.service".split(" "),
];

// Each runs at boot and whenever a package makes systemd reload, and finds nothing in a test host.
const MASKED_GENERATORS = [
  ..."bless-boot cryptsetup debug getty gpt-auto hibernate-resume integritysetup rc-local".split(" "),
  ..."system-update veritysetup tpm2 factory-reset ssh".split(" "),
].map((name) => `systemd-${name}-generator`);

const ENABLED = ["systemd-networkd.service", "ssh.service", "lab-cpuinfo.service"];

const FILES: Record<string, string> = {
  "etc/ssh/sshd_config.d/lab.conf": "PermitRootLogin prohibit-password\nUseDNS no\nMaxSessions 50\n",
  // One sync after apt instead of thousands during it; a power cut afterwards finds everything on disk.
  "etc/dpkg/dpkg.cfg.d/lab": `${[...UNREAD, "force-unsafe-io"].join("\n")}\n`,
  "etc/apt/apt.conf.d/lab-sync": 'DPkg::Post-Invoke {"sync";};\n',
  "etc/apt/apt.conf.d/lab":
    'Acquire::Languages "none";\nAPT::Periodic::Enable "0";\nAcquire::http::Proxy "DIRECT";\n',
  // UML's /proc/cpuinfo ends without the blank line that ps and vmstat of procps 4 insist on.
  "etc/systemd/system/lab-cpuinfo.service": `[Unit]
DefaultDependencies=no
ConditionVirtualization=uml
Before=sysinit.target

[Service]
Type=oneshot
ExecStart=sh -c '(cat /proc/cpuinfo; echo) > /run/cpuinfo && mount --bind /run/cpuinfo /proc/cpuinfo'

[Install]
WantedBy=sysinit.target
`,
  // UML has a /dev/watchdog that only an external helper could feed; softdog comes second and must be it.
  "etc/udev/rules.d/60-lab-watchdog.rules":
    'SUBSYSTEM=="watchdog", KERNEL=="watchdog1", RUN+="/bin/ln -sf watchdog1 /dev/watchdog"\n',
  // Coldplugging every tty costs 3 s; a test host needs its disks, links and what may load a module.
  "etc/systemd/system/systemd-udev-trigger.service.d/lab.conf":
    "[Service]\nExecStart=\nExecStart=udevadm trigger --type=devices --action=add --subsystem-match=block --subsystem-match=net --subsystem-match=misc\n",
  // Only addresses the lab gave are networkd's: those of the cluster must survive a restart of it.
  "etc/systemd/networkd.conf.d/lab.conf":
    "[Network]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no\n",
  // The test kernel has no NAT; the pair's containers use the host's network anyway.
  "etc/docker/daemon.json": '{"iptables": false, "bridge": "none"}\n',
  "etc/systemd/journald.conf.d/lab.conf": "[Journal]\nStorage=persistent\nSystemMaxUse=200M\n",
};

export interface GuestKernel {
  readonly provider: string;
  readonly packages: readonly string[];
  /** Further files of the root, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Kernel modules to copy in, when they do not come with a package: where they will be, and when. */
  readonly modules?: { readonly directory: string; readonly ready: Promise<unknown> };
}

export interface GuestRootOptions {
  readonly release: Release;
  readonly kernel: GuestKernel;
  readonly arbiter: boolean;
}

/** `root.img`: an ext4 root file system that every host gets a copy of. */
export function guestRoot({ release, kernel, arbiter }: GuestRootOptions): Artefact {
  const packages = [...BARE, ...(arbiter ? ARBITER : []), ...kernel.packages];
  const name = `${arbiter ? "arbiter" : "guest"}-${release}-${kernel.provider}`;
  return {
    name,
    recipe: {
      version: 1,
      name,
      packages,
      MASKED,
      MASKED_GENERATORS,
      ENABLED,
      FILES,
      modules: kernel.modules,
      files: kernel.files,
    },
    build: async (workshop) => {
      const root = join(workshop.directory, "root");
      await bootstrap(workshop, { suite: CODENAME[release], variant: "apt", packages, target: root });
      dress(root, kernel.files ?? {});
      if (kernel.modules !== undefined) {
        const modules = join(root, "usr/lib/modules");
        await kernel.modules.ready;
        cpSync(kernel.modules.directory, modules, { recursive: true });
      }
      await run(["chroot", root, "systemctl", "enable", ...ENABLED]);
      keepBootFiles(root, workshop.directory);
      // Newer than /usr: nothing is left for the first boot to update.
      for (const path of ["etc/.updated", "var/.updated"]) writeFileSync(join(root, path), "");
      // Lazy initialisation leaves the tables sparse; the guest is told not to fill them in either.
      const lazy = "lazy_itable_init=1,lazy_journal_init=1";
      const image = join(workshop.directory, "root.img");
      await run(["mke2fs", "-q", "-t", "ext4", "-L", "root", "-E", lazy, "-d", root, image, "8G"]);
      rmSync(root, { recursive: true });
    },
  };
}

function dress(root: string, more: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries({ ...FILES, ...more })) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const unit of MASKED) {
    rmSync(join(root, "etc/systemd/system", unit), { force: true });
    symlinkSync("/dev/null", join(root, "etc/systemd/system", unit));
  }
  mkdirSync(join(root, "etc/systemd/system-generators"), { recursive: true });
  for (const name of MASKED_GENERATORS)
    symlinkSync("/dev/null", join(root, "etc/systemd/system-generators", name));
  // Each host brings its own identity and package source; the bootstrap's must not shine through.
  const strangers = ["etc/machine-id", "var/lib/dbus/machine-id", "etc/hostname", "etc/resolv.conf"];
  const bootstrapOnly = [
    "etc/apt/sources.list",
    "etc/apt/apt.conf.d/99mmdebstrap",
    "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
  ];
  const keys = ["ecdsa", "ed25519", "rsa"].flatMap((kind) => [
    `etc/ssh/ssh_host_${kind}_key`,
    `etc/ssh/ssh_host_${kind}_key.pub`,
  ]);
  for (const path of [...strangers, ...bootstrapOnly, ...keys]) rmSync(join(root, path), { force: true });
  mkdirSync(join(root, "root/.ssh"), { recursive: true, mode: 0o700 });
}

/** Kernel and initrd of a packaged kernel, for direct boot; a kernel from elsewhere left none. */
function keepBootFiles(root: string, directory: string): void {
  const boot = join(root, "boot");
  if (!existsSync(boot)) return;
  for (const name of readdirSync(boot)) {
    const kind = /^(vmlinuz|initrd\.img)-/.exec(name)?.[1];
    if (kind !== undefined) copyFileSync(join(boot, name), join(directory, kind));
  }
}
