import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseProcDrbd } from "../../core/drbd/proc.ts";
import { captured } from "../../fixtures/captured/read.ts";
import { type Bench, createBench } from "../testing/bench.ts";
import { concernOf, judge, promotionRefusal, scoreOf } from "./judge.ts";

const SCORES = { both: 10000, alone: 1000, peerOnly: 10 };

function stateOf(name: string) {
  const parsed = parseProcDrbd(captured(`drbd-8.4.11/${name}.proc`), 1);
  if (!parsed.known) throw new Error(parsed.why);
  return parsed.value;
}

describe("captured states: code, score, may it be promoted", () => {
  test.each([
    ["healthy-primary", 8, 10000, true],
    ["healthy-secondary", 0, 10000, true],
    ["peer-off", 191, 10000, true],
    ["peer-off-outdated", 191, 10000, true],
    ["fencing-peer", 191, 10000, true],
    ["suspended", 191, 10000, true],
    ["standalone-primary", 191, 10000, true],
    ["standalone-secondary", 190, undefined, false],
    ["split-brain-primary", 191, 10000, true],
    ["split-brain-secondary", 190, 1000, true],
    ["resync-source", 191, 10000, true],
    ["resync-target", 190, 10, true],
    ["paused-target", 190, 10, true],
    ["diskless-primary", 191, 10, true],
    ["diskless-alone", 190, undefined, false],
  ])("%s", (name, code, score, promotable) => {
    const state = stateOf(name);
    const outcome = judge(state);
    expect(outcome.code as number).toBe(code);
    expect(outcome.reason === undefined).toBe(code === 0 || code === 8);
    expect(scoreOf(state, SCORES)).toBe(score);
    expect(promotionRefusal(state) === undefined).toBe(promotable);
  });

  test("every disk state: only current data, or a connected current peer, gives a score", () => {
    const base = { ...stateOf("peer-off"), role: "Secondary" as const };
    const scores = (
      [
        "Diskless",
        "Attaching",
        "Detaching",
        "Failed",
        "Negotiating",
        "Inconsistent",
        "Outdated",
        "DUnknown",
        "Consistent",
        "UpToDate",
        "Unknown",
      ] as const
    ).map((disk) => [disk, scoreOf({ ...base, disk }, SCORES)]);
    expect(Object.fromEntries(scores)).toEqual({
      Diskless: undefined,
      Attaching: "keep",
      Detaching: undefined,
      Failed: undefined,
      Negotiating: "keep",
      Inconsistent: undefined,
      Outdated: undefined,
      DUnknown: undefined,
      Consistent: undefined,
      UpToDate: 1000,
      Unknown: undefined,
    });
  });

  test("the reason holds the percentage", () => {
    expect(concernOf(stateOf("resync-target"))).toBe("resync from the other host, 83.9 % done");
  });
});

let bench: Bench;
const parameters = { drbd_resource: "skydata", device: "/dev/drbd1" };

/** drbdadm and crm_attribute that write down how they were called; drbdadm then shows the state named for its word. */
beforeEach(() => {
  bench = createBench("skydata", { agent: "drbd" });
  script(
    "drbdadm",
    `next="${bench.directory}/next-$1"; [ -f "$next" ] || { echo "no $1 here" >&2; exit 17; }; cat "$next" > "${bench.procDir}/drbd"`,
  );
  script("crm_attribute", "");
  script("modprobe", `cat "${bench.directory}/next-modprobe" > "${bench.procDir}/drbd"`);
});
afterEach(() => bench.clean());

function script(name: string, body: string): void {
  const text = `#!/bin/sh\necho "${name} $*" >> "${bench.directory}/calls"\n${body}\n`;
  writeFileSync(join(bench.binDir, name), text, { mode: 0o755 });
}
const now = (name: string) =>
  writeFileSync(join(bench.procDir, "drbd"), captured(`drbd-8.4.11/${name}.proc`));
const after = (word: string, name: string) =>
  writeFileSync(join(bench.directory, `next-${word}`), captured(`drbd-8.4.11/${name}.proc`));
const act = (action: string, more: Record<string, string> = {}, env: Record<string, string> = {}) =>
  bench.act(action, { ...parameters, ...more }, { OCF_RESKEY_CRM_meta_timeout: "2000", ...env });
function calls(): string[] {
  try {
    return readFileSync(join(bench.directory, "calls"), "utf8").trim().split("\n");
  } catch {
    return [];
  }
}
const probe = { OCF_RESKEY_CRM_meta_interval: "0" };

test("start brings it up and says the score once; started again it does nothing", async () => {
  now("module-only");
  after("up", "healthy-secondary");
  expect((await act("start")).code).toBe(0);
  const first = calls();
  expect(first).toEqual([
    "drbdadm up skydata",
    "crm_attribute --promotion=skydata --lifetime=reboot --update 10000",
  ]);
  expect((await act("start")).code).toBe(0);
  expect(calls()).toEqual(first);
});

test("without the module start loads it", async () => {
  after("modprobe", "module-only");
  after("up", "healthy-secondary");
  expect((await act("start")).code).toBe(0);
  expect(calls()[0]).toBe("modprobe drbd");
});

test("without its peer it starts too, with the lesser score", async () => {
  now("module-only");
  writeFileSync(
    join(bench.directory, "next-up"),
    captured("drbd-8.4.11/peer-off.proc").replace("ro:Primary", "ro:Secondary"),
  );
  expect((await act("start", { connect_timeout: "1" })).code).toBe(0);
  expect(calls().at(-1)).toContain("--update 1000");
});

test("a resource drbdadm cannot bring up is an error with its words", async () => {
  now("module-only");
  const ended = await act("start");
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("no up here");
});

test("a monitor that changes nothing starts no program", async () => {
  now("healthy-primary");
  await act("monitor");
  const told = calls().length;
  for (let round = 0; round < 5; round += 1) expect((await act("monitor")).code).toBe(8);
  expect(calls().length).toBe(told);
});

test("a score is said again after a while, and by every probe: Pacemaker may have forgotten it", async () => {
  now("healthy-primary");
  await act("monitor");
  await act("monitor", {}, probe);
  expect(calls().length).toBe(2);
  const file = join(bench.directory, "run", "drbd-skydata.score");
  utimesSync(file, new Date(Date.now() - 400_000), new Date(Date.now() - 400_000));
  await act("monitor");
  expect(calls().length).toBe(3);
});

test("not running is said only when the kernel says so", async () => {
  for (const name of ["module-only", "unconfigured", "other-minor"]) {
    now(name);
    expect((await act("monitor", {}, probe)).code).toBe(7);
  }
  rmSync(join(bench.procDir, "drbd"));
  expect((await act("monitor", {}, probe)).code).toBe(7);
  writeFileSync(join(bench.procDir, "drbd"), "");
  expect((await act("monitor", {}, probe)).code).toBe(1);
});

test("promote: done, already done, refused in words", async () => {
  now("healthy-secondary");
  after("primary", "healthy-primary");
  expect((await act("promote")).code).toBe(0);
  expect((await act("promote")).code).toBe(0);
  expect(calls().filter((line) => line.startsWith("drbdadm"))).toEqual(["drbdadm primary skydata"]);
  now("standalone-secondary");
  const refused = await act("promote");
  expect(refused.code).toBe(1);
  expect(refused.reason).toBe("this host's copy is Outdated");
  expect(calls().join()).not.toContain("force");
});

test("promote waits while the other host is still primary, and gives up in time", async () => {
  writeFileSync(join(bench.procDir, "drbd"), captured("drbd-8.4.11/healthy-secondary.proc"));
  const ended = await act("promote");
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("the other host is primary");
  expect(ended.ms).toBeLessThan(2000);
  expect(calls().filter((line) => line === "drbdadm primary skydata").length).toBeGreaterThan(2);
});

test("demote that cannot be done names who holds the device", async () => {
  now("healthy-primary");
  const holder = join(bench.procDir, "4711");
  mkdirSync(join(holder, "fd"), { recursive: true });
  symlinkSync("/dev/drbd1", join(holder, "fd", "3"));
  writeFileSync(join(holder, "comm"), "multipathd\n");
  const ended = await act("demote");
  expect(ended.code).toBe(9);
  expect(ended.reason).toContain("held open by multipathd (4711)");
  writeFileSync(join(holder, "mountinfo"), "36 35 147:1 / /drbd rw - xfs /dev/drbd1 rw\n");
  expect((await act("demote")).reason).toContain("mounted on /drbd");
});

test("demote: done, already done, not up", async () => {
  now("healthy-primary");
  after("secondary", "healthy-secondary");
  expect((await act("demote")).code).toBe(0);
  expect((await act("demote")).code).toBe(0);
  now("module-only");
  expect((await act("demote")).code).toBe(7);
});

test("stop: done and proven, done twice, never claimed", async () => {
  now("healthy-secondary");
  after("down", "module-only");
  expect((await act("stop")).code).toBe(0);
  expect((await act("stop")).code).toBe(0);
  expect(calls()).toContain("crm_attribute --promotion=skydata --lifetime=reboot --delete");
  now("healthy-secondary");
  rmSync(join(bench.directory, "next-down"));
  const ended = await act("stop");
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain("still up");
  expect(ended.ms).toBeLessThan(2000);
});

test.each(["x;reboot", "$(reboot)", "-f", "a b", "../x", "x\ny", "'"])(
  "hostile resource name %p: 6, nothing is called",
  async (name) => {
    now("healthy-primary");
    expect((await act("monitor", { drbd_resource: name })).code).toBe(6);
    expect(calls()).toEqual([]);
  },
);

test("stop with an unusable name: success only where nothing was ever started under it", async () => {
  now("healthy-primary");
  expect((await act("stop", { drbd_resource: "a b" })).code).toBe(0);
  await act("monitor");
  const ended = await act("stop", { drbd_resource: "a b" });
  expect(ended.code).toBe(1);
  expect(calls().join()).not.toContain("down");
});

test("promote tries again when DRBD had only just noticed that its peer is gone", async () => {
  now("peer-off");
  const waiting = captured("drbd-8.4.11/peer-off.proc").replace("ro:Primary", "ro:Secondary");
  writeFileSync(join(bench.procDir, "drbd"), waiting);
  script(
    "drbdadm",
    `[ -e "${bench.directory}/tried" ] && { cat "${bench.directory}/next-primary" > "${bench.procDir}/drbd"; exit 0; }
touch "${bench.directory}/tried"; echo "State change failed: (-7) Refusing to be Primary while peer is not outdated" >&2; exit 17`,
  );
  after("primary", "peer-off-outdated");
  expect((await act("promote")).code).toBe(0);
  expect(calls().filter((line) => line === "drbdadm primary skydata")).toHaveLength(2);
});
