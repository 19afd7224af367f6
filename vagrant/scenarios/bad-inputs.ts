import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { on } from "../kit/pair.ts";
import { type Engine, seedWords, skyha } from "../kit/product.ts";
import type { Scenario } from "../kit/story.ts";
import type { Lab } from "../src/lab.ts";

interface BadInput {
  readonly name: string;
  readonly words: (lab: Lab, engine: Engine) => string[];
  /** Exactly one line of standard error says it. */
  readonly says: RegExp;
  readonly code?: number;
  /** Makes the world as bad as the input claims, and repairs it. */
  readonly before?: (lab: Lab) => Promise<void>;
  readonly after?: (lab: Lab) => Promise<void>;
}

const change = (lab: Lab, engine: Engine, key: string, value: string) =>
  seedWords(lab, engine).map((word) => (word.startsWith(`${key}=`) ? `${key}=${value}` : word));

const folder = mkdtempSync(join(tmpdir(), "skyha-bad-"));
const emptyFile = join(folder, "empty");
writeFileSync(emptyFile, "");

const inputs: BadInput[] = [
  {
    name: "an address that is none",
    words: (lab, engine) => change(lab, engine, "master_ip", "10.0.0.300"),
    says: /^error: master_ip: an IPv4 address/m,
  },
  {
    name: "a host that does not answer",
    words: (lab, engine) =>
      change(lab, engine, "slave_ip", lab.host("db2").addresses[0].replace(/\d+$/, "77")),
    says: /^error: db2: cannot reach .* by SSH/m,
  },
  {
    name: "a key that is not let in",
    words: (lab, engine) => change(lab, engine, "ssh_key", emptyFile),
    says: /^error: db1: .* does not let root in/m,
  },
  {
    name: "a host key that nobody knows",
    words: (lab, engine) => change(lab, engine, "known_hosts", emptyFile),
    says: /^error: db1: the host key of .* is not known yet: SHA256:/m,
    code: 4,
  },
  {
    name: "no fence device",
    words: (lab, engine) => seedWords(lab, engine).filter((word) => !word.startsWith("fence_")),
    says: /^error: no fence device for db1 and db2/m,
    code: 4,
  },
  {
    name: "a name that is not the host's",
    words: (lab, engine) => change(lab, engine, "slave_hostname", "db9"),
    says: /^error: db2: the host is called db2|^error: db9: the host is called db2/m,
  },
  {
    name: "a volume larger than the disk",
    words: (lab, engine) => change(lab, engine, "drbd_size", "900000"),
    says: /^error: db1: no space for the replicated volume/m,
  },
  {
    name: "a VIP that somebody has",
    words: (lab, engine) => change(lab, engine, "vip_master", lab.host("arbiter").addresses[0]),
    says: /^error: db1: the VIP .* already answers/m,
  },
  {
    name: "an image archive that is none",
    words: (lab, engine) => change(lab, engine, "images", emptyFile),
    says: /^error: images: .* is no image archive/m,
  },
  {
    name: "a port that another program has",
    words: seedWords,
    says: /^error: db2: port 5432 \(postgres\) is already in use/m,
    before: async (lab) => {
      await on(
        lab,
        "db2",
        "systemd-run --quiet --unit=port-holder python3 -m http.server 5432; for i in $(seq 50); do ss -Hltn sport = :5432 | grep -q . && exit 0; sleep 0.2; done; exit 1",
      );
    },
    after: async (lab) => {
      await on(lab, "db2", "systemctl stop port-holder");
    },
  },
  {
    name: "a data directory that holds somebody's image",
    words: seedWords,
    says: /^error: db1: \/data\/drbd\.img already holds data \(ext4\)/m,
    before: async (lab) => {
      await on(
        lab,
        "db1",
        "mkdir -p /data && truncate -s 100M /data/drbd.img && mkfs.ext4 -q /data/drbd.img",
      );
    },
    after: async (lab) => {
      await on(lab, "db1", "rm -r /data");
    },
  },
];

/** Everything on a host that install could have changed. */
const STATE =
  "find /etc /data /usr/local/bin /usr/lib/ocf -newer /run/scenario-mark -type f 2>/dev/null | sort; dpkg -l | md5sum; losetup -a";

export const badInputs: Scenario[] = inputs.map(({ name, words, says, code = 2, before, after }) => ({
  name: `refuses ${name}, in one line, before anything changed`,
  async run({ lab, engine }) {
    await before?.(lab);
    await Promise.all(lab.hosts.map((host) => on(lab, host.name, "touch /run/scenario-mark")));
    const look = () => Promise.all(["db1", "db2"].map((host) => on(lab, host, STATE)));
    const was = await look();
    const result = await skyha(["install", ...words(lab, engine)]);
    assert.equal(result.code, code, result.stderr || result.stdout);
    assert.match(result.stderr, says);
    assert.deepEqual(await look(), was);
    await after?.(lab);
  },
}));
