import { describe, expect, test } from "bun:test";
import { captured } from "../../fixtures/captured/read.ts";
import type { DrbdState } from "./model.ts";
import { parseProcDrbd } from "./proc.ts";
import { parseDrbdStatus } from "./status.ts";

function proc(name: string, minor = 1): DrbdState {
  const parsed = parseProcDrbd(captured(`drbd-8.4.11/${name}.proc`), minor);
  if (!parsed.known) throw new Error(parsed.why);
  return parsed.value;
}

function status(name: string): DrbdState {
  const parsed = parseDrbdStatus(captured(`drbd-9.2/${name}.json`), "skydata");
  if (!parsed.known) throw new Error(parsed.why);
  return parsed.value;
}

describe("the same state, read from /proc/drbd of 8.4 and from drbdsetup of 9", () => {
  test.each([
    ["healthy-primary", "healthy-primary"],
    ["healthy-secondary", "healthy-secondary"],
    ["peer-off", "peer-off"],
    ["standalone-primary", "standalone"],
    ["fencing-peer", "suspended"],
  ])("%s", (old, recent) => {
    const { version: _, outOfSyncKiB: _old, ...expected } = proc(old);
    expect(status(recent)).toMatchObject(expected);
  });
});

test("split brain: both stand alone, each with a copy it calls current", () => {
  const [here, there] = [proc("split-brain-primary"), proc("split-brain-secondary")];
  expect([here, there].map((state) => [state.connection, state.disk])).toEqual([
    ["StandAlone", "UpToDate"],
    ["StandAlone", "UpToDate"],
  ]);
});

test("a copy that was left by hand is outdated, and so is what the other host knows of it", () => {
  expect(proc("standalone-secondary")).toMatchObject({ connection: "StandAlone", disk: "Outdated" });
  expect(proc("peer-disconnected")).toMatchObject({ connection: "Connecting", peerDisk: "Outdated" });
});

test("healthy primary", () => {
  expect(proc("healthy-primary")).toEqual({
    version: "8.4.11",
    role: "Primary",
    peerRole: "Secondary",
    disk: "UpToDate",
    peerDisk: "UpToDate",
    connection: "Connected",
    replication: "Established",
    suspended: false,
    outOfSyncKiB: 0,
    sync: undefined,
  });
});

test("peer away: what has changed since is counted, and the peer's disk is only known when it was outdated", () => {
  expect(proc("peer-off")).toMatchObject({
    connection: "Connecting",
    peerDisk: "DUnknown",
    outOfSyncKiB: 7168,
  });
  expect(proc("peer-off-outdated").peerDisk).toBe("Outdated");
  expect(status("peer-off").outOfSyncKiB).toBe(7168);
});

test("frozen writes while the peer is being fenced", () => {
  expect(proc("fencing-peer").suspended).toBe(true);
  expect(proc("peer-off").suspended).toBe(false);
  expect(proc("standalone-primary").suspended).toBe(false);
});

test("resync: direction, percent, speed, estimate", () => {
  expect(proc("resync-source")).toMatchObject({
    connection: "Connected",
    replication: "SyncSource",
    outOfSyncKiB: 97_600,
    sync: {
      direction: "from-here",
      paused: false,
      percent: 25.9,
      speedKiBs: 25_360,
      etaSeconds: 3,
      stalled: false,
    },
  });
  expect(proc("resync-target").sync).toEqual({
    direction: "to-here",
    paused: false,
    percent: 83.9,
    speedKiBs: 16_992,
    etaSeconds: 1,
    stalled: false,
  });
  expect(proc("resync-stalled").sync).toMatchObject({ stalled: true, etaSeconds: undefined });
  expect(proc("paused-source").sync).toMatchObject({ paused: true, percent: undefined });
  expect(status("resync-source").sync).toEqual({
    direction: "from-here",
    paused: false,
    percent: 14.3,
    speedKiBs: 29_286,
    etaSeconds: 30,
    stalled: false,
  });
  expect(status("resync-stalled").sync).toMatchObject({
    direction: "to-here",
    stalled: true,
    etaSeconds: undefined,
  });
});

test("a long resync: hours, MiB, thousands", () => {
  const text = captured("drbd-8.4.11/resync-target.proc")
    .replace(/\(.*\)K/, "(4096/5632)M")
    .replace(/finish: \S+ speed: \S+/, "finish: 101:02:09 speed: 1,123,456");
  const parsed = parseProcDrbd(text, 1);
  expect(parsed.known ? parsed.value.sync : undefined).toMatchObject({
    etaSeconds: 363_729,
    speedKiBs: 1_123_456,
  });
});

test("a device without its own disk still knows its peer's", () => {
  expect(proc("diskless-primary")).toMatchObject({ disk: "Diskless", peerDisk: "UpToDate", role: "Primary" });
});

test("a resource that is not up is a state, not an unknown", () => {
  expect(proc("unconfigured").connection).toBe("Unconfigured");
  expect(proc("module-only").connection).toBe("Unconfigured");
  expect(status("empty").connection).toBe("Unconfigured");
});

test("only the asked minor is read, also beside 0 and 10", () => {
  expect(proc("other-minor", 1).connection).toBe("Unconfigured");
  expect(proc("other-minor", 0)).toMatchObject({ connection: "Connected", role: "Secondary" });
  expect(proc("other-minor", 10)).toMatchObject({ connection: "StandAlone", role: "Primary" });
});

test("a disconnected DRBD 9 resource has no connection left: it will not reconnect by itself", () => {
  expect(status("no-connection")).toMatchObject({
    connection: "StandAlone",
    peerDisk: "DUnknown",
    peerRole: "Unknown",
  });
});

test("words of a later version stay unknown", () => {
  const text = captured("drbd-8.4.11/healthy-primary.proc");
  const changed = parseProcDrbd(
    text.replace("cs:Connected", "cs:Entangled").replace("UpToDate/", "Superb/"),
    1,
  );
  expect(changed).toMatchObject({
    known: true,
    value: { connection: "Unknown", replication: "Unknown", disk: "Unknown" },
  });
});

describe("output that cannot be trusted", () => {
  test.each([
    "",
    "garbage",
    "version: 9.2.8 (api:2/proto:86-122)\nGIT-hash: x\n",
    "version: 8.4.11\n 1: cs:Connected ro:Pri",
  ])("/proc/drbd %j", (text) => {
    expect(parseProcDrbd(text, 1).known).toBe(false);
  });
  test.each(["", "skydata role:Primary", "{}", "null", '[{"name":"skydata"}]'])("drbdsetup %j", (text) => {
    expect(parseDrbdStatus(text, "skydata").known).toBe(false);
  });
});
