import { captured } from "../../fixtures/captured/read.ts";
import type { Config } from "../config/schema.ts";
import type { HostFacts } from "../facts/host.ts";
import type { UnitState } from "../facts/parse.ts";
import { PATHS } from "../names.ts";
import { corosyncConf } from "../steps/corosync.ts";
import { bareHost } from "../testing/facts.ts";
import { type Copy, OURS, type ResetHost } from "./look.ts";
import type { Choices, ResetView, Scope } from "./scope.ts";

/** A pair as it stands after an installation, for unit tests of reset. */

const id = (letter: string) => letter.repeat(16);
/** A copy whose generation is that letter, and what it was before. */
export const copyOf = (current: string, before = "A"): Copy => ({
  kind: "data",
  generations: { current: id(current), bitmap: id("0"), history: [id(before), id("0")] },
});

const CIB = captured("pacemaker-2.1.5/healthy/cib.xml");
/** What an installation is said to have written: all that this CIB has. */
const APPLIED = /<configuration>.*<\/configuration>/s.exec(CIB)?.[0] ?? "";

export const on: UnitState = { file: "enabled", active: "active" };
export const off: UnitState = { file: "disabled", active: "inactive" };

type Changed = Partial<Omit<ResetHost, "facts">> & {
  readonly facts?: Parameters<typeof bareHost>[1];
};

export function installedHost(config: Config, name: "db1" | "db2", changed: Changed = {}): ResetHost {
  const { facts: more = {}, ...rest } = changed;
  const { known = {}, ...others } = more;
  const active = name === "db1";
  const facts: HostFacts = bareHost(name, {
    units: new Map([
      ["corosync.service", on],
      ["pacemaker.service", on],
      ["skyha-storage.service", on],
    ]),
    links: new Map([[`${PATHS.agentDirectory}/postgres`, PATHS.program]]),
    backing: {
      kind: "file",
      path: "/data/drbd.img",
      exists: true,
      sizeBytes: 1e9,
      allocatedBytes: 1e8,
      signature: "drbd",
    },
    drbd: {
      disk: "UpToDate",
      peerDisk: "UpToDate",
      connection: "Connected",
      role: active ? "Primary" : "Secondary",
      percent: undefined,
    },
    volumeSignature: "xfs",
    mounted: active,
    crmMon: captured("pacemaker-2.1.5/healthy/crm_mon.xml"),
    cib: CIB,
    known: {
      [PATHS.corosyncConf]: corosyncConf(config),
      [PATHS.corosyncKey]: "key",
      [PATHS.config]: "cluster: skycluster\n",
      [PATHS.applied]: APPLIED,
      [PATHS.drbdResource]: "resource skydata {\n  disk /dev/loop9;\n}\n",
      [PATHS.storageUnit]: "[Unit]\nExecStart=/sbin/losetup /dev/loop9 /data/drbd.img\nExecStop=x\n",
      [PATHS.startOrder]: "[Unit]\n",
      [PATHS.nfsConf]: "[nfsd]\n",
      [PATHS.modulesLoad]: "drbd\n",
      [PATHS.drbdCommon]: "global {}\n",
      [PATHS.hosts]:
        "127.0.0.1 localhost\n# skyha: names of the pair\n10.0.0.1 db1\n10.0.0.2 db2\n# skyha: end\n",
      [PATHS.authorizedKeys]: `ssh-ed25519 AAAA ann@laptop\nfrom="10.0.0.${active ? 2 : 1}" ssh-ed25519 BBBB skyha-pair\n`,
      ...known,
    },
    ...others,
  });
  return {
    name,
    facts,
    copy: copyOf("A"),
    cib: facts.cib,
    originals: {
      units: { "corosync.service": "", "nfs-server.service": "enabled" },
      files: new Map([
        [PATHS.corosyncConf, "kept"],
        [PATHS.corosyncKey, "absent"],
        [PATHS.drbdCommon, "kept"],
      ]),
    },
    originalHosts: `127.0.0.1 localhost\n127.0.1.1 ${name}\n`,
    containers: active ? { all: ["postgres"], running: ["postgres"] } : { all: [], running: [] },
    there: new Set([OURS.settings, OURS.program, OURS.applied, OURS.originals, OURS.cib, OURS.space]),
    backup: undefined,
    volume: active
      ? [{ path: "/drbd/postgres", sizeKiB: 40_960, newest: "2026-01-02T03:04:05Z /drbd/postgres/wal" }]
      : undefined,
    ...rest,
  };
}

const CHOICES: Choices = { noCopy: false, images: false, foreign: false, stamp: "20260102T030405" };

export function viewOf(
  config: Config,
  scope: Scope,
  changed: { db1?: Changed; db2?: Changed; choices?: Partial<Choices> } = {},
): ResetView {
  return {
    config,
    scope,
    choices: { ...CHOICES, ...changed.choices },
    hosts: [installedHost(config, "db1", changed.db1), installedHost(config, "db2", changed.db2)],
  };
}

/** As bareHost knows files: by their content, where it is not undefined. */
export const absent = (...paths: readonly string[]): Record<string, string> =>
  Object.fromEntries(paths.map((path) => [path, undefined as unknown as string]));

/** What `--cluster` has left: the data and what belongs to it. */
export const withoutCluster = (signs: { running?: readonly string[] } = {}): Changed => ({
  cib: undefined,
  containers: { all: signs.running ?? [], running: signs.running ?? [] },
  there: new Set([OURS.settings, OURS.program, OURS.originals]),
  volume: undefined,
  facts: {
    units: new Map([
      ["corosync.service", off],
      ["pacemaker.service", off],
      ["skyha-storage.service", on],
      ["nfs-server.service", on],
    ]),
    links: new Map(),
    mounted: false,
    crmMon: undefined,
    cib: undefined,
    drbd: {
      disk: "absent",
      peerDisk: "absent",
      connection: "Unconfigured",
      role: "Unknown",
      percent: undefined,
    },
    known: {
      [PATHS.corosyncConf]: "totem {\n  cluster_name: debian\n}\n",
      [PATHS.hosts]: "127.0.0.1 localhost\n",
      ...absent(PATHS.nfsConf, PATHS.startOrder),
    },
  },
});
