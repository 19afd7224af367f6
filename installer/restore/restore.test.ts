import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { verdict } from "../../core/verdict.ts";
import { runBackup, runBackupList } from "../backup/command.ts";
import { isResting, withRest } from "../cib/rest.ts";
import { parseXml } from "../cib/xml.ts";
import { gatherPair } from "../facts/pair/gather.ts";
import { profileOf } from "../facts/pair/profile.ts";
import { enableResources } from "../recover/changes.ts";
import { pairHosts } from "../show/command.ts";
import { createStand, type Stand, WORD } from "../testing/stand.ts";
import { type RestoreOptions, runRestore } from "./command.ts";

let stand: Stand;
let out = "";
beforeEach(() => {
  stand = createStand();
  out = "";
  mkdirSync(stand.path("drbd/postgres/pgdata"));
  writeFileSync(stand.path("drbd/postgres/PG_VERSION"), "15\n");
  writeFileSync(stand.path("drbd/postgres/row"), "good");
});
afterEach(() => stand[Symbol.dispose]());

const write = (text: string) => {
  out += text;
};
const common = () => ({
  config: stand.config,
  members: stand.members,
  io: { out: write, err: write, terminal: false, env: {} },
  json: false,
});
const backup = async (service: string) => {
  await runBackup({ ...common(), service, keep: 5, pollMs: 1 });
  out = "";
};
const restore = async (service: string, more: Partial<RestoreOptions> = {}): Promise<number> =>
  runRestore({
    ...common(),
    service,
    test: false,
    resume: false,
    dryRun: false,
    probe: async () => ({ result: "open", ms: 1 }),
    ...more,
  });
const clusterCalls = () => stand.ran.filter((line) => /crm_resource|cibadmin/.test(line));
/** Names beside the live data, without their times. */
const beside = () => readdirSync(stand.path("drbd")).sort();

test("--test: on the host without the services, what is in it, and nothing is left of it", async () => {
  await backup("postgres");
  expect(await restore("postgres", { test: true })).toBe(0);
  expect(out).toContain("db2: postgres: shop: 2 tables, about 1234 rows, 7.6 MiB");
  expect(out).toContain("done: db2: postgres.20260102T030401 can be restored");
  const [run = ""] = stand
    .engineLog()
    .split("\n")
    .filter((line) => line.startsWith("run "));
  expect(run).toContain("--network none");
  expect(run).toContain("--pull=never");
  expect(run).toContain("PGDATA=/restore/pgdata");
  expect(run).not.toContain("--publish");
  expect(stand.engineLog()).toContain("rm -f -v skyha-trial-postgres-");
  expect(stand.engineLog()).not.toContain(WORD);
  expect(readdirSync(stand.path("db2/data/recover/postgres")).sort()).toEqual([
    ".lock",
    "postgres.20260102T030401",
  ]);
  expect(clusterCalls()).toEqual([]);
  out = "";
  await runBackupList(common());
  expect(out).toContain("(test)");
});

test("--test of a dump and of a snapshot", async () => {
  await backup("mariadb");
  expect(await restore("mariadb", { test: true })).toBe(0);
  expect(out).toContain("shop: 3 tables, about 99 rows");
  expect(out).toContain("accounts: 5");
  expect(readFileSync(stand.path("imported"), "utf8")).toContain("CREATE DATABASE shop");
  await backup("redis");
  expect(await restore("redis", { test: true })).toBe(0);
  expect(out).toContain("redis: db0: 7 keys");
  // A test needs no append-only file.
  expect(existsSync(stand.path("aof"))).toBe(false);
});

test("--test: a server that does not come up, and a damaged backup, are failures, and nothing is left", async () => {
  await backup("postgres");
  stand.program(
    "docker",
    'case $1 in inspect) echo false ;; logs) echo "invalid record" ;; run) echo 1 ;; esac',
  );
  expect([await restore("postgres", { test: true }), out]).toEqual([
    1,
    expect.stringContaining("invalid record"),
  ]);
  writeFileSync(stand.path("db2/data/recover/postgres/postgres.20260102T030401/base.tar.gz"), "x");
  out = "";
  expect([await restore("postgres", { test: true }), out]).toEqual([1, expect.stringContaining("FAILED")]);
  expect(readdirSync(stand.path("db2/data/recover/postgres"))).not.toContainEqual(
    expect.stringContaining(".test-"),
  );
});

test("restored: beside first, the old data kept, the service alone stopped, and back with the cluster", async () => {
  await backup("postgres");
  writeFileSync(stand.path("drbd/postgres/row"), "bad");
  expect(await restore("postgres", { confirm: "postgres" })).toBe(0);
  expect(readFileSync(stand.path("drbd/postgres/pgdata/row"), "utf8")).toBe("good");
  expect(readFileSync(stand.path("drbd/postgres.before-20260102T030402/row"), "utf8")).toBe("bad");
  expect(beside()).toEqual(["mariadb", "nfsshare", "postgres", "postgres.before-20260102T030402", "redis"]);
  expect(clusterCalls().map((line) => line.replace(/ --timeout.*/, ""))).toEqual([
    "db1 cibadmin --patch --xml-pipe",
    "db1 crm_resource --resource postgres --force-stop",
    "db1 crm_resource --resource postgres --force-check",
    "db1 crm_resource --resource postgres --force-start",
    "db1 crm_resource --resource postgres --force-check",
    "db1 crm_resource --cleanup --resource postgres",
    "db1 cibadmin --patch --xml-pipe",
  ]);
  expect(stand.cib()).not.toContain("maintenance");
  expect(out).toContain("skyha restore postgres --undo 20260102T030402");

  out = "";
  expect(await restore("postgres", { undo: "20260102T030402", confirm: "postgres" })).toBe(0);
  expect(readFileSync(stand.path("drbd/postgres/row"), "utf8")).toBe("bad");
  expect(readFileSync(stand.path("drbd/postgres.before-20260102T030403/pgdata/row"), "utf8")).toBe("good");
});

test("Redis with the append-only file on gets one made, or it would start empty", async () => {
  await backup("redis");
  expect(await restore("redis", { confirm: "redis" })).toBe(0);
  expect(existsSync(stand.path("aof"))).toBe(true);
  expect(stand.engineLog()).toContain("stop -t 600 skyha-trial-redis-");
});

test("a backup that only the other host has is fetched", async () => {
  await backup("postgres");
  rmSync(stand.path("db1/data/recover"), { recursive: true });
  stand.program("ssh", `for last; do :; done; exec bash -c "\${last//db2\\/data/db1/data}"`);
  expect(await restore("postgres", { confirm: "postgres" })).toBe(0);
  expect(readFileSync(stand.path("drbd/postgres/pgdata/row"), "utf8")).toBe("good");
});

test.each([
  ["another name", { confirm: "redis" }, 10],
  ["no name", {}, 10],
  ["a dry run", { confirm: "postgres", dryRun: true }, 10],
] as const)("%s: nothing is done", async (_what, more, code) => {
  await backup("postgres");
  expect(await restore("postgres", more)).toBe(code);
  expect([clusterCalls(), beside()]).toEqual([[], ["mariadb", "nfsshare", "postgres", "redis"]]);
});

test("what fails before the exchange changes nothing", async () => {
  await backup("postgres");
  stand.program(
    "docker",
    'case $1 in inspect) echo false ;; logs) echo "invalid record" ;; run) echo 1 ;; esac',
  );
  expect(await restore("postgres", { confirm: "postgres" })).toBe(1);
  expect(out).toContain("Nothing has changed");
  expect([clusterCalls(), beside()]).toEqual([[], ["mariadb", "nfsshare", "postgres", "redis"]]);
});

test("a service that is not proven to be stopped keeps its data, and goes back to the cluster", async () => {
  await backup("postgres");
  const set = stand.running.set.bind(stand.running);
  stand.running.set = (id, isRunning) => (isRunning ? set(id, true) : stand.running);
  expect(await restore("postgres", { confirm: "postgres" })).toBe(1);
  expect(out).toContain("not proven to be stopped");
  expect(out).toContain("Nothing has changed");
  expect(readFileSync(stand.path("drbd/postgres/row"), "utf8")).toBe("good");
  expect(stand.cib()).not.toContain("maintenance");
});

test("one that does not start with the other data: how to go back is said", async () => {
  await backup("postgres");
  const set = stand.running.set.bind(stand.running);
  stand.running.set = (id) => set(id, false);
  expect(await restore("postgres", { confirm: "postgres" })).toBe(1);
  expect(out).toContain("were exchanged; those of before are in");
  expect(out).toContain("skyha restore postgres --undo 20260102T030402");
  // It is still out of the cluster's hands, and that must not keep it from being undone.
  stand.running.set = set;
  out = "";
  expect([await restore("postgres", { undo: "20260102T030402", confirm: "postgres" }), out]).toEqual([
    0,
    expect.stringContaining("serves what it had before"),
  ]);
  expect(readFileSync(stand.path("drbd/postgres/row"), "utf8")).toBe("good");
  expect(stand.cib()).not.toContain("maintenance");
});

/** As a restore leaves it whose process was killed. */
async function rested(id: string): Promise<void> {
  const [member] = stand.members;
  if (member === undefined || !("exec" in member.host)) throw new Error("db1 is there");
  const meta = `<meta_attributes id="m"><nvpair id="n" name="maintenance" value="true"/></meta_attributes>`;
  const before = `<instance_attributes id="${id}-i">`;
  await member.host.write("/run/skyha-cib.test/after.xml", stand.cib().replace(before, meta + before));
  await member.host.exec(["cibadmin", "--patch"]);
}

test("--resume gives it back after a restore that was broken off", async () => {
  await rested("postgres");
  stand.running.set("postgres", false);
  expect(await restore("postgres", { resume: true })).toBe(0);
  expect([stand.cib().includes("maintenance"), stand.running.get("postgres")]).toEqual([false, true]);
});

test("show and recover name what gives such a service back", async () => {
  await rested("postgres");
  const probe = async () => ({ result: "open", ms: 1 }) as const;
  const facts = await gatherPair(pairHosts(stand.members), profileOf(stand.config), { probe });
  const found = verdict(facts).findings.find(({ code }) => code === "service.unmanaged");
  const command = "crm_resource --resource postgres --meta --delete-parameter maintenance";
  expect(found?.next?.command).toBe(command);
  expect(enableResources(facts, "is-managed").preview).toEqual([command]);
});

test("no firm ground: nobody has the volume", async () => {
  await backup("postgres");
  stand.active = undefined;
  expect([await restore("postgres", { confirm: "postgres" }), out]).toEqual([
    4,
    expect.stringContaining("not known"),
  ]);
  expect(clusterCalls()).toEqual([]);
});

test("nothing to restore from, or to go back to", async () => {
  expect(await restore("postgres")).toBe(2);
  await backup("postgres");
  expect(await restore("postgres", { from: "20200101T000000" })).toBe(2);
  expect(await restore("postgres", { undo: "20200101T000000", confirm: "postgres" })).toBe(4);
  await expect(restore("postgres", { undo: "../../etc" })).rejects.toThrow("--undo");
});

test("the shared directory: beside it, without stopping anything", async () => {
  writeFileSync(stand.path("drbd/nfsshare/exports/a"), "1");
  await backup("nfs");
  expect(await restore("nfs")).toBe(0);
  expect(readFileSync(stand.path("drbd/nfsshare/exports.restore-20260102T030402/a"), "utf8")).toBe("1");
  expect(clusterCalls()).toEqual([]);
});

test("the cluster's hands off one resource alone, and nothing else of the configuration changes", () => {
  const plain = parseXml(
    '<configuration><resources><group id="g"><primitive id="a"/><primitive id="b"><meta_attributes id="m"><nvpair id="n" name="priority" value="1"/></meta_attributes></primitive></group></resources></configuration>',
  );
  for (const id of ["a", "b"]) {
    const rested = withRest(plain, id, true);
    expect([isResting(rested, id), isResting(rested, id === "a" ? "b" : "a")]).toEqual([true, false]);
    expect(withRest(rested, id, true)).toEqual(rested);
    expect(withRest(rested, id, false)).toEqual(plain);
  }
  expect(() => withRest(plain, "c", true)).toThrow("no resource c");
});
