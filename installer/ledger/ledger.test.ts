import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Argv, ExecOptions, ExecResult, Host } from "../../core/host.ts";
import { SkyhaError } from "../../core/report.ts";
import { captured } from "../../fixtures/captured/read.ts";
import { createFakeHost } from "../hosts/fake.ts";
import { keepsLedger, ledgerDirectory } from "../testing/ledger.ts";
import { runHistory, runUnlock } from "./command.ts";
import { holdPair, nobodyAtWork } from "./hold.ts";
import { isProvenDead, processIdentity } from "./holder.ts";
import { mergeJournals, parseJournal } from "./journal.ts";
import { findLock, takeLock } from "./lock.ts";

let directory: string;
let hosts: [Host, Host];
beforeEach(() => {
  directory = ledgerDirectory();
  hosts = [
    keepsLedger(createFakeHost("db1", []), directory),
    keepsLedger(createFakeHost("db2", []), directory),
  ];
});
afterEach(() => rmSync(directory, { recursive: true }));

const lockFile = (host: string) => join(directory, host, "lock");
const journalOf = (host: string) =>
  parseJournal(readFileSync(join(directory, host, "journal.jsonl"), "utf8")).map(
    ({ command, host: where, what, result }) => `${command} ${where} ${what} ${result}`,
  );
const record = (id: string) => ({
  id,
  by: `root@${id}`,
  pid: 1,
  command: "install",
  since: "2026-01-01T00:00:00Z",
});
const warn = (why: string) => {
  throw new Error(why);
};
const exitOf = async (work: Promise<unknown>) =>
  work.then(
    () => 0,
    (error: unknown) => (error instanceof SkyhaError ? error.exitCode : -1),
  );
async function silence(host: string, seconds: number): Promise<void> {
  const then = Date.now() / 1000 - seconds;
  utimesSync(lockFile(host), then, then);
}

test("of many that begin at the same moment one works, the others are told whose lock it is: exit 5", async () => {
  let inside = 0;
  let most = 0;
  const tries = Array.from({ length: 6 }, () =>
    exitOf(
      holdPair(hosts, { command: "switch", warn }, async () => {
        most = Math.max(most, ++inside);
        await Bun.sleep(300);
        inside--;
      }),
    ),
  );
  const codes = await Promise.all(tries);
  expect(codes.filter((code) => code === 0)).toHaveLength(1);
  expect(codes.filter((code) => code === 5)).toHaveLength(5);
  expect(most).toBe(1);
  expect(await findLock(hosts[0])).toBeUndefined();
  expect(await findLock(hosts[1])).toBeUndefined();
});

test("a lock on the second host only: the first one is free again, and names the holder", async () => {
  await takeLock([hosts[1]], record("other"));
  const error = await takeLock(hosts, record("mine")).catch((thrown: unknown) => thrown);
  expect(String(error)).toContain("root@other");
  expect(await findLock(hosts[0])).toBeUndefined();
  expect((await findLock(hosts[1]))?.record?.id).toBe("other");
});

test("the lock of a command of this machine that was killed is no obstacle; one that lives, or lived elsewhere, is", async () => {
  const child = Bun.spawn(["sleep", "60"]);
  const identity = processIdentity(child.pid);
  await takeLock(hosts, { ...record("killed"), ...(identity === undefined ? {} : { process: identity }) });
  expect(await exitOf(holdPair(hosts, { command: "install", warn }, async () => {}))).toBe(5);
  expect(await exitOf(nobodyAtWork(hosts))).toBe(5);
  child.kill();
  await child.exited;
  expect(await exitOf(nobodyAtWork(hosts))).toBe(0);
  expect(await exitOf(holdPair(hosts, { command: "install", warn }, async () => {}))).toBe(0);
  expect(await findLock(hosts[0])).toBeUndefined();

  // The same number and start time, of another boot: nobody here can say what became of it.
  const elsewhere = identity?.replace(/^\S+/, "00000000-0000-0000-0000-000000000000") ?? "";
  await takeLock(hosts, { ...record("elsewhere"), process: elsewhere });
  expect(await exitOf(holdPair(hosts, { command: "install", warn }, async () => {}))).toBe(5);
  expect((await findLock(hosts[0]))?.record?.id).toBe("elsewhere");
});

test("of many that find a lock left behind one gets it", async () => {
  const child = Bun.spawn(["true"]);
  const identity = processIdentity(child.pid) ?? "";
  await child.exited;
  await takeLock(hosts, { ...record("dead"), process: identity });
  let inside = 0;
  let most = 0;
  const codes = await Promise.all(
    Array.from({ length: 6 }, () =>
      exitOf(
        holdPair(hosts, { command: "switch", warn }, async () => {
          most = Math.max(most, ++inside);
          await Bun.sleep(300);
          inside--;
        }),
      ),
    ),
  );
  expect(codes.filter((code) => code === 0)).toHaveLength(1);
  expect(most).toBe(1);
});

test("a record that does not arrive whole, because its sender was killed, makes no lock", async () => {
  const cut = hosts.map((host) => ({
    ...host,
    exec: (argv: Argv, options?: ExecOptions) =>
      host.exec(argv, { ...options, stdin: options?.stdin?.slice(0, 20) ?? "" }),
  }));
  await takeLock(cut, record("killed")).catch(() => {});
  for (const host of hosts) expect(await findLock(host)).toBeUndefined();
});

test("a number that another process has by now is no sign of life", () => {
  const identity = processIdentity(process.pid) ?? "";
  expect(identity).toMatch(/^[0-9a-f-]{36} pid:\[\d+\] \d+ \d+$/);
  expect(isProvenDead(identity)).toBe(false);
  expect(isProvenDead(identity.replace(/\d+$/, "1"))).toBe(true);
  expect(isProvenDead(undefined)).toBe(false);
  expect(isProvenDead(identity, "/nowhere")).toBe(false);
});

test("a host that takes no file keeps nobody from the work, as long as the other one does", async () => {
  writeFileSync(join(directory, "db1"), "no directory");
  const said: string[] = [];
  const options = { command: "recover", warn: (why: string) => void said.push(why) };
  await holdPair(hosts, options, async () => {
    expect(await exitOf(holdPair(hosts, options, async () => {}))).toBe(5);
  });
  expect(said[0]).toStartWith("db1: cannot write /var/lib/skyha/lock");
  expect(await findLock(hosts[1])).toBeUndefined();
  rmSync(join(directory, "db2"), { recursive: true });
  writeFileSync(join(directory, "db2"), "no directory");
  await expect(holdPair(hosts, options, async () => {})).rejects.toThrow("db2: cannot write");
});

test("whatever becomes of the work, the lock is free afterwards and the journal has what was done", async () => {
  const work = holdPair(
    hosts,
    { command: "recover", warn, redact: (text) => text.replace("s3cret", "***") },
    async ({ note }) => {
      note({ host: "db1", what: "start docker", result: "done", seconds: 2 });
      note({ host: "cluster", what: "cleanup", result: "failed", why: "it said s3cret" });
      throw new Error("broken");
    },
  );
  await expect(work).rejects.toThrow("broken");
  expect(await findLock(hosts[0])).toBeUndefined();
  for (const host of ["db1", "db2"])
    expect(journalOf(host)).toEqual(["recover db1 start docker done", "recover cluster cleanup failed"]);
  expect(readFileSync(join(directory, "db1", "journal.jsonl"), "utf8")).not.toContain("s3cret");
});

test("a host that does not answer for a while gets its lines later, in order; one that never does is told of", async () => {
  let answers = false;
  const shaky: Host = {
    ...hosts[1],
    exec: (argv, options) =>
      answers || !argv.some((word) => word.endsWith("journal.jsonl"))
        ? hosts[1].exec(argv, options)
        : Promise.reject(new Error("no route")),
  };
  const said: string[] = [];
  const options = { command: "install", warn: (why: string) => void said.push(why) };
  await holdPair([hosts[0], shaky], options, async ({ note }) => {
    note({ host: "db2", what: "one", result: "done" });
    await Bun.sleep(50);
    answers = true;
    note({ host: "db2", what: "two", result: "done" });
  });
  expect(said).toEqual([]);
  expect(journalOf("db2")).toEqual(journalOf("db1"));
  answers = false;
  await holdPair([hosts[0], shaky], options, async ({ note }) =>
    note({ host: "db2", what: "three", result: "done" }),
  );
  expect(said).toEqual(["db2: no route"]);
});

test("a change by somebody else between the look and the lock is noticed", async () => {
  const stillNobody = await nobodyAtWork(hosts);
  await stillNobody();
  await holdPair(hosts, { command: "switch", warn }, async ({ note }) =>
    note({ host: "cluster", what: "move", result: "done" }),
  );
  expect(await exitOf(stillNobody())).toBe(5);
  await takeLock([hosts[1]], record("other"));
  expect(await exitOf(nobodyAtWork(hosts))).toBe(5);
});

test("torn lines are left out, and what both hosts have appears once, by time", () => {
  const entry = (at: string, what: string) => ({
    at,
    run: "r",
    by: "a@b",
    command: "install",
    host: "db1",
    what,
    result: "done" as const,
  });
  const lines = (...entries: object[]) =>
    `${entries.map((each) => JSON.stringify(each)).join("\n")}\n{"at":"2026`;
  const [one, two] = [entry("2026-01-01T00:00:01.000Z", "one"), entry("2026-01-01T00:00:02.000Z", "two")];
  const merged = mergeJournals([
    parseJournal(lines(two)),
    parseJournal(lines(one, two, { at: "yesterday" })),
  ]);
  expect(merged.map(({ what }) => what)).toEqual(["one", "two"]);
});

async function said(work: (io: Parameters<typeof runUnlock>[0]["io"]) => Promise<number>) {
  let out = "";
  const write = (text: string) => {
    out += text;
  };
  const code = await work({ out: write, err: write, terminal: false, env: {} });
  return { code, out };
}
const members = () => hosts.map((host) => ({ config: { name: host.name }, host })) as never;

test("unlock: none, one that lives, one that is silent, one that a power cut has torn", async () => {
  const unlock = (force = false) => said((io) => runUnlock({ members: members(), io, json: false, force }));
  expect(await unlock()).toMatchObject({ code: 0, out: expect.stringContaining("nobody") });
  await takeLock(hosts, record("laptop"));
  const alive = await unlock();
  expect(alive.code).toBe(4);
  expect(alive.out).toContain("root@laptop lives");
  expect(await findLock(hosts[0])).toBeDefined();
  await silence("db1", 300);
  expect((await unlock()).code).toBe(4);
  await silence("db2", 300);
  expect((await unlock()).code).toBe(0);
  expect(await findLock(hosts[0])).toBeUndefined();
  await takeLock(hosts, record("laptop"));
  expect((await unlock(true)).code).toBe(0);
  const child = Bun.spawn(["true"]);
  const identity = processIdentity(child.pid) ?? "";
  await child.exited;
  await takeLock(hosts, { ...record("dead"), process: identity });
  expect((await unlock()).code).toBe(0);
  mkdirSync(join(directory, "db1"), { recursive: true });
  writeFileSync(lockFile("db1"), "");
  await silence("db1", 300);
  expect(await exitOf(nobodyAtWork(hosts))).toBe(5);
  expect((await unlock()).code).toBe(0);
  expect(await exitOf(nobodyAtWork(hosts))).toBe(0);
});

/** A pair whose own memory is empty, or as given. */
function remembering(log: Partial<Record<string, Partial<ExecResult>>>, fenced = "") {
  const xml = captured("pacemaker-2.1.5/healthy/crm_mon.xml");
  return hosts.map(
    (host): Host => ({
      ...host,
      exec: (argv, options) => {
        if (argv.includes("log") && argv[0] === "sh")
          return Promise.resolve({ code: 0, stdout: "", stderr: "", timedOut: false, ...log[host.name] });
        if (argv[0] === "crm_mon")
          return Promise.resolve({ code: 0, stdout: fenced || xml, stderr: "", timedOut: false });
        return host.exec(argv, options);
      },
    }),
  );
}
const historyOf = (pair: readonly Host[], json: boolean, limit: number) =>
  said((io) =>
    runHistory({
      members: pair.map((host) => ({ config: { name: host.name }, host })) as never,
      io,
      json,
      limit,
    }),
  );

test("history: newest last, as many as asked for, JSON lines", async () => {
  for (const what of ["first", "two", "three"])
    await holdPair(hosts, { command: "recover", warn }, async ({ note }) =>
      note({ host: "db1", what, result: "done" }),
    );
  const shown = await historyOf(remembering({}), false, 2);
  expect(shown.code).toBe(0);
  expect(shown.out).not.toContain("first");
  expect(shown.out).toMatch(/ \S+@\S+ +recover/);
  expect(shown.out.indexOf("three")).toBeGreaterThan(shown.out.indexOf("two"));
  const lines = (await historyOf(remembering({}), true, 9)).out.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).what)).toEqual(["first", "two", "three"]);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    kind: "command",
    run: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});

test("history: what the cluster did by itself stands among it, from both hosts' journals", async () => {
  const log = {
    db1: { stdout: captured("journal/switch-db1.txt") },
    db2: { stdout: captured("journal/power-cut-db2.txt") },
  };
  const fenced = captured("pacemaker-3.0.0/peer-fenced/crm_mon.xml");
  const { out, code } = await historyOf(remembering(log, fenced), false, 50);
  expect(code).toBe(0);
  expect(out).toMatch(/2026-11-21T14:47:24Z +DRBD +demote +db1 +is no longer primary +done/);
  expect(out).toMatch(/2026-11-21T15:04:14Z +DRBD +promote +db2 +became primary +done/);
  expect(out).toMatch(
    /2026-11-21T11:17:18Z +the cluster +fence +db1 +reboot through its fence device by db2/,
  );
});

test("history: what an agent said is cut for a reader, and whole for a program; what stopped a command is whole", async () => {
  const long = "it said this, and this again, ".repeat(9).trim();
  await holdPair(hosts, { command: "recover", warn }, async ({ note }) =>
    note({ host: "db1", what: "one", result: "failed", why: long }),
  );
  const failed = `1763736820.5 db1 pacemaker-controld[1]:  notice: Result of monitor operation for redis on db1: error (${long})\n`;
  const pair = remembering({ db1: { stdout: failed } });
  const words = (await historyOf(pair, false, 9)).out.replaceAll(/\s+/g, " ");
  expect(words).toContain(`failed: ${long}`);
  expect(words).not.toContain(`error (${long})`);
  expect(words).toContain("failed: error (it said this");
  expect((await historyOf(pair, true, 9)).out).toContain(`error (${long})`);
});

test("history: what could not be asked is said, and the rest is shown", async () => {
  await holdPair(hosts, { command: "recover", warn }, async ({ note }) =>
    note({ host: "db1", what: "one", result: "done" }),
  );
  const { out, code } = await historyOf(
    remembering({ db2: { code: 9, stderr: "No journal files were found.\n" } }, "<broken"),
    false,
    9,
  );
  expect(code).toBe(0);
  expect(out).toContain("one");
  expect(out).toContain("what db2 saw of promotions and failures is not known: No journal files were found.");
  expect(out).toContain("whom the cluster fenced is not known: db1: crm_mon:");
  expect(out).not.toContain("what db1 saw");
});
