import { type Argv, CommandError, type Host, run } from "../../core/host.ts";
import { parseDpkgQuery } from "../facts/parse.ts";
import { PATHS } from "../names.ts";
import type { PackageManager } from "./manager.ts";

/** invoke-rc.d and deb-systemd-invoke ask this file; 101 = "do not start anything" (policy-rc.d convention). */
const GUARD = "#!/bin/sh\n# written by skyha install for the time of the installation\nexit 101\n";

const APT: Argv = [
  "env",
  "DEBIAN_FRONTEND=noninteractive",
  // Every package with a unit asks systemd to read all units again, a second or more each; once at the end will do.
  "SYSTEMD_OFFLINE=1",
  "apt-get",
  "-q",
  "-y",
  "-o",
  "Dpkg::Options::=--force-confold",
  "-o",
  "DPkg::Lock::Timeout=120",
];

const COMMON = [
  "corosync",
  "pacemaker",
  "pacemaker-cli-utils",
  "drbd-utils",
  "resource-agents",
  "ipmitool",
  "nfs-kernel-server",
  "xfsprogs",
  "iputils-arping",
  "psmisc",
];

export const apt: PackageManager = {
  name: "apt-get",
  bringsDrbd: false,
  wanted(config, { os, appArmor }) {
    // Debian 13 split these; before, fence-agents is one package with the clients of every cloud.
    const split = os.id === "debian" && Number(os.versionId) >= 13;
    const docker = split ? ["docker.io", "docker-cli"] : ["docker.io"];
    const fenceAgents = split ? "fence-agents-ipmilan" : "fence-agents";
    return [
      ...COMMON,
      ...(config.pcs ? ["pcs"] : []),
      ...(config.hosts.some((host) => host.fence?.agent === "fence_ipmilan") ? [fenceAgents] : []),
      ...(config.engine === "docker" ? docker : ["podman"]),
      // Where the kernel has AppArmor, docker starts no container without its parser, which it only recommends.
      ...(config.engine === "docker" && appArmor ? ["apparmor"] : []),
    ];
  },
  async installed(host) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own format language
    const format = "${db:Status-Status}\\t${Package}\\t${Version}\\n";
    return parseDpkgQuery(await run(host, ["dpkg-query", "-W", "-f", format]));
  },
  async install(host, packages, progress) {
    const found = await host.read(PATHS.policy);
    // One of ours was left by an installation that was killed.
    const foreignGuard = found !== undefined && found !== GUARD;
    if (!foreignGuard) await host.write(PATHS.policy, GUARD, { mode: 0o755 });
    try {
      progress("reading package lists");
      await aptGet(host, ["update"]);
      progress(`installing ${packages.join(" ")}`);
      await aptGet(host, ["install", "--no-install-recommends", ...packages]);
    } finally {
      await host.exec(["systemctl", "daemon-reload"]);
      if (!foreignGuard) await host.exec(["rm", "-f", PATHS.policy]);
    }
  },
};

async function aptGet(host: Host, words: readonly string[]): Promise<void> {
  const argv: Argv = [...APT, ...words];
  const result = await host.exec(argv, { timeoutMs: 20 * 60_000 });
  if (result.code !== 0) throw new CommandError(host.name, ["apt-get", ...words], result);
}
