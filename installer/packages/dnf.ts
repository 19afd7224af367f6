import { type Argv, run } from "../../core/host.ts";
import { parseRpmQuery } from "../facts/parse.ts";
import type { PackageManager } from "./manager.ts";

/**
 * Enterprise Linux 8 and 9: the cluster stack is in the HighAvailability repository (`ha` on CentOS Stream,
 * `highavailability` on Rocky and Alma), DRBD in ELRepo as kmod-drbd9x. Both have to be enabled beforehand;
 * dnf itself says which package it cannot find.
 */
export const dnf: PackageManager = {
  name: "dnf",
  bringsDrbd: true,
  wanted: (config) => [
    "corosync",
    "pacemaker",
    ...(config.pcs ? ["pcs"] : []),
    "drbd9x-utils",
    "kmod-drbd9x",
    "resource-agents",
    "fence-agents-ipmilan",
    "ipmitool",
    "nfs-utils",
    "xfsprogs",
    "iputils",
    "psmisc",
    config.engine === "docker" ? "docker-ce" : "podman",
  ],
  installed: async (host) =>
    parseRpmQuery(await run(host, ["rpm", "-qa", "--qf", "%{NAME}\\t%{VERSION}-%{RELEASE}\\n"])),
  async install(host, packages, progress) {
    progress(`installing ${packages.join(" ")}`);
    const argv: Argv = ["dnf", "install", "-y", "--setopt=install_weak_deps=False", ...packages];
    await run(host, argv, { timeoutMs: 20 * 60_000 });
  },
};
