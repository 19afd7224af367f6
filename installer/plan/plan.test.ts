import { expect, test } from "bun:test";
import { describe as text } from "../../core/report.ts";
import { groupStartSeconds } from "../cib/wanted.ts";
import { STEPS } from "../steps/list.ts";
import { bareHost, pairFacts, testConfig } from "../testing/facts.ts";
import { changesOf, type InstallFacts, makePlan } from "./plan.ts";
import { preflight } from "./preflight.ts";

const bare = pairFacts(bareHost("db1"), bareHost("db2"));

test("bare hosts: every step has something to do, nothing destroys, the order is that of the list", () => {
  const plan = makePlan(STEPS, testConfig("pcs=yes"), bare);
  // "join" is for a host that comes to a cluster that runs.
  expect(plan.filter(({ changes }) => changes.length === 0).map(({ step }) => step.id)).toEqual(["join"]);
  const risks = new Set<string>(changesOf(plan).map((change) => change.risk));
  expect(risks.has("destroys")).toBe(false);
  expect(risks.has("interrupts")).toBe(false);
});

test("pcs only for those who ask for it: neither its packages nor its web service otherwise", () => {
  const shown = (...more: string[]) => {
    const changes = changesOf(makePlan(STEPS, testConfig(...more), bare));
    return changes.flatMap(({ preview }) => preview).join("\n");
  };
  expect(shown()).not.toMatch(/\bpcsd?\b(?!: false)/);
  expect(shown("pcs=yes")).toMatch(/apt-get install .*\bpcs\b/);
  expect(shown("pcs=yes")).toContain("enable --now pcsd.service");
});

test("every step comes after those it waits for", () => {
  const seen = new Set<string>();
  for (const step of STEPS) {
    for (const id of step.after) expect(seen.has(id)).toBe(true);
    seen.add(step.id);
  }
});

test("ids of Changes are unique, and no preview or title shows a secret", () => {
  const changes = changesOf(makePlan(STEPS, testConfig(), bare));
  expect(new Set(changes.map((change) => change.id)).size).toBe(changes.length);
  expect(JSON.stringify(changes)).not.toContain("bmc-secret");
});

test("the CIB of the plan holds the path of the password, fencing on, and the group in start order", () => {
  const cib = changesOf(makePlan(STEPS, testConfig(), bare)).find(
    (change) => change.id === "resources/cluster/cib",
  );
  const preview = cib?.preview.join("\n") ?? "";
  expect(preview).toContain('name="password_file" value="/etc/skyha/secrets/fence-db1.password"');
  expect(preview).toContain('name="stonith-enabled" value="true"');
  const members = [...preview.matchAll(/<primitive id="([\w-]+)"/g)].map((match) => match[1]);
  expect(members).toEqual([
    "fence-db1",
    "fence-db2",
    "skydata",
    "skyfs",
    "vip-master",
    "postgres",
    "redis",
    "bstkd",
    "nfs-daemon",
  ]);
});

test("an LV is really synchronised, two new files are declared equal", () => {
  const title = (...words: string[]) =>
    changesOf(makePlan(STEPS, testConfig(...words), bare)).find(
      (change) => change.id === "drbd/cluster/first-sync",
    )?.title;
  expect(title()).toBe("declare the two blank files equal");
  expect(title("lv_master=/dev/vg/a", "lv_slave=/dev/vg/b")).toBe(
    "copy db1's blank device to the other host",
  );
});

test("preflight has nothing against two bare hosts", () => {
  expect(preflight(testConfig(), bare)).toEqual([]);
});

const file = (signature: string) => ({
  kind: "file" as const,
  path: "/data/drbd.img",
  exists: true,
  sizeBytes: 1e9,
  allocatedBytes: 1e6,
  signature,
});

test.each([
  ["another host name", { hostname: "web1" }, "the host is called web1"],
  ["an address it does not have", { addresses: [] }, "10.0.0.1 is not an address of this host"],
  ["a VIP in use", { vipAnsweredBy: "52:54:00:00:00:01" }, "the VIP 10.0.0.9 already answers"],
  ["a full disk", { dataDir: { freeBytes: 1e6, totalBytes: 1e9 } }, "no space for the replicated volume"],
  ["a kernel without DRBD", { drbdModule: undefined }, "has no module drbd"],
  ["a used port", { listening: new Set([5432]) }, "port 5432 (postgres) is already in use"],
  ["a file system in the backing file", { backing: file("ext4") }, "already holds data (ext4)"],
  ["DRBD data that is not ours", { backing: file("drbd") }, "already holds data (drbd)"],
  ["something blkid cannot name", { backing: file("ambivalent") }, "already holds data (ambivalent)"],
  [
    "another cluster",
    { known: { "/etc/corosync/corosync.conf": "totem {\n  cluster_name: shop\n}\n" } },
    'belongs to the cluster "shop"',
  ],
  [
    "another release",
    { os: { id: "debian", idLike: [], versionId: "13", prettyName: "Debian 13" } },
    "different releases",
  ],
  ["another time", { epochSeconds: 2000 }, "clocks differ by 1000 s"],
])("preflight stops at %s", (_name, changes, wanted) => {
  const reports = preflight(testConfig(), pairFacts(bareHost("db1", changes), bareHost("db2")));
  expect(reports.map((item) => text(item).text).join("\n")).toContain(wanted);
});

test("our own cluster holds the VIP, the ports and the DRBD metadata rightly", () => {
  const known = {
    "/etc/corosync/corosync.conf": "totem {\n    cluster_name: skycluster\n}\n",
    "/etc/drbd.d/skydata.res": "resource skydata {}",
  };
  const busy = { known, vipAnsweredBy: "db1", listening: new Set([5432, 6379, 7789]), backing: file("drbd") };
  expect(
    preflight(
      testConfig(),
      pairFacts(bareHost("db1", busy), bareHost("db2", { known, backing: file("drbd") })),
    ),
  ).toEqual([]);
});

const CIB = (...ids: string[]) =>
  `<cib><configuration><resources>${ids.map((id) => `<primitive id="${id}"/>`).join("")}</resources></configuration></cib>`;
const ALL = ["skyfs", "vip-master", "postgres", "redis", "bstkd", "nfs-daemon"];
const OURS = { "/etc/corosync/corosync.conf": "totem {\n    cluster_name: skycluster\n}\n" };
const running = (ids: readonly string[], changes: Parameters<typeof bareHost>[1] = {}) =>
  pairFacts(
    bareHost("db1", { known: OURS, cib: CIB(...ids), mounted: true, ...changes }),
    bareHost("db2", { known: OURS, cib: CIB(...ids) }),
  );

test("a service that is new to a running pair gets its directory where the volume is mounted", () => {
  const directories = (ids: readonly string[]) =>
    changesOf(makePlan(STEPS, testConfig("mariadb_image=m"), running(ids)))
      .filter(({ step }) => step === "filesystem")
      .map(({ host, preview }) => ({ host, preview }));
  expect(directories(ALL)).toEqual([
    { host: "db1", preview: ["/drbd/mariadb: owner 999:999, mode 0700, if missing"] },
  ]);
  expect(directories([...ALL, "mariadb"])).toEqual([]);
});

test("without the volume nothing is added; a port somebody else has stops only what is new", () => {
  const texts = (facts: InstallFacts, ...words: string[]) =>
    preflight(testConfig(...words), facts).map((item) => text(item).text);
  expect(texts(running(ALL, { mounted: false }), "mariadb_image=m")).toEqual([
    "mariadb would get a directory on /drbd, which is mounted on neither host",
  ]);
  expect(texts(running(ALL, { mounted: false }))).toEqual([]);
  const busy = running(ALL, { listening: new Set([3306, 5432]) });
  expect(texts(busy, "mariadb_image=m")).toEqual(["port 3306 (mariadb) is already in use"]);
  expect(texts(busy)).toEqual([]);
});

test("a database is made once: the cluster is told so, and what it has is left as it is", () => {
  const changes = (ids: readonly string[], cib?: string) => {
    const facts = running(ids, cib === undefined ? {} : { cib });
    return changesOf(makePlan(STEPS, testConfig("mariadb_image=m"), facts));
  };
  const preview = (list: ReturnType<typeof changes>, step: string) =>
    list.filter((change) => change.step === step).flatMap((change) => change.preview);
  const seal = (id: string) =>
    `crm_resource --resource ${id} --set-parameter initialize --parameter-value no`;
  expect(preview(changes([]), "seal")).toEqual(["postgres", "mariadb", "redis"].map(seal));
  expect(preview(changes(ALL), "seal")).toEqual([seal("mariadb")]);
  expect(preview(changes([...ALL, "mariadb"]), "seal")).toEqual([]);
  const open = CIB(...ALL, "mariadb").replace(
    '<primitive id="redis"/>',
    '<primitive id="redis"><nvpair id="redis-instance_attributes-initialize" name="initialize" value="yes"/></primitive>',
  );
  expect(preview(changes(ALL, open), "seal")).toEqual([seal("redis")]);
  // Only what is new may be made in an empty directory.
  const wanted = (list: ReturnType<typeof changes>) => preview(list, "resources").join("\n");
  expect(wanted(changes(ALL))).toMatch(/\+ +<nvpair id="mariadb-instance_attributes-initialize"/);
});

test("the services are waited for as long as the cluster gives them to start", () => {
  const context = { vipPrefix: 24, roleNames: { Promoted: "Promoted", Unpromoted: "Unpromoted" } } as const;
  const seconds = (...more: string[]) =>
    groupStartSeconds(testConfig(...more), { ...context, nfsClients: "*", has: () => false });
  const cib = changesOf(makePlan(STEPS, testConfig(), bare)).find(({ id }) => id === "resources/cluster/cib");
  const start = /<op id="(?!skydata|fence)[^"]*" name="start" interval="0s" timeout="(\d+)s"/g;
  const times = [...(cib?.preview.join("\n") ?? "").matchAll(start)].map((match) => Number(match[1]));
  expect(times).toHaveLength(6);
  expect(seconds()).toBe(times.reduce((sum, time) => sum + time, 0));
  expect(seconds("mariadb_image=mariadb:11")).toBeGreaterThan(seconds());
});

test("the ends of a link have the same MTU", () => {
  const ends = (name: "db1" | "db2", ...mtus: (number | undefined)[]) =>
    bareHost(name, {
      addresses: mtus.map((mtu, link) => ({
        interface: `eth${link}`,
        address: `10.${link}.0.${name === "db1" ? 1 : 2}`,
        prefix: 24,
        mtu,
      })),
    });
  const links = testConfig("link2_master=10.1.0.1", "link2_slave=10.1.0.2");
  expect(preflight(links, pairFacts(ends("db1", 1500, 9000), ends("db2", 1500, 9000)))).toEqual([]);
  expect(preflight(links, pairFacts(ends("db1", 1500, undefined), ends("db2", 1500, 9000)))).toEqual([]);
  const [problem, ...others] = preflight(links, pairFacts(ends("db1", 1500, 1500), ends("db2", 1500, 9000)));
  expect(others).toEqual([]);
  expect(problem && text(problem)).toMatchObject({
    host: "db1",
    text: expect.stringContaining("10.1.0.1 1500, 10.1.0.2 9000"),
    next: expect.stringContaining("ip link set dev eth1 mtu 9000"),
  });
});
