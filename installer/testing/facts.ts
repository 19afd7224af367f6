import type { Config } from "../config/schema.ts";
import { configFromSeed } from "../config/seed.ts";
import type { HostFacts } from "../facts/host.ts";
import type { LocalFacts } from "../facts/local.ts";
import type { MachineFacts } from "../facts/machine/gather.ts";
import type { InstallFacts } from "../plan/plan.ts";

/** Hand-made facts for unit tests of plan and preflight: two bare Debian 12 hosts. */

export const WORDS = [
  "master_ip=10.0.0.1",
  "slave_ip=10.0.0.2",
  "vip_master=10.0.0.9",
  "data_dir=/data",
  "master_hostname=db1",
  "slave_hostname=db2",
  "fence_master=ipmi://admin@10.0.0.101",
  "fence_slave=ipmi://admin@10.0.0.102",
  "fence_password_file=/pw",
];

export const testConfig = (...more: string[]): Config => configFromSeed([...WORDS, ...more]);

/** A file map that knows every path as absent unless given: bare hosts have nothing of ours. */
function files(known: Readonly<Record<string, string>>): HostFacts["files"] {
  const map = new Map<string, string | undefined>(Object.entries(known));
  return Object.assign(map, { has: () => true });
}

/** A machine with nothing in the way. */
export const MACHINE: MachineFacts = {
  firewall: { manager: undefined, rulesets: [], unread: undefined },
  selinux: { value: "absent" },
  secureBoot: { value: false },
  drbdSignature: { value: { loaded: false, signer: undefined } },
  liveRestore: { value: false },
  restartPolicies: { value: [] },
  watchdog: { value: false },
  memoryBytes: { value: 4096 * 1024 * 1024 },
};

export function bareHost(
  name: "db1" | "db2",
  changes: Partial<HostFacts> & { known?: Record<string, string> } = {},
): HostFacts {
  const { known = {}, ...rest } = changes;
  const address = name === "db1" ? "10.0.0.1" : "10.0.0.2";
  return {
    name,
    os: { id: "debian", idLike: [], versionId: "12", prettyName: "Debian GNU/Linux 12 (bookworm)" },
    arch: "x86_64",
    kernel: "6.1.0",
    hostname: name,
    epochSeconds: 1000,
    packages: new Map([["bash", "5.2"]]),
    addresses: [{ interface: "eth0", address, prefix: 24, mtu: 1500 }],
    listening: new Set([22]),
    units: new Map(),
    files: files({ "/etc/hosts": "127.0.0.1 localhost\n", ...known }),
    appArmor: false,
    drbdModule: "8.4.11",
    procDrbd: undefined,
    loops: new Map(),
    dataDir: { freeBytes: 10e9, totalBytes: 20e9 },
    backing: {
      kind: "file",
      path: "/data/drbd.img",
      exists: false,
      sizeBytes: 0,
      allocatedBytes: 0,
      signature: undefined,
    },
    drbd: {
      disk: "absent",
      peerDisk: "absent",
      connection: "Unconfigured",
      role: "Unknown",
      percent: undefined,
    },
    volumeSignature: undefined,
    vipAnsweredBy: undefined,
    programSha256: undefined,
    links: new Map(),
    images: new Set(),
    mounted: false,
    mountPoint: false,
    hostKeys: [],
    fenceProven: false,
    crmMon: undefined,
    cib: undefined,
    cmap: undefined,
    machine: MACHINE,
    ...rest,
  };
}

const local: LocalFacts = {
  program: { path: "/skyha", sha256: "abc" },
  archives: [],
  secrets: new Map([["/pw", "bmc-secret"]]),
};

export const pairFacts = (first: HostFacts, second: HostFacts): InstallFacts => ({
  hosts: [first, second],
  local,
});
