import { afterEach, beforeEach, expect, test } from "bun:test";
import { fakeContainer } from "../testing/fake-docker.ts";
import { createRedisBench, type RedisBench } from "./bench.ts";

const level20 = { OCF_CHECK_LEVEL: "20" };
const MISCONF =
  "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.";

let host: RedisBench;
beforeEach(async () => {
  host = await createRedisBench();
  host.docker.containers.set("kv", fakeContainer("kv"));
});
afterEach(() => host.clean());

test("start waits through loading and says so once", async () => {
  host.docker.containers.clear();
  host.redis.info = { loading: "1", loading_loaded_perc: "41.5", loading_eta_seconds: "3" };
  host.redis.errors.set("PING", "LOADING Redis is loading the dataset in memory");
  setTimeout(() => {
    host.redis.errors.clear();
    host.redis.info = {};
  }, 700);
  const ended = await host.act("start");
  expect(ended.code).toBe(0);
  expect(ended.ms).toBeGreaterThan(650);
  expect(ended.stderr.match(/loading its data, 41\.5 %, 3 s to go/g)).toHaveLength(1);
});

test("on a disk that is nearly full level 20 says degraded, and level 0 nothing", async () => {
  host.bench.room = 0;
  expect(await host.act("monitor", {}, level20)).toMatchObject({ code: 190 });
  expect(await host.act("monitor")).toMatchObject({ code: 0, reasons: [] });
});

test("start waits for the port, and names what it waited for in the end", async () => {
  await host.redis.close();
  host.docker.containers.clear();
  const ended = await host.act("start", { start_timeout: "1" });
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("runs but is not ready: redis at 127.0.0.1");
  expect((await host.act("monitor")).code).toBe(1);
});

test("a start that never ends loading tells how far it came", async () => {
  host.docker.containers.clear();
  host.redis.info = { loading: "1", loading_loaded_perc: "12.00" };
  expect((await host.act("start", { start_timeout: "1" })).reason).toContain("12.00 %");
});

test("another server on the port is not taken for ours", async () => {
  host.docker.containers.clear();
  host.docker.onStart = () => {
    host.redis.info = { config_file: "/etc/redis/redis.conf" };
  };
  const ended = await host.act("start", { start_timeout: "1" });
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("another server answers on its port");
});

interface Case {
  readonly what: string;
  readonly set: () => void;
  readonly env?: Record<string, string>;
  readonly code: number;
  readonly reason?: string;
}
const CASES: readonly Case[] = [
  { what: "healthy", set: () => {}, env: level20, code: 0 },
  {
    what: "a replica",
    set: () => {
      host.redis.info = { role: "slave", master_host: "db9", master_port: "6379" };
    },
    code: 1,
    reason: "replica of db9:6379",
  },
  {
    what: "failing append-only writes",
    set: () => {
      host.redis.info = { aof_last_write_status: "err" };
    },
    code: 1,
    reason: "append-only file",
  },
  {
    what: "a failed snapshot that stops writes",
    set: () => {
      host.redis.info = { rdb_last_bgsave_status: "err" };
      host.redis.errors.set("PING", MISCONF);
    },
    code: 1,
    reason: "refuses writes: MISCONF",
  },
  {
    what: "a failed snapshot that does not",
    set: () => {
      host.redis.info = { rdb_last_bgsave_status: "err" };
    },
    code: 190,
    reason: "snapshot failed",
  },
  { what: "no connection left", set: () => (host.redis.mode = "full"), code: 190, reason: "maxclients" },
  { what: "hanging up", set: () => (host.redis.mode = "hangs up"), code: 1, reason: "redis at" },
  { what: "another protocol", set: () => (host.redis.mode = "talks nonsense"), code: 1, reason: "HTTP/1.1" },
  { what: "an endless answer", set: () => (host.redis.mode = "floods"), code: 1, reason: "redis at" },
  {
    what: "loading again",
    set: () => {
      host.redis.info = { loading: "1" };
    },
    code: 1,
    reason: "loading its data",
  },
  {
    what: "a script that does not end",
    set: () => void host.redis.errors.set("PING", "BUSY Redis is busy running a script."),
    code: 1,
    reason: "BUSY",
  },
  {
    what: "a write refused at level 20",
    set: () => void host.redis.errors.set("SET", MISCONF),
    env: level20,
    code: 1,
    reason: "MISCONF",
  },
  { what: "the same at level 0", set: () => void host.redis.errors.set("SET", MISCONF), code: 0 },
  {
    what: "maxmemory reached",
    set: () => void host.redis.errors.set("SET", "OOM command not allowed when used memory > 'maxmemory'."),
    env: level20,
    code: 190,
    reason: "OOM",
  },
  {
    what: "a write that is not there afterwards",
    set: () => (host.redis.keys.get = () => undefined),
    env: level20,
    code: 1,
    reason: "does not read back",
  },
];
for (const { what, set, env = {}, code, reason } of CASES) {
  test(`monitor of a server with: ${what} → ${code}`, async () => {
    set();
    const ended = await host.act("monitor", {}, env);
    expect(ended.code).toBe(code);
    if (reason !== undefined) expect(ended.reason).toContain(reason);
    expect(ended.reasons).toHaveLength(reason === undefined ? 0 : 1);
  });
}

test("a password nobody asks for is worth a look", async () => {
  const ended = await host.act("monitor", {
    run_cmd: "redis-server",
    password_file: host.file("p", "secret\n"),
  });
  expect(ended.code).toBe(190);
  expect(ended.reason).toContain("demands no password");
});

test("no connection left is told the same with a password", async () => {
  host.redis.mode = "full";
  const ended = await host.act("monitor", { password_file: host.file("p", "secret\n") });
  expect(ended).toMatchObject({ code: 190 });
  expect(ended.reason).toContain("maxclients");
});

test("a server that hangs: a failure before the time-out, with the reason", async () => {
  host.redis.mode = "hangs";
  const ended = await host.act("monitor", {}, { OCF_RESKEY_CRM_meta_timeout: "1500" });
  expect(ended.code).toBe(1);
  expect(ended.ms).toBeLessThan(1500);
  expect(ended.reason).toContain("no answer in");
});

test("the write test leaves one key of its own, which goes by itself", async () => {
  await host.act("monitor", {}, level20);
  await host.act("monitor", {}, level20);
  expect([...host.redis.keys.keys()]).toEqual(["skyha:write-test"]);
  expect(host.redis.commands.find(([verb]) => verb === "SET")?.slice(3)).toEqual(["EX", "60"]);
});

test("start that meets no connection left has started", async () => {
  host.docker.containers.clear();
  host.redis.mode = "full";
  expect((await host.act("start")).code).toBe(0);
});
