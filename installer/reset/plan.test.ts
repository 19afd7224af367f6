import { expect, test } from "bun:test";
import { describe as text } from "../../core/report.ts";
import { PATHS } from "../names.ts";
import { testConfig } from "../testing/facts.ts";
import { type Copy, OURS } from "./look.ts";
import { resetChanges } from "./plan.ts";
import { reasonsAgainst } from "./reasons.ts";
import type { Scope } from "./scope.ts";
import { absent, copyOf, installedHost, off, viewOf, withoutCluster } from "./testing.ts";

const config = testConfig();
const CLUSTER: Scope = { kind: "cluster" };
const DATA: Scope = { kind: "data" };
const DB2: Scope = { kind: "host", host: "db2" };
const stages = (changes: readonly { step: string }[]) => [...new Set(changes.map(({ step }) => step))];
const preview = (changes: readonly { preview: readonly string[] }[]) =>
  changes.flatMap((each) => each.preview).join("\n");
const gone = { known: absent(PATHS.drbdResource) };

test("--cluster: services first, in order; what belongs to the data is not touched", () => {
  const changes = resetChanges(viewOf(config, CLUSTER));
  expect(stages(changes)).toEqual(["stop", "leave", "cib", "links", "units", "files", "records"]);
  expect(changes[0]).toMatchObject({ host: "cluster", risk: "interrupts" });
  expect(changes.map(({ risk }) => risk)).not.toContain("destroys");
  const all = preview(changes);
  for (const kept of [
    "/data",
    "skydata.res",
    "/etc/skyha",
    `${PATHS.program}\n`,
    PATHS.storageUnit,
    PATHS.space,
    "drbdadm",
    PATHS.authorizedKeys,
  ])
    expect(all).not.toContain(kept);
  // As it was: a file of the package, a key that nobody had, a service that started at boot.
  expect(all).toContain(`${PATHS.corosyncConf}: as it was before`);
  expect(all).toContain(`rm ${PATHS.corosyncKey}`);
  expect(all).toContain("systemctl enable nfs-server.service");
  expect(all).toContain("+127.0.1.1 db1");
  expect(all).toContain("-10.0.0.1 db1");
});

test("--data: the copy of the host with the services is kept, before the other one goes", () => {
  const changes = resetChanges(viewOf(config, DATA));
  expect(stages(changes)).toEqual([
    ...["stop", "leave", "down", "keep", "volume", "detach", "cib", "links"],
    ...["units", "files", "records", "settings", "keys", "program"],
  ]);
  expect(
    changes.filter(({ risk }) => risk === "destroys").map(({ host, title }) => `${host} ${title}`),
  ).toEqual([
    "db1 give the replicated volume up; it is kept in /data/recover/reset-20260102T030405/drbd.img",
    "db2 destroy the copy of the data in /data/drbd.img; it is kept on db1",
  ]);
  const all = preview(changes);
  expect(all).toContain(`rm ${PATHS.drbdResource}`);
  expect(all).toContain(`${PATHS.drbdCommon}: as it was before`);
  expect(all).toContain(`rm -r ${OURS.settings}`);
  expect(all).toContain(`rm -r ${PATHS.space}`);
  expect(all).not.toContain("rmi");
});

test("--data --no-copy destroys both, --images is said; an LV loses its signatures, and there is no copy of it", () => {
  const all = preview(resetChanges(viewOf(config, DATA, { choices: { noCopy: true } })));
  expect(all.match(/rm -f -- \/data\/drbd\.img/g)).toHaveLength(2);
  expect(all).not.toContain("/data/recover");
  const images = { images: new Set(["postgres:17", "elsewhere:1"]) };
  const named = testConfig("postgres_image=docker.io/library/postgres:17");
  const removed = resetChanges(viewOf(named, DATA, { choices: { images: true }, db1: { facts: images } }));
  expect(removed.filter(({ step }) => step === "images").flatMap((each) => each.preview)).toEqual([
    "docker rmi docker.io/library/postgres:17",
  ]);
  const backing = {
    kind: "device",
    path: "/dev/vg/a",
    exists: true,
    sizeBytes: 1,
    allocatedBytes: 1,
    signature: "drbd",
  } as const;
  const known = { [PATHS.drbdResource]: "resource skydata {\n  disk /dev/vg/a;\n}\n" };
  const lv = resetChanges(
    viewOf(config, DATA, { db1: { facts: { backing, known } }, db2: { facts: { backing, known } } }),
  );
  expect(stages(lv)).not.toContain("keep");
  expect(preview(lv)).toContain("wipefs --all --backup /dev/vg/a");
});

test("--host: everything of that host and nothing of the other, except that the key is not let in any more", () => {
  const changes = resetChanges(viewOf(config, DB2));
  expect(stages(changes)).not.toContain("stop");
  expect(changes.filter(({ host }) => host !== "db2").map(({ host, title }) => `${host} ${title}`)).toEqual([
    "db1 no longer let the key of db2 log in",
  ]);
  expect(changes.filter(({ risk }) => risk === "destroys").map(({ title }) => title)).toEqual([
    "destroy the copy of the data in /data/drbd.img; db1 has it all",
  ]);
});

test("it goes on where it stopped: after --cluster nothing of it is left to do, and --data does the rest", () => {
  const left = withoutCluster();
  expect(resetChanges(viewOf(config, CLUSTER, { db1: left, db2: left }))).toEqual([]);
  const rest = viewOf(config, DATA, { db1: left, db2: left });
  expect(reasonsAgainst(rest)).toEqual([]);
  const changes = resetChanges(rest);
  expect(stages(changes)).toEqual(["keep", "volume", "detach", "files", "settings", "keys", "program"]);
});

test("a backing file that no resource of ours names is not touched", () => {
  const view = viewOf(config, DATA, { db1: { facts: gone }, db2: { facts: gone } });
  expect(preview(resetChanges(view))).not.toContain("/data/drbd.img");
});

test("with another pair's configuration nothing is given up: the device it names is not the one in use", () => {
  const elsewhere = { ...config, data_dir: "/srv" };
  const backing = {
    kind: "file",
    path: "/srv/drbd.img",
    exists: true,
    sizeBytes: 1,
    allocatedBytes: 1,
  } as const;
  const other = { facts: { backing: { ...backing, signature: "drbd" } } };
  expect(against(elsewhere, DATA, { db1: other, db2: other })[0]).toStartWith(
    "reset.elsewhere the DRBD resource",
  );
  expect(preview(resetChanges(viewOf(elsewhere, DATA, { db1: other, db2: other })))).not.toContain(
    "/srv/drbd.img",
  );
  const disk = {
    facts: { backing: { ...backing, kind: "device" as const, path: "/dev/sdb", signature: "drbd" } },
  };
  expect(against(config, DATA, { db1: disk, db2: disk })).toHaveLength(2);
  expect(preview(resetChanges(viewOf(config, DATA, { db1: disk, db2: disk })))).not.toContain("/dev/sdb");
});

test("what belongs to another cluster is not touched, and no more is asked of it", () => {
  const other = { facts: { known: { [PATHS.corosyncConf]: "totem {\n  cluster_name: shop\n}\n" } } };
  const view = viewOf(config, CLUSTER, { db2: other });
  expect(reasonsAgainst(view).map(({ code }) => code)).toEqual(["preflight.other-cluster"]);
  const db2 = resetChanges(view).filter(({ host }) => host === "db2");
  expect(stages(db2)).not.toContain("leave");
  expect(preview(db2)).not.toContain(PATHS.corosyncConf);
});

test("without a record of an older installation, services at boot stay as they are", () => {
  const originals = { units: undefined, files: new Map() };
  const changes = resetChanges(viewOf(config, CLUSTER, { db1: { originals }, db2: { originals } }));
  expect(stages(changes)).not.toContain("units");
  expect(preview(changes)).not.toContain(PATHS.drbdCommon);
});

const drbd = (disk: string, connection = "Connected", peerDisk = "UpToDate", role = "Secondary") => ({
  facts: { drbd: { disk, connection, peerDisk, role, percent: undefined } },
});
const none: Copy = { kind: "none" };
const against = (...given: Parameters<typeof viewOf>) =>
  reasonsAgainst(viewOf(...given)).map((item) => `${item.code} ${text(item).text}`);

test.each([CLUSTER, DATA, DB2])("nothing stands against a healthy pair: %j", (scope) => {
  expect(against(config, scope)).toEqual([]);
});

test.each([
  [
    "copies with different changes",
    { db1: { copy: copyOf("B") }, db2: { copy: copyOf("C") } },
    "reset.copies",
  ],
  ["a copy that is behind", { db1: { copy: copyOf("B") } }, "reset.copies"],
  ["copies that were never one", { db2: { copy: copyOf("D", "D") } }, "reset.copies"],
  ["a copy that could not be read", { db2: { copy: { kind: "unknown", why: "no answer" } } }, "reset.copies"],
  ["a resync", { db2: drbd("Inconsistent", "SyncTarget") }, "reset.copies"],
  [
    "changes that are not copied",
    { db1: drbd("UpToDate", "WFConnection", "DUnknown", "Primary") },
    "reset.copies",
  ],
  [
    "a cluster that does not answer",
    { db1: { facts: { crmMon: undefined } }, db2: { facts: { crmMon: undefined } } },
    "reset.not-at-rest",
  ],
  [
    "a resource made by hand",
    {
      db1: { facts: { known: { [PATHS.applied]: "<configuration/>" } } },
      db2: { facts: { known: { [PATHS.applied]: "<configuration/>" } } },
    },
    "reset.foreign",
  ],
] satisfies [string, Parameters<typeof viewOf>[2], string][])(
  "--data is refused: %s",
  (_what, changed, code) => {
    const found = against(config, DATA, changed);
    expect(found).toHaveLength(1);
    expect(found[0]).toStartWith(code);
    expect(against(config, CLUSTER, changed)[0]).toStartWith(code);
  },
);

test("hand-made resources are named; they may go when it was said", () => {
  const made = { facts: { known: { [PATHS.applied]: "<configuration/>" } } };
  expect(against(config, CLUSTER, { db1: made, db2: made })).toEqual([
    "reset.foreign the cluster has resources that are not of this pair's making: nfs-root",
  ]);
  expect(against(config, CLUSTER, { db1: made, db2: made, choices: { foreign: true } })).toEqual([]);
});

test("maintenance, a host without the cluster, and what was started by hand", () => {
  const healthy = installedHost(config, "db1").facts.crmMon ?? "";
  const seen = (from: string | RegExp, to: string) => {
    const crmMon = healthy.replace(from, to);
    expect(crmMon).not.toBe(healthy);
    return { db1: { facts: { crmMon } }, db2: { facts: { crmMon } } };
  };
  expect(
    against(config, CLUSTER, seen('maintenance-mode="false"', 'maintenance-mode="true"'))[0],
  ).toStartWith("reset.maintenance");
  expect(against(config, CLUSTER, seen(/managed="true"/, 'managed="false"'))[0]).toContain(
    "does not look after",
  );
  expect(against(config, CLUSTER, seen('with_quorum="true"', 'with_quorum="false"'))[0]).toContain(
    "no quorum",
  );
  const away = seen(/(name="db2" id="2") online="true"/, '$1 online="false"');
  expect(against(config, CLUSTER, away)[0]).toContain("db2 does not take part");
  const hand = { ...withoutCluster({ running: ["postgres"] }) };
  expect(against(config, DATA, { db1: hand, db2: withoutCluster() })).toEqual([
    "reset.by-hand no cluster runs there, and still in use: postgres",
  ]);
});

test("copies that nobody has written to, and one that is alone, are understood", () => {
  const unused: Copy = { kind: "unused" };
  const left = withoutCluster();
  for (const [one, two] of [
    [unused, none],
    [none, none],
    [copyOf("A"), none],
  ] as const) {
    expect(against(config, DATA, { db1: { ...left, copy: one }, db2: { ...left, copy: two } })).toEqual([]);
  }
  const only = viewOf(config, DATA, {
    db1: { ...left, copy: none, facts: { ...left.facts, backing: bare } },
    db2: left,
  });
  expect(
    resetChanges(only)
      .filter(({ step }) => step === "keep")
      .map(({ host }) => host),
  ).toEqual(["db2"]);
});
const bare = {
  kind: "file",
  path: "/data/drbd.img",
  exists: false,
  sizeBytes: 0,
  allocatedBytes: 0,
  signature: undefined,
} as const;

test("--host: not the host with the services, not without a whole copy and all services on the other", () => {
  expect(against(config, { kind: "host", host: "db1" })[0]).toBe("reset.active db1 has the services");
  const idle = { facts: { mounted: false, drbd: { ...drbd("UpToDate").facts.drbd } } };
  expect(against(config, DB2, { db1: idle })[0]).toStartWith("reset.alone");
  expect(
    against(config, DB2, { db1: drbd("Inconsistent", "SyncTarget", "UpToDate", "Primary") })[0],
  ).toStartWith("reset.copies");
  expect(against(config, DB2, { db1: { copy: copyOf("B") }, db2: { copy: copyOf("C") } })[0]).toContain(
    "changes that the other one does not have",
  );
  // One that is only behind has nothing of its own.
  expect(against(config, DB2, { db1: { copy: copyOf("B") } })).toEqual([]);
  expect(
    against(config, DB2, {
      db2: {
        facts: {
          units: new Map([
            ["corosync.service", off],
            ["pacemaker.service", off],
          ]),
        },
      },
    })[0],
  ).toContain("does not know yet");
});

test("--data: containers that lost power with their host are removed; those that run go with the cluster", () => {
  const view = viewOf(config, DATA);
  const [db1, db2] = view.hosts;
  const stale = { ...db2, containers: { all: ["postgres", "redis"], running: [] } };
  const changes = resetChanges({ ...view, hosts: [db1, stale] });
  expect(
    changes.filter(({ step }) => step === "containers").map(({ id, title }) => `${id} ${title}`),
  ).toEqual(["containers/db2/remove remove the stopped containers postgres, redis"]);
});
