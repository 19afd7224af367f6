/** Names, paths and ports that install creates and every other command relies on; the seed's where it had one. */
export const PATHS = {
  program: "/usr/local/bin/skyha",
  config: "/etc/skyha/skyha.yaml",
  secrets: "/etc/skyha/secrets",
  pairKey: "/etc/skyha/ssh/id_ed25519",
  pairKnownHosts: "/etc/skyha/ssh/known_hosts",
  authorizedKeys: "/root/.ssh/authorized_keys",
  agentDirectory: "/usr/lib/ocf/resource.d/skyha",
  fenceDirectory: "/usr/sbin",
  cibDirectory: "/var/lib/pacemaker/cib",
  corosyncConf: "/etc/corosync/corosync.conf",
  corosyncKey: "/etc/corosync/authkey",
  drbdResource: "/etc/drbd.d/skydata.res",
  hosts: "/etc/hosts",
  policy: "/usr/sbin/policy-rc.d",
  state: "/var/lib/skyha",
  lock: "/var/lib/skyha/lock",
  journal: "/var/lib/skyha/journal.jsonl",
  /** The part of the CIB that install wrote last: what of it is not wanted any more may go. */
  applied: "/var/lib/skyha/applied.xml",
  fenceProof: "/var/lib/skyha/fence-proof",
  /** What the last drill came to. */
  drill: "/var/lib/skyha/drill.json",
  /** Samples of the space used on the replicated volume, by the agent `filesystem` of IDS.filesystem. */
  space: "/var/lib/skyha/space-skyfs",
  /** What a host had before the first installation changed it; see ledger/originals.ts. */
  originals: "/var/lib/skyha/original",
  originalUnits: "/var/lib/skyha/original/units.json",
  nfsConf: "/etc/nfs.conf.d/skyha.conf",
  modulesLoad: "/etc/modules-load.d/skyha.conf",
  drbdCommon: "/etc/drbd.d/global_common.conf",
  storageUnit: "/etc/systemd/system/skyha-storage.service",
  startOrder: "/etc/systemd/system/resource-agents-deps.target.d/skyha.conf",
  pcsKnownHosts: "/var/lib/pcsd/known-hosts",
  mount: "/drbd",
  sentinel: "/drbd/.skyha-volume",
  exports: "/drbd/nfsshare/exports",
  nfsInfo: "/drbd/nfsshare/nfsinfo",
} as const;

/** uid:gid of the service users in the images; the official ones of the databases agree on it. */
export const SERVICE_OWNER = "999:999";

/** Where a service has its data on the replicated volume. */
export const serviceDirectory = (name: string): string => `${PATHS.mount}/${name}`;

export const DRBD = { resource: "skydata", device: "/dev/drbd1", minor: 1 } as const;

export const IDS = {
  drbd: "skydata",
  drbdClone: "drbd-cluster",
  group: "master-group",
  filesystem: "skyfs",
  vip: "vip-master",
  postgres: "postgres",
  mysql: "mysql",
  mariadb: "mariadb",
  redis: "redis",
  valkey: "valkey",
  beanstalkd: "bstkd",
  nfs: "nfs-daemon",
} as const;

export const fenceId = (node: string): string => `fence-${node}`;

/** TCP port of the NFS server on the VIP. */
export const NFS_PORT = 2049;
/** Ports the hosts use among themselves: pcsd, corosync (knet, UDP). */
export const CLUSTER_PORTS = { pcsd: 2224, corosync: 5405 } as const;

/** Copies to go back to, outside of the replicated volume: `SERVICE/SERVICE.STAMP` of each backup. */
export const recoverDirectory = (dataDir: string): string => `${dataDir}/recover`;

/** For names of copies: 20260102T030405, UTC. @param ms since 1970 */
export const stampOf = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\..*/g, "");

export const BACKUP_UNITS = {
  service: "/etc/systemd/system/skyha-backup.service",
  timer: "/etc/systemd/system/skyha-backup.timer",
} as const;

/** Backing file of the replicated volume in data_dir. */
export const backingFile = (dataDir: string): string => `${dataDir}/drbd.img`;
