import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { runProcess } from "../../core/process.ts";
import { report, SkyhaError } from "../../core/report.ts";
import type { PairMember } from "../hosts/pair.ts";
import { createStand, type Stand, WORD } from "../testing/stand.ts";
import { type BackupOptions, runBackup, runBackupList, runBackupVerify } from "./command.ts";
import { expired, type StoredBackup } from "./store.ts";

let stand: Stand;
let out = "";
beforeEach(() => {
  stand = createStand();
  out = "";
  writeFileSync(stand.path("drbd/postgres/PG_VERSION"), "15\n");
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
const backup = async (service: string | undefined, more: Partial<BackupOptions> = {}): Promise<number> =>
  runBackup({ ...common(), service, keep: 5, pollMs: 1, ...more });
const dirs = (host: string, service: string) =>
  readdirSync(stand.path(host, "data/recover", service))
    .filter((name) => name !== ".lock")
    .sort();
const sh = async (program: string) => (await runProcess(["sh", "-c", program])).stdout;

test("PostgreSQL: everything it has, with checksums, on both hosts, and written down", async () => {
  expect([await backup("postgres"), out]).toEqual([0, expect.stringContaining("on db1 and db2")]);
  for (const host of ["db1", "db2"]) {
    expect(dirs(host, "postgres")).toEqual(["postgres.20260102T030401"]);
    const path = stand.path(host, "data/recover/postgres/postgres.20260102T030401");
    expect(await sh(`cd ${path} && sha256sum -c SHA256SUMS 2>&1`)).toBe("backup.json: OK\nbase.tar.gz: OK\n");
    expect(await sh(`tar -tzf ${path}/base.tar.gz`)).toContain("PG_VERSION");
    expect(statSync(`${path}/base.tar.gz`).mode & 0o77).toBe(0);
    expect(JSON.parse(readFileSync(`${path}/backup.json`, "utf8"))).toMatchObject({
      service: "postgres",
      kind: "postgres",
      host: "db1",
      consistent: true,
    });
  }
  // The password went by standard input.
  expect(stand.engineLog()).toContain("exec -i postgres sh");
  expect(stand.engineLog()).not.toContain(WORD);
  const journal = readFileSync(stand.path("db2/state/journal.jsonl"), "utf8");
  expect(JSON.parse(journal)).toMatchObject({ command: "backup", host: "db1", result: "done" });
});

test("a copy that broke off is no backup, and goes at the next run", async () => {
  writeFileSync(stand.path("fail"), "");
  expect([await backup("postgres"), out]).toEqual([1, expect.stringContaining("could not read")]);
  expect(dirs("db1", "postgres")).toEqual([".partial-20260102T030401"]);
  out = "";
  expect([await runBackupList({ ...common() }), out]).toEqual([0, expect.stringContaining("no backups")]);
  rmSync(stand.path("fail"));
  expect(await backup("postgres")).toBe(0);
  expect(dirs("db1", "postgres")).toEqual(["postgres.20260102T030402"]);
});

test("MariaDB: a consistent dump with all that belongs to it; tables that are not of the moment are said", async () => {
  expect(await backup("mariadb")).toBe(0);
  const file = stand.path("db1/data/recover/mariadb/mariadb.20260102T030401/dump.sql.gz");
  const dump = await sh(`gzip -dc ${file}`);
  for (const option of ["--single-transaction", "--all-databases", "--routines", "--triggers", "--events"])
    expect(dump).toContain(option);
  expect(out).not.toContain("InnoDB");
  writeFileSync(stand.path("other-engines"), "3\n");
  await backup("mariadb");
  expect(out).toContain("3 tables are not InnoDB");
});

test("Redis: the snapshot that was asked for, not the one of before", async () => {
  writeFileSync(stand.path("drbd/redis/dump.rdb"), "old");
  expect(await backup("redis")).toBe(0);
  const file = stand.path("db1/data/recover/redis/redis.20260102T030401/rdb.tar.gz");
  expect(await sh(`tar -xzOf ${file} dump.rdb`)).toBe("data\n");
  writeFileSync(stand.path("bgsave"), "err");
  rmSync(stand.path("saved"));
  out = "";
  expect([await backup("redis"), out]).toEqual([1, expect.stringContaining("BGSAVE failed")]);
});

test("the shared directory: files, and plainly no snapshot", async () => {
  writeFileSync(stand.path("drbd/nfsshare/exports/a"), "1");
  expect([await backup("nfs"), out]).toEqual([0, expect.stringContaining("this is not a snapshot")]);
  const file = stand.path("db2/data/recover/nfs/nfs.20260102T030401/files.tar.gz");
  expect(await sh(`tar -xzOf ${file} ./a`)).toBe("1");
});

test("every service, when none is named; one that fails does not keep the others from it", async () => {
  writeFileSync(stand.path("fail"), "");
  expect(await backup(undefined)).toBe(1);
  expect(readdirSync(stand.path("db2/data/recover")).sort()).toEqual(["mariadb", "nfs", "redis"]);
});

test("a copy that could not be made is said, and the backup counts all the same", async () => {
  writeFileSync(stand.path("fail-ssh"), "");
  expect([await backup("postgres"), out]).toEqual([
    1,
    expect.stringMatching(/, on db1\n[\s\S]*on one host alone: it could not be copied to db2: .*no route/),
  ]);
  expect(dirs("db1", "postgres")).toEqual(["postgres.20260102T030401"]);
});

test("a host that is off: the same", async () => {
  const [first, second] = stand.members;
  const error = new SkyhaError([report("host.unreachable", { address: "10.0.0.2", why: "off" })]);
  const members = [first, { ...second, host: error }] as PairMember[];
  expect([await backup("postgres", { members }), out]).toEqual([
    1,
    expect.stringContaining("db2 cannot be reached"),
  ]);
  expect(dirs("db1", "postgres")).toHaveLength(1);
});

test("only so many stay, on each host; none goes before the new one is whole", async () => {
  for (let count = 0; count < 3; count++) await backup("postgres", { keep: 2 });
  const two = ["postgres.20260102T030402", "postgres.20260102T030403"];
  expect([dirs("db1", "postgres"), dirs("db2", "postgres")]).toEqual([two, two]);
  writeFileSync(stand.path("fail"), "");
  await backup("postgres", { keep: 1 });
  expect(dirs("db1", "postgres")).toEqual([".partial-20260102T030404", ...two]);
});

test("the one just made stays, whatever the clock said before", () => {
  const of = (name: string): StoredBackup => ({
    host: "db1",
    path: `/data/recover/a/${name}`,
    name,
    service: "a",
    bytes: 1,
    record: undefined,
    verified: undefined,
  });
  const all = ["a.20300101T000000", "a.20260101T000000", "a.20310101T000000"].map(of);
  const gone = (keep: number, made: string) => expired(all, "a", keep, made).map(({ name }) => name);
  expect(gone(1, "a.20260101T000000")).toEqual(["a.20300101T000000", "a.20310101T000000"]);
  expect(gone(2, "a.20310101T000000")).toEqual(["a.20260101T000000"]);
  expect(gone(0, "a.20310101T000000")).toHaveLength(2);
  expect(expired(all, "b", 1, "b.20260101T000000")).toEqual([]);
});

test("no room: nothing is begun; what the sparse volume may grow by is not free", async () => {
  stand.program("df", "echo Avail Size; echo 100000000 2000000000");
  expect(await backup("postgres")).toBe(0);
  await sh(`truncate -s 500M ${stand.path("db1/data/drbd.img")}`);
  out = "";
  expect([await backup("postgres"), out]).toEqual([1, expect.stringContaining("no space")]);
  expect(dirs("db1", "postgres")).toEqual(["postgres.20260102T030401"]);
});

test("two backups of one service at a time: the second does nothing", async () => {
  mkdirSync(stand.path("db1/data/recover/postgres"), { recursive: true });
  const lock = stand.path("db1/data/recover/postgres/.lock");
  const held = runProcess(["flock", lock, "sleep", "1"], { timeoutMs: 5000 });
  while (!existsSync(lock)) await Bun.sleep(10);
  await Bun.sleep(100);
  expect([await backup("postgres"), out]).toEqual([5, expect.stringContaining("another backup of postgres")]);
  await held;
});

test.each([
  ["db2", true, 0, /^$/],
  [undefined, true, 0, /^$/],
  [undefined, false, 4, /mounted on neither host/],
] as const)("volume on %s, for the timer %s: exit code %i", async (active, ifActive, code, text) => {
  stand.active = active;
  expect([await backup("postgres", { ifActive }), out]).toEqual([code, expect.stringMatching(text)]);
  expect(existsSync(stand.path("db1/data/recover"))).toBe(false);
});

test("what there is: where, how big, when it was looked at; damage is found, on the host that has it", async () => {
  await backup("postgres");
  out = "";
  await runBackupList({ ...common(), service: "postgres" });
  expect(out).toMatch(/postgres\.20260102T030401 +2026-01-02T03:04:05Z +[\d.]+ \w+ +db1 db2 +-\n$/);
  expect(await runBackupVerify({ ...common() })).toBe(0);
  out = "";
  await runBackupList({ ...common() });
  expect(out).toContain("(checksums)");
  writeFileSync(stand.path("db2/data/recover/postgres/postgres.20260102T030401/base.tar.gz"), "x");
  out = "";
  expect([await runBackupVerify({ ...common() }), out]).toEqual([
    1,
    expect.stringMatching(/db1: .*as it was written[\s\S]*db2: .*cannot be relied on: base.tar.gz: FAILED/),
  ]);
});

test("a service that the pair does not have", async () => {
  await expect(backup("oracle")).rejects.toThrow("postgres, mariadb, redis, nfs");
});
