import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createPostgresBench,
  DB_IN_PRODUCTION,
  makeDatabase,
  type PostgresBench,
  writeControl,
} from "./bench.ts";

/** What start refuses to begin with; nothing is ever created or removed then. */

let host: PostgresBench;
beforeEach(async () => {
  host = await createPostgresBench();
});
afterEach(() => host.clean());

const wasCreated = () => host.docker.calls.some((call) => /^(POST|DELETE)/.test(call));
const mountsOf = () => JSON.stringify(host.docker.containers.get("pg")?.body["HostConfig"]);

async function refused(code: number, text: string, parameters: Record<string, string> = {}): Promise<void> {
  const ended = await host.act("start", parameters);
  expect(ended.code).toBe(code);
  expect(ended.reason).toContain(text);
  expect(wasCreated()).toBe(false);
}

test("the parent of PGDATA, or PGDATA itself, is mounted where it belongs", async () => {
  expect((await host.act("start")).code).toBe(0);
  expect(mountsOf()).toContain(`"Source":"${host.data}","Target":"/var/lib/postgresql/data"`);
  await host.act("stop");
  expect((await host.act("start", { data_directory: host.pgdata, pgdata: "/srv/pg" })).code).toBe(0);
  expect(mountsOf()).toContain(`"Source":"${host.pgdata}","Target":"/srv/pg"`);
});

test("a missing directory is refused, whatever initialize says", async () => {
  rmSync(host.data, { recursive: true });
  await refused(5, "does not exist on this host");
  await refused(5, "does not exist on this host", { initialize: "yes" });
});

test.each([["parent"], ["empty PGDATA"]])("an empty directory (%s) needs initialize", async (kind) => {
  rmSync(host.pgdata, { recursive: true });
  if (kind === "empty PGDATA") mkdirSync(host.pgdata);
  await refused(5, "is empty");
  expect((await host.act("start", { initialize: "yes" })).code).toBe(0);
});

test("initialize without proof of the place is refused", async () => {
  rmSync(host.pgdata, { recursive: true });
  await refused(5, "nothing proves", { initialize: "yes", mount_check: "" });
  rmSync(join(host.volume, ".skyha-volume"));
  await refused(5, ".skyha-volume", { initialize: "yes" });
  host.bench.mounts(["/"]);
  await refused(1, "is not mounted", { initialize: "yes" });
});

test("initialize=yes with a database is a normal start", async () => {
  const ended = await host.act("start", { initialize: "yes" });
  expect(ended.code).toBe(0);
  expect(ended.stderr).not.toContain("empty");
});

test("no second database beside something else", async () => {
  renameSync(host.pgdata, join(host.data, "data"));
  await refused(5, "holds data, but no database in pgdata", { initialize: "yes" });
  mkdirSync(host.pgdata);
  await refused(5, "but no database in pgdata", { initialize: "yes" });
});

test("files that are no database, or half of one", async () => {
  rmSync(join(host.pgdata, "global/pg_control"));
  await refused(5, "lacks global/pg_control", { initialize: "yes" });
  rmSync(join(host.pgdata, "PG_VERSION"));
  await refused(5, "no data directory of PostgreSQL", { initialize: "yes" });
  symlinkSync("/etc/hostname", join(host.pgdata, "PG_VERSION"));
  await refused(5, "no data directory of PostgreSQL");
});

test.each(["standby.signal", "recovery.signal", "recovery.conf"])("%s is refused", async (name) => {
  writeFileSync(join(host.pgdata, name), "");
  await refused(5, name);
});

test("the image's major version has to be the data's", async () => {
  host.docker.imageEnv = ["PATH=/bin", "PG_MAJOR=16"];
  await refused(5, "belongs to PostgreSQL 17, but image img:1 is PostgreSQL 16");
  host.docker.imageEnv = ["PG_MAJOR=17"];
  expect((await host.act("start")).code).toBe(0);
});

test("data of another user than the server's", async () => {
  const { uid } = statSync(host.pgdata);
  await refused(5, `belongs to user ${uid}`, { run_opts: `--user ${uid + 4711}` });
  const own = uid === 0 ? "0:0" : `${uid}:${uid}`;
  expect((await host.act("start", { run_opts: `--user ${own}` })).code).toBe(0);
});

/** Puts a process that works in PGDATA into the bench's table. */
function showServer(pid: number, comm: string, cgroup = "0::/user.slice\n"): void {
  const place = join(host.bench.procDir, String(pid));
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "comm"), `${comm}\n`);
  writeFileSync(join(place, "cmdline"), `${comm}\0`);
  writeFileSync(join(place, "cgroup"), cgroup);
  writeFileSync(join(place, "stat"), `${pid} (${comm}) S ${"0 ".repeat(18)}4711 0`);
  symlinkSync(host.pgdata, join(place, "cwd"));
}

test("another server in the same directory is not joined", async () => {
  showServer(4711, "postgres");
  await refused(1, "in use by another PostgreSQL server (process 4711)");
});

test("a server of another container is another server, whatever postmaster.pid says", async () => {
  writeFileSync(join(host.pgdata, "postmaster.pid"), "1\n/var/lib/postgresql/data/pgdata\n");
  showServer(4712, "postgres", `0::/system.slice/docker-${"cd".repeat(32)}.scope\n`);
  await refused(1, "process 4712");
});

test("a shell in PGDATA, a stale postmaster.pid and our own container's server keep nobody from starting", async () => {
  showServer(4713, "bash");
  writeFileSync(join(host.pgdata, "postmaster.pid"), "4714\n/var/lib/postgresql/data/pgdata\n");
  expect((await host.act("start")).code).toBe(0);
  showServer(4715, "postgres", `0::/system.slice/docker-${"ab".repeat(32)}.scope\n`);
  expect((await host.act("start", { settings: "work_mem=8MB" })).code).toBe(0);
});

test("stop says when the next start will have to recover", async () => {
  await host.act("start");
  expect((await host.act("stop")).stderr).not.toContain("crash recovery");
  await host.act("start");
  writeControl(host.pgdata, DB_IN_PRODUCTION);
  const ended = await host.act("stop");
  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain("did not shut down cleanly");
  rmSync(host.volume, { recursive: true });
  expect(await host.act("stop")).toMatchObject({ code: 0, reason: undefined });
});

test("another database at PGDATA's parent is not shadowed", async () => {
  makeDatabase(host.data, "16");
  expect((await host.act("start")).code).toBe(0);
  expect(mountsOf()).toContain(`"Source":"${host.data}","Target":"/var/lib/postgresql/data/pgdata"`);
});
