import { describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExitCode } from "../../core/exit.ts";
import { keepsLedger, ledgerDirectory } from "../testing/ledger.ts";
import { type DrillOptions, runDrill } from "./command.ts";
import { type Breakage, config, fakePair } from "./fake-pair.ts";
import type { LoadSeen, StartLoad } from "./load/load.ts";
import type { RowsSeen } from "./load/rows.ts";

const rowsOf = (change: Partial<RowsSeen> = {}): RowsSeen => ({
  service: "postgres",
  acknowledged: 100,
  lost: 0,
  seconds: 1.5,
  stillDown: false,
  mayLose: undefined,
  ...change,
});

function loadThatSaw(rows: readonly RowsSeen[], silent: readonly string[] = []): StartLoad {
  const seen: LoadSeen = {
    rows,
    outages: rows.map(({ service, seconds, stillDown }) => ({ service, by: "rows", seconds, stillDown })),
  };
  return async () => ({ now: () => 0, silentSince: () => silent, stop: async () => seen });
}

async function drill(
  breakage: Breakage,
  extra: Partial<DrillOptions> = {},
  confirm: Pick<DrillOptions, "confirm"> = { confirm: "skycluster" },
) {
  let out = "";
  const write = (text: string) => {
    out += text;
  };
  const pair = fakePair(breakage);
  const ledger = ledgerDirectory();
  const output = mkdtempSync(join(tmpdir(), "skyha-drill-"));
  const code = await runDrill({
    config,
    members: pair.hosts.map((host, index) => {
      const own = config.hosts[index === 0 ? 0 : 1];
      return { config: own, host: keepsLedger(host, ledger) };
    }),
    io: { out: write, err: write, terminal: false, env: {} },
    probe: async () => ({ result: "open", ms: 1 }),
    ...confirm,
    output,
    startLoad: loadThatSaw([rowsOf()]),
    timing: { pollMs: 5, secondMs: 1 },
    interrupted: new AbortController().signal,
    ...extra,
  });
  const did = pair.did.map((line) => line.replaceAll(/skyha-drill-\d{8}T\d{6}-/g, "TIMER-"));
  return { code, out, did, written: pair.written, output };
}

test("a killed container: seen to be another process, rows compared, written down on both hosts and in two files", async () => {
  const { code, out, did, written, output } = await drill({}, { only: ["container-kill:postgres"] });
  expect(did).toEqual(["db1 signalService KILL docker postgres"]);
  expect(code).toBe(0);
  expect(out).toContain("1 faults survived, nothing lost, longest outage 1.5 s");
  for (const host of ["db1", "db2"])
    expect(JSON.parse(written.get(`${host} /var/lib/skyha/drill.json`) ?? "")).toMatchObject({
      result: "passed",
      faults: ["container-kill:postgres"],
      worstSeconds: 1.5,
      lost: 0,
    });
  const files = readdirSync(output).sort();
  expect(files.map((name) => name.replace(/\d{8}T\d{6}/, "STAMP"))).toEqual([
    "skyha-drill-STAMP.json",
    "skyha-drill-STAMP.md",
  ]);
  const text = readFileSync(join(output, files[1] ?? ""), "utf8");
  expect(text).toContain("| container-kill:postgres | db1 | postgres 1.5 s | postgres 100 | postgres 0 |");
  expect(JSON.parse(readFileSync(join(output, files[0] ?? ""), "utf8"))).toMatchObject({
    version: 1,
    cluster: "skycluster",
    faults: [{ id: "container-kill:postgres", outcome: "passed", rows: [{ acknowledged: 100, lost: 0 }] }],
  });
});

describe("what the drill has to take away itself", () => {
  test("the host's own timer is there before the fault, and goes after it was undone", async () => {
    const { code, did } = await drill({}, { only: ["link2-cut"] });
    expect(did).toEqual([
      "db2 systemd-run --unit=TIMER-1-0 --on-active=120 removeRoute 10.99.2.11 213",
      "db2 ip route add unreachable 10.99.2.11 proto 213",
      "db2 removeRoute 10.99.2.11 213",
      "db2 systemctl stop TIMER-1-0.timer",
    ]);
    expect(code).toBe(0);
  });

  test("no timer, no fault", async () => {
    const { code, did, out } = await drill({ fails: /systemd-run/ }, { only: ["link2-cut"] });
    expect(did.filter((line) => line.includes("ip route"))).toEqual([]);
    expect(out).toContain("not injected");
    expect(code).toBe(3);
  });

  test("a fault that the host refuses is not undone: what is there is somebody else's", async () => {
    const { code, did } = await drill({ fails: /ip route add/ }, { only: ["link2-cut"] });
    expect(did.filter((line) => / removeRoute/.test(line) && !line.includes("systemd-run"))).toEqual([]);
    expect(did.at(-1)).toBe("db2 systemctl stop TIMER-1-0.timer");
    expect(code).toBe(3);
  });

  test("what could not be undone keeps its timer, and is named", async () => {
    const { code, did, out } = await drill(
      { fails: /^db2 removeRoute/ },
      { only: ["link2-cut", "drbd-disconnect"] },
    );
    expect(did.filter((line) => line.includes("systemctl stop"))).toEqual([]);
    expect(out).toMatch(/left behind: db2: .*it does so by itself within 120 s/);
    // The link is still down: no further fault.
    expect(did.filter((line) => line.includes("drbdadm"))).toEqual([]);
    expect(code).toBe(1);
  });

  test("Ctrl-C in the middle: undone at once, no further fault, exit 130", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const { code, did, out } = await drill(
      {},
      {
        only: ["link2-cut", "disk-full"],
        interrupted: controller.signal,
        timing: { pollMs: 5, secondMs: 10_000 },
      },
    );
    expect(did.slice(1)).toEqual([
      "db2 ip route add unreachable 10.99.2.11 proto 213",
      "db2 removeRoute 10.99.2.11 213",
      "db2 systemctl stop TIMER-1-0.timer",
    ]);
    expect(out).toContain("the drill was interrupted");
    expect(code).toBe(130);
  });

  test("a full volume is emptied on whichever host has it", async () => {
    const { did } = await drill({}, { only: ["disk-full"] });
    expect(did.filter((line) => / rm /.test(line) && !line.includes("systemd-run"))).toEqual([
      "db1 rm -f /drbd/.skyha-drill-filler",
      "db2 rm -f /drbd/.skyha-drill-filler",
    ]);
    expect(did.slice(0, 2).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "db1 systemd-run",
      "db2 systemd-run",
    ]);
  });
});

test("a pair that does not come back: undone, no further fault, exit 1, and show is named", async () => {
  const { code, did, out } = await drill(
    { staysDead: true },
    { only: ["engine-hang:redis", "drbd-disconnect"] },
  );
  expect(did).toEqual([
    "db1 systemd-run --unit=TIMER-1-0 --on-active=660 signalService CONT docker redis",
    "db1 signalService STOP docker redis",
    "db1 signalService CONT docker redis",
    "db1 systemctl stop TIMER-1-0.timer",
  ]);
  expect(out).toContain("not as before after 600 s: what was hit has not come back yet");
  expect(out).toContain("skyha show");
  expect(code).toBe(1);
});

test("failures that are over are forgotten by the cluster before it counts as back, and are in the report", async () => {
  const { code, did, output } = await drill(
    { afterwards: "failed-recovered" },
    { only: ["container-kill:redis"] },
  );
  expect(did).toContain("db1 crm_resource --cleanup");
  expect(code).toBe(0);
  const json = readdirSync(output).find((name) => name.endsWith(".json")) ?? "";
  expect(JSON.parse(readFileSync(join(output, json), "utf8")).faults[0].failures).not.toEqual([]);
});

test("a cut that Corosync does not notice proves nothing", async () => {
  const { code, out } = await drill({ unseen: true }, { only: ["link2-cut"] });
  expect(out).toContain("no effect");
  expect(code).toBe(3);
});

describe("rows", () => {
  test.each([
    ["an acknowledged row is gone", rowsOf({ lost: 2 }), 1, "2 acknowledged rows are gone"],
    [
      "the service may lose some, and does",
      rowsOf({ lost: 2, mayLose: "appendfsync is everysec" }),
      0,
      "appendfsync is everysec",
    ],
    [
      "nobody could look: that is not none",
      rowsOf({ lost: undefined, why: "down" }),
      3,
      "could not be read again: down",
    ],
  ] as const)("%s", async (_name, rows, expected, text) => {
    const { code, out } = await drill({}, { only: ["container-kill:redis"], startLoad: loadThatSaw([rows]) });
    expect(out).toContain(text);
    expect(code).toBe(expected);
  });

  test("a service that gives no answer before anything was done: nothing is done", async () => {
    const { code, did, out } = await drill(
      {},
      { only: ["container-kill:redis"], startLoad: loadThatSaw([], ["redis"]) },
    );
    expect(did).toEqual([]);
    expect(out).toContain("no answer before anything was done: redis");
    expect(code).toBe(3);
  });
});

describe("nothing is broken", () => {
  test.each<[string, Breakage, Partial<DrillOptions>, ExitCode, string]>([
    ["dry run", {}, { dryRun: true }, 10, "on db2: stonith_admin --reboot db1 --timeout 120"],
    ["another name was typed", {}, { confirm: "skycluste" }, 10, "nothing was broken"],

    ["an action has failed", { state: "failed-recovered" }, {}, 4, "failures"],
    ["the other host is off", { state: "peer-fenced" }, {}, 4, "hosts"],
    ["maintenance", { state: "maintenance" }, {}, 4, "cluster"],
    [
      "a service does not answer",
      {},
      { probe: async () => ({ result: "silent", ms: 1 }) },
      4,
      "no answer at 10.99.0.100",
    ],
    [
      "it runs on the host that it would hit",
      { local: "db1" },
      {},
      4,
      "run it on a third machine, or with --only",
    ],
  ])("%s", async (_name, breakage, extra, expected, text) => {
    const { code, did, out, written } = await drill(breakage, extra);
    expect(did).toEqual([]);
    expect(written.size).toBe(0);
    expect(out).toContain(text);
    expect(code).toBe(expected);
  });

  test("nobody is there to be asked", async () => {
    const { code, did, out } = await drill({}, {}, {});
    expect(did).toEqual([]);
    expect(out).toContain("--confirm skycluster");
    expect(code).toBe(10);
  });

  test("a fault that does not hit this host may be tried from it", async () => {
    const { code, did } = await drill({ local: "db2" }, { only: ["container-kill:redis"] });
    expect(did).toHaveLength(1);
    expect(code).toBe(0);
  });

  test.each([
    [{ only: ["typo"] }, "there is no fault typo"],
    [{ only: ["container-kill:mysql"] }, "there is no fault container-kill:mysql"],
    [{ output: "/nowhere/at/all" }, "is not a directory"],
  ])("%j is one line, exit 2", async (extra, text) => {
    const error = await drill({}, extra).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exitCode: 2, message: expect.stringContaining(text) });
  });

  test("the right name typed by a person is enough", async () => {
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      return "skycluster";
    };
    const { code } = await drill({}, { ask, only: ["container-kill:redis"] }, {});
    expect(asked.join()).toContain("Type skycluster to go on");
    expect(code).toBe(0);
  });
});

test("--json: one object per line, from the plan to the end", async () => {
  const { out } = await drill({}, { json: true, only: ["container-kill:redis"] });
  const lines = out
    .trim()
    .split("\n")
    .map((line): { type: string } => JSON.parse(line));
  expect(lines.map(({ type }) => type)).toEqual(
    expect.arrayContaining(["plan", "fault", "progress", "result", "report"]),
  );
});
