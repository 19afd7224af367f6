import type { Argv } from "../../core/host.ts";
import type { Config } from "../config/schema.ts";
import { PATHS } from "../names.ts";
import { servicesOf } from "../services/list.ts";

/** One file of the bundle: what a program on a host says. */
export interface Source {
  /** Name in the host's folder. */
  readonly file: string;
  readonly argv: Argv;
}

/** More than this of one journal nobody reads, and no mail takes. */
const LINES = "20000";

/** Everything worth a look when a pair misbehaved. Programs only look; none of them is told a secret. */
export function sourcesOf(config: Config, since: string): Source[] {
  const { engine } = config;
  const journal = (...words: string[]): Argv => [
    ...(["journalctl", "--no-pager", "--utc", "-o", "short-iso-precise"] as const),
    ...["--since", since, "-n", LINES, ...words],
  ];
  const units = ["pacemaker", "corosync", engine, "drbd", "nfs-server", "skyha-storage", "ssh"];
  const shell = (program: string): Argv => ["sh", "-c", program];
  return [
    {
      file: "host.txt",
      argv: shell("uname -a; uptime; date -u; cat /etc/os-release; free -m; systemctl --failed"),
    },
    { file: "packages.txt", argv: shell("dpkg-query -W 2>/dev/null || rpm -qa") },
    { file: "disks.txt", argv: shell("df -h; lsblk; losetup; cat /proc/mounts") },
    { file: "network.txt", argv: shell("ip addr; ip route; ip neigh; ss -tlnp") },
    { file: "crm_mon.txt", argv: ["crm_mon", "-1", "-A", "-f", "-r", "-n"] },
    { file: "crm_mon.xml", argv: ["crm_mon", "-1", "--output-as=xml", "--inactive"] },
    { file: "cib.xml", argv: ["cibadmin", "--query"] },
    { file: "crm_verify.txt", argv: ["crm_verify", "--live-check", "-VV"] },
    { file: "fencing.txt", argv: ["stonith_admin", "--history", "*", "--verbose"] },
    {
      file: "corosync.txt",
      argv: shell(
        "corosync-cfgtool -s; corosync-quorumtool -s; corosync-cmapctl; cat /etc/corosync/corosync.conf",
      ),
    },
    {
      file: "drbd.txt",
      argv: shell(
        "cat /proc/drbd; drbdsetup status --verbose --statistics; drbdadm dump all; drbdadm get-gi all",
      ),
    },
    { file: "containers.txt", argv: [engine, "ps", "--all", "--no-trunc"] },
    { file: "engine.txt", argv: [engine, "info"] },
    ...servicesOf(config).map(({ name }) => ({
      file: `container-${name}.txt`,
      argv: [engine, "logs", "--tail", "2000", name] as const,
    })),
    { file: "skyha-journal.jsonl", argv: ["cat", PATHS.journal] },
    { file: "skyha.yaml", argv: ["cat", PATHS.config] },
    { file: "units.log", argv: journal(...units.flatMap((unit) => ["-u", unit])) },
    { file: "kernel.log", argv: journal("-k") },
  ];
}

/** Those that are put together, by time, into one story of both hosts. */
export const TIMELINE_FILES: readonly string[] = ["units.log", "kernel.log"];
