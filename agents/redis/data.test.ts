import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readReply } from "../../core/resp.ts";
import { createRedisBench, type RedisBench, SENTINEL } from "./bench.ts";
import { requirepassOf } from "./config.ts";

let host: RedisBench;
beforeEach(async () => {
  host = await createRedisBench();
});
afterEach(() => host.clean());

const empty = () => rmSync(join(host.data, "appendonlydir"), { recursive: true });
const touch = (name: string, seconds = 1000) => {
  writeFileSync(join(host.data, name), "");
  utimesSync(join(host.data, name), seconds, seconds);
};

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
  {
    what: "another volume",
    set: () => void rmSync(join(host.volume, SENTINEL)),
    code: 5,
    reason: SENTINEL,
  },
  {
    what: "no directory",
    set: () => ({ data_directory: join(host.volume, "gone") }),
    code: 5,
    reason: "does not exist",
  },
  {
    what: "a file",
    set: () => ({ data_directory: join(host.volume, SENTINEL) }),
    code: 5,
    reason: "not a directory",
  },
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
    what: "an empty directory beside the volume",
    set: () => {
      empty();
      const other = join(host.volume, "red");
      mkdirSync(other);
      writeFileSync(join(other, SENTINEL), "");
      host.bench.mounts([other]);
      return { initialize: "yes", mount_check: other };
    },
    code: 5,
    reason: "nothing proves",
  },
  {
    what: "data of PostgreSQL",
    set: () => void touch("PG_VERSION"),
    code: 5,
    reason: "PostgreSQL",
  },
  {
    what: "a directory its owner cannot write",
    set: () => void chmodSync(host.data, 0o500),
    code: 5,
    reason: "chmod",
  },
  {
    what: "a snapshot that appendonly=yes would pass over",
    set: () => {
      empty();
      touch("dump.rdb");
    },
    code: 5,
    reason: "start empty",
  },
  {
    what: "changes that appendonly=no would pass over",
    set: () => {
      touch("dump.rdb");
      return { appendonly: "no" };
    },
    code: 5,
    reason: "newer than its snapshot",
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

test("an empty directory is taken when it is wanted and proven, by the volume or by its own sentinel", async () => {
  empty();
  const first = await host.act("start", { initialize: "yes" });
  expect(first.code).toBe(0);
  expect(first.stderr).toContain("new data will be made");
  await host.act("stop");
  writeFileSync(join(host.data, SENTINEL), "");
  expect((await host.act("start", { initialize: "yes", mount_check: "" })).code).toBe(0);
});

test("a snapshot is loaded without the append-only file, and an older one of these does not matter", async () => {
  touch("dump.rdb", Date.now() / 1000 + 60);
  expect((await host.act("start", { appendonly: "no" })).code).toBe(0);
});

test("the append-only file of versions before 7 counts", async () => {
  empty();
  touch("dump.rdb");
  touch("appendonly.aof");
  expect((await host.act("start")).code).toBe(0);
});

test("requirepass as the server reads it", () => {
  expect(requirepassOf("# requirepass no\nport 1\n")).toBeUndefined();
  expect(requirepassOf("requirepass a\r\nREQUIREPASS  b \n")).toBe("b");
  expect(requirepassOf('requirepass "a\\"b\\\\c\\x41 d"')).toBe('a"b\\cA d');
  expect(requirepassOf("requirepass 'a\\'b'")).toBe("a'b");
  expect(requirepassOf('requirepass ""')).toBeUndefined();
});

test("answers of the protocol, whole and in pieces", () => {
  const whole = Buffer.from("$5\r\nh\r\nlo\r\n");
  expect(readReply(whole)).toEqual({ reply: { kind: "text", text: "h\r\nlo" }, length: whole.length });
  for (let cut = 0; cut < whole.length; cut += 1) expect(readReply(whole.subarray(0, cut))).toBeUndefined();
  expect(readReply(Buffer.from("$-1\r\n"))?.reply).toEqual({ kind: "nothing" });
  expect(readReply(Buffer.from("-ERR x\r\n"))?.reply).toEqual({ kind: "error", text: "ERR x" });
  expect(() => readReply(Buffer.from("$9999999999\r\n"))).toThrow("announces");
  expect(() => readReply(Buffer.from("*1\r\n"))).toThrow("does not speak");
});
