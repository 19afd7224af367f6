import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runRecorded } from "../daemon.ts";
import { run } from "../run.ts";
import type { Artefact } from "./cache.ts";
import { CODENAME, type Release } from "./guest-root.ts";
import { machineMirror, sourceLine } from "./mirror.ts";

/** What an installation of skyha may ask apt for, with all dependencies; nothing else is on offer. */
const OFFERED = [
  ..."pacemaker pacemaker-cli-utils corosync corosync-qdevice corosync-qnetd pcs sbd".split(" "),
  ..."drbd-utils resource-agents ipmitool".split(" "),
  ..."nfs-kernel-server nfs-common xfsprogs e2fsprogs lvm2 psmisc rsync sudo".split(" "),
  ..."docker.io apparmor podman crun conmon netavark aardvark-dns golang-github-containers-common".split(" "),
  ..."chrony iputils-arping iptables nftables ethtool libxml2-utils jq curl tcpdump strace".split(" "),
  // For the agents that ours are compared with.
  ..."postgresql-client mariadb-client redis-tools".split(" "),
];

// Debian 13 has each fence agent, and the docker command, in a package of its own.
const OFFERED_BY: Record<Release, readonly string[]> = {
  "12": ["fence-agents"],
  "13": ["fence-agents-ipmilan", "fence-agents-sbd", "docker-cli"],
};

/** A flat repository: *.deb beside Packages. Resolved against an empty system, so that nothing can be missing. */
export function packageRepository(release: Release): Artefact {
  const offered = [...OFFERED, ...OFFERED_BY[release]];
  return {
    name: `packages-${release}`,
    recipe: { version: 1, release, offered },
    build: async ({ ledger, directory, logFile }) => {
      const own = ["lists/partial", "archives/partial", "etc"].map((name) => join(directory, name));
      for (const path of own) mkdirSync(path, { recursive: true });
      const mirror = await machineMirror();
      writeFileSync(join(directory, "etc/sources.list"), `${sourceLine(mirror, CODENAME[release])}\n`);
      writeFileSync(join(directory, "etc/status"), "");
      writeFileSync(join(directory, "etc/apt.conf"), aptConf(directory, mirror.options));
      const apt = ["env", `APT_CONFIG=${join(directory, "etc/apt.conf")}`, "apt-get", "-q", "-y"];
      await runRecorded(ledger, "package lists", [...apt, "update"], logFile);
      const fetch = [...apt, "--download-only", "install", ...offered];
      await runRecorded(ledger, "package download", fetch, logFile);
      const archives = join(directory, "archives");
      for (const name of readdirSync(archives)) {
        // apt writes the epoch's ":" as "%3a", which a URL would need to encode again.
        if (name.endsWith(".deb"))
          renameSync(join(archives, name), join(directory, name.replace("%3a", "-")));
      }
      for (const name of ["lists", "archives", "etc"]) rmSync(join(directory, name), { recursive: true });
      for (const name of readdirSync(directory)) {
        if (!name.endsWith(".deb")) rmSync(join(directory, name), { recursive: true });
      }
      const index = await run(["apt-ftparchive", "packages", "."], { cwd: directory });
      writeFileSync(join(directory, "Packages"), index);
    },
  };
}

/** apt with state, cache, sources and status of its own; the machine's configuration files are not read. */
function aptConf(directory: string, options: readonly string[]): string {
  return [
    `Dir::State "${directory}";`,
    `Dir::State::Lists "${directory}/lists";`,
    `Dir::State::status "${directory}/etc/status";`,
    `Dir::Cache "${directory}";`,
    `Dir::Cache::Archives "${directory}/archives";`,
    'Dir::Cache::pkgcache "";',
    'Dir::Cache::srcpkgcache "";',
    `Dir::Etc::sourcelist "${directory}/etc/sources.list";`,
    'Dir::Etc::sourceparts "/dev/null";',
    'Dir::Etc::parts "/dev/null";',
    'Dir::Etc::main "/dev/null";',
    'Dir::Etc::preferences "/dev/null";',
    'Dir::Etc::preferencesparts "/dev/null";',
    'APT::Install-Recommends "false";',
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
    'Acquire::Check-Valid-Until "false";',
    'Acquire::Queue-Mode "access";',
    ...options,
    "",
  ].join("\n");
}
