import { describe, expect, test } from "bun:test";
import { parseCib } from "../../core/cluster/cib.ts";
import type { Argv, ExecOptions, ExecResult, Host } from "../../core/host.ts";
import { captured } from "../../fixtures/captured/read.ts";
import { keepsLedger, ledgerDirectory } from "../testing/ledger.ts";
import { config } from "../testing/world.ts";
import { runSwitch, type SwitchOptions } from "./command.ts";
import { moveConstraint } from "./constraint.ts";
import { longestOutage } from "./outage.ts";

/** A cluster of two hosts that does what it is told: one state of the captures before the ban, another one after. */
interface World {
  /** Captured states, one per look after the constraint was made; the last one stays. */
  readonly after: readonly string[];
  /** Has every failed action of the captures on this host. */
  readonly failuresOn?: string;
  /** What cibadmin answers to creating and deleting. */
  readonly refuses?: boolean;
  readonly keepsConstraint?: boolean;
  readonly breaksAfterBan?: boolean;
}

function createWorld({
  after,
  failuresOn,
  refuses = false,
  keepsConstraint = false,
  breaksAfterBan = false,
}: World) {
  const ran: string[] = [];
  let constraint: string | undefined;
  let looks = 0;
  let banned = false;
  const answer = (stdout: string, code = 0): ExecResult => ({
    code,
    stdout,
    stderr: code ? stdout : "",
    timedOut: false,
  });
  const state = () => (banned ? (after[Math.min(looks++, after.length - 1)] ?? "healthy") : "healthy");
  const statusXml = (name: string) => {
    const xml = captured(`pacemaker-2.1.5/${name}/crm_mon.xml`);
    return failuresOn === undefined ? xml : xml.replaceAll(/(<failure [^>]*node=")db\d/g, `$1${failuresOn}`);
  };
  const exec =
    (name: string) =>
    async (argv: Argv, options: ExecOptions = {}): Promise<ExecResult> => {
      ran.push(`${name} ${argv.join(" ")}`);
      if (banned && breaksAfterBan) throw new Error("connection lost");
      switch (argv[0]) {
        case "crm_mon":
          return answer(statusXml(state()));
        case "cibadmin": {
          if (argv.includes("--create")) {
            if (refuses) return answer("Call failed: Permission denied", 13);
            constraint = options.stdin;
            banned = true;
            return answer("");
          }
          if (argv.includes("--delete")) {
            if (!keepsConstraint) constraint = undefined;
            return answer("");
          }
          const cib = captured("pacemaker-2.1.5/healthy/cib.xml");
          return answer(cib.replace("<constraints>", `<constraints>${constraint ?? ""}`));
        }
        case "systemctl":
          return answer("active\nactive\nactive\n");
        case "date":
          return answer(`${Date.now() / 1000 + 1000}\n`);
        default:
          return answer("not in this test", 1);
      }
    };
  const host = (name: "db1" | "db2"): Host => ({
    name,
    address: "",
    exec: exec(name),
    read: async (path) =>
      path === "/proc/drbd"
        ? captured(`drbd-8.4.11/healthy-${name === "db1" ? "primary" : "secondary"}.proc`)
        : undefined,
    write: () => Promise.reject(new Error("a switch-over writes no file")),
    upload: () => Promise.reject(new Error("a switch-over uploads nothing")),
    close: async () => {},
  });
  return {
    hosts: [host("db1"), host("db2")] as const,
    ran,
    constraint: () => constraint,
    isBanned: () => banned,
  };
}

async function run(world: ReturnType<typeof createWorld>, extra: Partial<SwitchOptions> = {}) {
  let out = "";
  const write = (text: string) => {
    out += text;
  };
  const ledger = ledgerDirectory();
  const code = await runSwitch({
    config,
    members: [
      { config: config.hosts[0], host: keepsLedger(world.hosts[0], ledger) },
      { config: config.hosts[1], host: keepsLedger(world.hosts[1], ledger) },
    ],
    io: { out: write, err: write, terminal: false, env: {} },
    probe: async () => ({ result: "open", ms: 1 }),
    waiting: { limitMs: 300, pollMs: 5 },
    interrupted: new AbortController().signal,
    ...extra,
  });
  return { out, code };
}

const writes = (ran: readonly string[]) =>
  ran.filter((line) => line.includes("cibadmin") && !line.includes("--query"));

test("moves, waits until everything is there, removes the constraint, says for how long clients were cut off", async () => {
  const world = createWorld({ after: ["healthy", "moved-by-rule"] });
  const { out, code } = await run(world);
  expect(code).toBe(0);
  expect(out).toMatch(/the services moved from db1 to db2 in [\d.]+ s; clients could not connect for 0 s/);
  expect(world.constraint()).toBeUndefined();
  expect(writes(world.ran)).toEqual([
    "db2 cibadmin --create --scope constraints --xml-pipe",
    "db2 cibadmin --delete --xml-pipe",
  ]);
});

test("--dry-run and a refusal change nothing", async () => {
  const dry = createWorld({ after: ["moved-by-rule"] });
  expect((await run(dry, { dryRun: true })).code).toBe(10);
  expect(writes(dry.ran)).toEqual([]);
  const refused = createWorld({ after: ["moved-by-rule"] });
  const { out, code } = await run(refused, { to: "db9" });
  expect(code).toBe(4);
  expect(out).toContain("db9 is none of the hosts");
  expect(writes(refused.ran)).toEqual([]);
});

test("to the host that has them already: done, without touching anything", async () => {
  const world = createWorld({ after: ["moved-by-rule"] });
  expect((await run(world, { to: "db1" })).code).toBe(0);
  expect(writes(world.ran)).toEqual([]);
});

describe("--limit: what is not there in time goes back", () => {
  const limit = { limit: 0.1, waiting: { pollMs: 5 } };

  test("the first constraint is gone before the second one is made, and none is left", async () => {
    // The fixtures' two states: before the ban everything runs on db1, and there it is in the end.
    const world = createWorld({ after: ["healthy"] });
    const { out, code } = await run(world, limit);
    expect(code).toBe(1);
    expect(out).toMatch(/were not on db2 in time \(not there after 0 s: .*\) and are back on db1 after/);
    expect(world.constraint()).toBeUndefined();
    expect(writes(world.ran)).toEqual([
      "db2 cibadmin --create --scope constraints --xml-pipe",
      "db2 cibadmin --delete --xml-pipe",
      "db2 cibadmin --create --scope constraints --xml-pipe",
      "db2 cibadmin --delete --xml-pipe",
    ]);
  });

  test("a first constraint that cannot be removed forbids the way back: no host would be left", async () => {
    const world = createWorld({ after: ["healthy"], keepsConstraint: true });
    const { code } = await run(world, limit);
    expect(code).toBe(1);
    expect(writes(world.ran).filter((line) => line.includes("--create"))).toHaveLength(1);
  });

  test("without it nothing goes back", async () => {
    const world = createWorld({ after: ["healthy"] });
    await run(world, { waiting: { limitMs: 100, pollMs: 5 } });
    expect(writes(world.ran).filter((line) => line.includes("--create"))).toHaveLength(1);
  });
});

describe("when it does not go well, the constraint is removed all the same", () => {
  test("nothing moves in time", async () => {
    const world = createWorld({ after: ["healthy"] });
    const { out, code } = await run(world);
    expect(code).toBe(1);
    expect(out).toContain("stopping on db1: 7 of 7 left");
    expect(world.constraint()).toBeUndefined();
  });

  test("a service fails on the other host: named at once", async () => {
    const world = createWorld({ after: ["failed-everywhere"] });
    const { out, code } = await run(world, { waiting: { limitMs: 60_000, pollMs: 5 } });
    expect(code).toBe(1);
    expect(out).toContain("redis monitor failed on db2: image redis:7 is not on this host");
    expect(world.constraint()).toBeUndefined();
  });

  test("a failure on the host that is left does not end the wait", async () => {
    const world = createWorld({ after: ["failed-recovered", "moved-by-rule"], failuresOn: "db1" });
    expect((await run(world)).code).toBe(0);
  });

  test("Ctrl-C", async () => {
    const world = createWorld({ after: ["healthy"] });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 60);
    const { out, code } = await run(world, {
      interrupted: controller.signal,
      waiting: { limitMs: 60_000, pollMs: 5 },
    });
    expect(code).toBe(130);
    expect(out).toContain("stopped waiting");
    expect(world.isBanned()).toBe(true);
    expect(world.constraint()).toBeUndefined();
  });

  test("the cluster refuses the constraint: failed, nothing was moved", async () => {
    const { out, code } = await run(createWorld({ after: ["healthy"], refuses: true }));
    expect(code).toBe(1);
    expect(out).toContain("Permission denied");
  });
});

test("a constraint that cannot be removed is named with its end and the command; the outcome is not called done", async () => {
  const kept = await run(createWorld({ after: ["moved-by-rule"], keepsConstraint: true }));
  expect(kept.code).toBe(3);
  expect(kept.out).toMatch(/cli-ban-drbd-cluster-on-db1 could not be removed.* ends by itself at 20\d\d-/);
  expect(kept.out).toContain("crm_resource --clear --resource drbd-cluster");
  const lost = await run(createWorld({ after: ["healthy"], breaksAfterBan: true }));
  expect(lost.code).toBe(3);
  expect(lost.out).toContain("outcome unknown");
  expect(lost.out).toContain("cli-ban-drbd-cluster-on-db1");
});

test("--json: one object per line, the result with the outages", async () => {
  const { out } = await run(createWorld({ after: ["moved-by-rule"] }), { json: true });
  const lines = out
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(lines[0]).toMatchObject({ type: "plan", from: "db1", to: "db2" });
  expect(lines.some((line) => JSON.stringify(line).includes('"outcome":"done"'))).toBe(true);
});

test("the constraint forbids promotion only, on one host, for five minutes of the cluster's clock", () => {
  const now = Date.UTC(2026, 10, 21, 11, 0, 0) / 1000;
  const { id, xml, until } = moveConstraint("drbd-cluster", "db1", now);
  expect(until).toBe("2026-11-21 11:05:00Z");
  const cib = parseCib(`<cib><configuration><constraints>${xml}</constraints></configuration></cib>`);
  expect(cib.known ? cib.value.locations[0] : undefined).toEqual({
    id,
    origin: "ban",
    resource: "drbd-cluster",
    role: "Promoted",
    score: -1_000_000,
    node: "db1",
    exceptNode: false,
    until,
  });
});

test("the end of the constraint follows the clock of the hosts, which is 1000 s ahead here", async () => {
  const world = createWorld({ after: ["healthy"], keepsConstraint: true });
  await run(world);
  const end = /end="(.*?)Z"/.exec(world.constraint() ?? "")?.[1]?.replace(" ", "T") ?? "";
  const seconds = Date.parse(`${end}Z`) / 1000 - Date.now() / 1000;
  expect(seconds).toBeGreaterThan(1290);
  expect(seconds).toBeLessThan(1310);
});

describe("outage", () => {
  const samples = (pattern: string) =>
    [...pattern].map((mark, index) => ({
      port: 1,
      startedAt: index * 100,
      endedAt: index * 100 + 10,
      open: mark === "+",
    }));
  test.each([
    ["+++++", 0, false],
    ["++--+", 0.2, false],
    ["+-+---+", 0.3, false],
    ["++---", 0.2, true],
    ["", 0, false],
  ])("%j", (pattern, seconds, stillDown) => {
    expect(longestOutage(samples(pattern))).toEqual({ seconds, stillDown });
  });

  test("attempts that end in another order than they began", () => {
    expect(longestOutage(samples("+--+").reverse())).toEqual({ seconds: 0.2, stillDown: false });
  });
});
