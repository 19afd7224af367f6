import { expect, test } from "bun:test";
import type { ApplyContext, Change } from "../../core/change.ts";
import { describe as text } from "../../core/report.ts";
import { captured } from "../../fixtures/captured/read.ts";
import type { HostFacts } from "../facts/host.ts";
import { createFakeHost } from "../hosts/fake.ts";
import { PATHS } from "../names.ts";
import { changesOf, type InstallFacts, makePlan } from "../plan/plan.ts";
import { preflight } from "../plan/preflight.ts";
import { bareHost, pairFacts, testConfig } from "../testing/facts.ts";
import { corosyncConf } from "./corosync.ts";
import { STEPS } from "./list.ts";

/** Installing where something of a pair is already. */

const config = testConfig();
const plan = (facts: InstallFacts) => changesOf(makePlan(STEPS, config, facts));
const ids = (changes: readonly Change[]) => changes.map(({ id }) => id);
const contextOf = (...hosts: ReturnType<typeof createFakeHost>[]): ApplyContext => ({
  hosts,
  progress: () => {},
  host: (name) => hosts.find((host) => host.name === name) ?? hosts[0] ?? createFakeHost(name, []),
});

/** What `skyha reset --cluster` has left: DRBD down, its resource file, a file system inside. */
const left = (name: "db1" | "db2", changes: Parameters<typeof bareHost>[1] = {}): HostFacts =>
  bareHost(name, {
    packages: new Map([["pacemaker", "2"]]),
    backing: {
      kind: "file",
      path: "/data/drbd.img",
      exists: true,
      sizeBytes: 1e9,
      allocatedBytes: 1e8,
      signature: "drbd",
    },
    volumeSignature: "xfs",
    procDrbd: "version: 8.4.11\n",
    loops: new Map([["/dev/loop9", "/data/drbd.img"]]),
    ...changes,
    known: { [PATHS.drbdResource]: "resource skydata {\n}\n", [PATHS.config]: "x", ...changes.known },
  });

test("after reset --cluster the same installation takes the data up as it is: nothing is created, copied or formatted", () => {
  const facts = pairFacts(left("db1"), left("db2"));
  expect(preflight(config, facts)).toEqual([]);
  const changes = plan(facts);
  const made = changes.filter(({ step }) => ["drbd", "storage", "filesystem"].includes(step));
  expect(ids(made)).not.toContain("drbd/cluster/first-sync");
  expect(made.flatMap(({ preview }) => preview).join("\n")).not.toMatch(
    /create-md|mkfs|truncate|primary --force|clear-bitmap/,
  );
  expect(ids(made)).toContain("drbd/cluster/up");
  expect(made.at(-1)?.title).toBe("take up the data on /dev/drbd1 as it is, and complete its directories");
  // How the hosts were is remembered once: now it is not the first time.
  expect(changes.filter(({ step }) => step === "remember")).toEqual([]);
});

test("metadata without a file system: an interrupted installation makes its first copy, or finds it made", async () => {
  const facts = pairFacts(
    left("db1", { volumeSignature: undefined }),
    left("db2", { volumeSignature: undefined }),
  );
  const first = plan(facts).find(({ id }) => id === "drbd/cluster/first-sync");
  expect(first).toBeDefined();
  const host = (name: string, state: string) =>
    createFakeHost(name, [], { "/proc/drbd": captured(`drbd-8.4.11/${state}.proc`) });
  const equal = contextOf(host("db1", "healthy-secondary"), host("db2", "healthy-secondary"));
  await first?.apply(equal);
  expect(await first?.verify(equal)).toBeUndefined();
  const apart = contextOf(host("db1", "resync-source"), host("db2", "resync-target"));
  await expect(first?.apply(apart)).rejects.toThrow("a device holds data already");
});

const volume = (listed: string, files: Record<string, string> = {}) => {
  const word = /.*/s;
  const answers = [
    { argv: ["ls", "-A1", "/drbd"], stdout: listed },
    { argv: ["test", "-d", word] },
    ...[1, 2, 3, 4].map((more) => ({
      argv: [/^(mkdir|drbdadm|mount|umount|chown)$/, ...Array(more).fill(word)],
    })),
  ];
  return createFakeHost("db1", answers, files);
};

test("a volume is taken up by its sentinel; one with somebody else's files is not written to", async () => {
  const change = plan(pairFacts(left("db1"), left("db2"))).find(({ step }) => step === "filesystem");
  const foreign = volume("photos\npostgres\n");
  await expect(change?.apply(contextOf(foreign, foreign))).rejects.toThrow(
    "holds photos: it is not the pair's",
  );
  expect(foreign.files.has(PATHS.sentinel)).toBe(false);
  const ours = volume("photos\n", { [PATHS.sentinel]: "x" });
  await change?.apply(contextOf(ours, ours));
  // Interrupted before the sentinel was written.
  const half = volume("lost+found\nnfsshare\npostgres\n");
  await change?.apply(contextOf(half, half));
  expect(half.files.has(PATHS.sentinel)).toBe(true);
});

const CIB =
  '<cib><configuration><resources><clone id="drbd-cluster"/><primitive id="skyfs"/></resources></configuration></cib>';
const key = "the key in use";

test("a host that joins a pair that goes on gets its key, sees its VIP without complaint, and starts when all is there", async () => {
  const known = { [PATHS.corosyncConf]: corosyncConf(config), [PATHS.corosyncKey]: key };
  const goesOn = left("db1", { known, cib: CIB, cmap: "", mounted: true, vipAnsweredBy: "db1" });
  const joins = bareHost("db2", { vipAnsweredBy: "52:54:00:00:00:01" });
  const facts = pairFacts(goesOn, joins);
  expect(preflight(config, facts).map((item) => text(item).text)).toEqual([]);
  const changes = plan(facts);
  expect(ids(changes)).toContain("cluster/db2/authkey");
  expect(ids(changes)).not.toContain("cluster/cluster/authkey");
  expect(changes.find(({ id }) => id === "cluster/cluster/start")?.step).toBe("join");
  expect(STEPS.find(({ id }) => id === "join")?.after).toContain("drbd");
  const host = createFakeHost("db2", [
    { argv: ["sh", "-c", /.*/s, "keep", PATHS.originals, PATHS.corosyncKey] },
  ]);
  const share = changes.find(({ id }) => id === "cluster/db2/authkey");
  expect(JSON.stringify(share)).not.toContain(key);
  await share?.apply(contextOf(host));
  expect(host.files.get(PATHS.corosyncKey)).toBe(key);
  expect(ids(changes)).not.toContain("drbd/cluster/first-sync");
});

test("somebody else who answers at the VIP is still in the way", () => {
  const taken = { vipAnsweredBy: "52:54:00:00:00:01" };
  const reports = preflight(config, pairFacts(bareHost("db1", taken), bareHost("db2", taken)));
  expect(reports.map(({ code }) => code)).toEqual(["preflight.vip-in-use", "preflight.vip-in-use"]);
});

test("data that is in the way: what can be done with it is named, and no more than that", () => {
  const next = (signature: string, kind: "file" | "device" = "file") => {
    const backing = { kind, path: "/x", exists: true, sizeBytes: 1, allocatedBytes: 1, signature };
    const [found] = preflight(config, pairFacts(bareHost("db1", { backing }), bareHost("db2")));
    return found === undefined ? "" : text(found).next;
  };
  expect(next("ext4")).toBe(
    "keep: give another device or data_dir; erase, when it is certainly not needed: rm /x",
  );
  expect(next("drbd", "device")).toMatch(/^adopt: .*skydata\.res.*keep: .*erase.*: wipefs --all \/x$/);
});

test("how a host was is remembered before anything else, and only where nothing is skyha's yet", () => {
  const bare = plan(
    pairFacts(
      bareHost("db1", { units: new Map([["drbd.service", { file: "enabled", active: "active" }]]) }),
      left("db2"),
    ),
  );
  expect(ids(bare.filter(({ step }) => step === "remember"))).toEqual(["remember/db1/units"]);
  const others = STEPS.filter(({ id, after }) => id !== "remember" && after.length === 0);
  expect(others.map(({ id }) => id)).toEqual([]);
});

test("a host that has no mount point gets one, also beside a pair whose volume is in use", () => {
  const runs = left("db1", { mounted: true, mountPoint: true });
  expect(ids(plan(pairFacts(runs, left("db2"))))).toContain("storage/db2/mount-point");
  const complete = pairFacts(runs, left("db2", { mountPoint: true }));
  expect(ids(plan(complete)).filter((id) => id.endsWith("/mount-point"))).toEqual([]);
});

test("a device that is held open for a moment after the mount is waited for", async () => {
  const change = plan(pairFacts(left("db1"), left("db2"))).find(({ step }) => step === "filesystem");
  const host = volume("photos\n", { [PATHS.sentinel]: "x" });
  let asked = 0;
  const held: typeof host = {
    ...host,
    exec: async (argv, options) =>
      argv[0] === "drbdadm" && argv[1] === "secondary" && ++asked === 1
        ? { code: 11, stdout: "", stderr: "Device is held open by someone", timedOut: false }
        : host.exec(argv, options),
  };
  await change?.apply(contextOf(held, held));
  expect(asked).toBe(2);
});
