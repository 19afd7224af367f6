import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createMysqlBench, type MysqlBench, SENTINEL } from "./bench.ts";

const MAKING = ".skyha-initializing";

let host: MysqlBench;
beforeEach(async () => {
  host = await createMysqlBench();
});
afterEach(() => host.clean());

const empty = () => {
  for (const name of readdirSync(host.data)) rmSync(join(host.data, name), { recursive: true });
};
const touch = (name: string) => writeFileSync(join(host.data, name), "");

interface Refusal {
  readonly what: string;
  /** What goes wrong on the host, and the parameters it is met with. */
  readonly set: () => Record<string, string> | undefined;
  readonly code: number;
  readonly reason: string;
}
const REFUSALS: readonly Refusal[] = [
  {
    what: "a volume that is not mounted",
    set: () => void host.bench.mounts([]),
    code: 1,
    reason: "not mounted",
  },
  { what: "another volume", set: () => void rmSync(join(host.volume, SENTINEL)), code: 5, reason: SENTINEL },
  { what: "no directory", set: () => ({ data_directory: "/gone" }), code: 5, reason: "does not exist" },
  { what: "an empty directory", set: () => void empty(), code: 5, reason: "initialize=yes" },
  {
    what: "an empty directory that nothing proves",
    set: () => {
      empty();
      return { initialize: "yes", mount_check: "" };
    },
    code: 5,
    reason: "nothing proves",
  },
  {
    what: "to make a database without a password for root",
    set: () => {
      empty();
      return { initialize: "yes", user: "skyha" };
    },
    code: 5,
    reason: "password for root",
  },
  {
    what: "a directory that holds no database",
    set: () => {
      empty();
      touch("PG_VERSION");
      return { initialize: "yes" };
    },
    code: 5,
    reason: "it is no database",
  },
  {
    what: "a database that was only half made",
    set: () => void touch(MAKING),
    code: 5,
    reason: "interrupted",
  },
  {
    what: "data of MariaDB for MySQL",
    set: () => {
      touch("aria_log_control");
      return { dialect: "mysql" };
    },
    code: 5,
    reason: "belongs to MariaDB",
  },
  {
    what: "data of MySQL for an image that is MariaDB by its variables",
    set: () => {
      touch("mysql.ibd");
      host.docker.imageEnv = ["MARIADB_VERSION=1:11.4.2+maria~ubu2404"];
      return {};
    },
    code: 5,
    reason: "belongs to MySQL",
  },
];
for (const { what, set, code, reason } of REFUSALS) {
  test(`start refuses ${what}`, async () => {
    const ended = await host.act("start", set() ?? {});
    expect(ended.code).toBe(code);
    expect(ended.reason).toContain(reason);
    expect(host.docker.containers.size).toBe(0);
    expect(host.docker.calls.every((call) => call.startsWith("GET"))).toBe(true);
  });
}

test("a database is made where it is wanted and proven; until it answers, its directory is marked", async () => {
  empty();
  let marked = false;
  host.docker.onStart = () => {
    marked = existsSync(join(host.data, MAKING));
    touch("ibdata1");
  };
  const ended = await host.act("start", { initialize: "yes" });
  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain("new data will be made");
  expect(marked).toBe(true);
  expect(readdirSync(host.data)).toEqual(["ibdata1"]);
});

test("a making that did not end is not taken for a database, unless nothing was made", async () => {
  empty();
  await host.mysql.close();
  expect((await host.act("start", { initialize: "yes", start_timeout: "1" })).code).toBe(1);
  expect(readdirSync(host.data)).toEqual([MAKING]);
  await host.act("stop");
  await host.mysql.listen();
  expect((await host.act("start", { initialize: "yes" })).code).toBe(0);
  await host.act("stop");
  touch(MAKING);
  touch("ibdata1");
  expect((await host.act("start", { initialize: "yes" })).code).toBe(5);
});

test("a link in place of the mark is not followed", async () => {
  empty();
  const elsewhere = join(host.bench.directory, "elsewhere");
  symlinkSync(elsewhere, join(host.data, MAKING));
  await host.act("start", { initialize: "yes" });
  expect(existsSync(elsewhere)).toBe(false);
});

test("data that tell no family, and an image that tells none, are the server's to judge", async () => {
  expect((await host.act("start", { dialect: "auto" })).code).toBe(0);
  await host.act("stop");
  touch("mysql.ibd");
  expect((await host.act("start")).code).toBe(0);
});
