import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProcess } from "../../core/process.ts";
import { captured } from "../../fixtures/captured/read.ts";
import { PATHS } from "../names.ts";
import { clusterEvents, fencingEvents, type PairEvent } from "./events.ts";
import { askLog, parseLog } from "./log.ts";

const log = (file: string, host: string) => parseLog(captured(`journal/${file}.txt`), host).lines;
const told = (events: readonly PairEvent[]) =>
  [...events]
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .map(({ at, host, what, result, seconds }) =>
      `${at.slice(11, 19)} ${host} ${what}: ${result} ${seconds ?? ""}`.trim(),
    );

describe("what the hosts' journals say", () => {
  test("a move there and back: who gave way and who took over, and no failure", () => {
    const lines = [...log("switch-db1", "db1"), ...log("switch-db2", "db2")];
    expect(told(clusterEvents(lines, [], true))).toEqual([
      "14:47:24 db1 is no longer primary: done",
      "14:47:24 db2 became primary, after db1 was demoted: done",
      "14:51:31 db2 is no longer primary: done",
      "14:51:31 db1 became primary, after db2 was demoted: done",
    ]);
  });

  test("a power cut: fenced, taken over; the promotion that was refused once is one event with its end", () => {
    const fencings = fencingEvents([
      {
        action: "reboot",
        target: "db2",
        status: "success",
        origin: "db1",
        delegate: "db1",
        reason: undefined,
        at: "2026-11-21 14:53:38Z",
      },
    ]);
    const events = clusterEvents(log("power-cut-db1", "db1"), fencings, true);
    expect(told(events)).toEqual([
      "14:53:40 db1 skydata could not be promoted, runs again: done 7",
      "14:53:47 db1 became primary, after db2 was fenced: done",
    ]);
    expect(events.find(({ kind }) => kind === "failure")?.why).toStartWith(
      "error (skydata cannot be promoted",
    );
    // Another host's fencing, a failed one, and one of yesterday explain nothing.
    for (const change of [{ host: "db1" }, { result: "failed" }, { at: "2026-11-20T14:53:38Z" }])
      expect(
        clusterEvents(log("power-cut-db1", "db1"), [{ ...(fencings[0] as PairEvent), ...change }], true)[0]
          ?.after,
      ).toBeUndefined();
  });

  test.each([
    [
      "2.1.5",
      ["not running (No process state file found)", "timed out", "error (image is not here (pull it))"],
    ],
    [
      "3.0.0",
      [
        "not running (No process state file found)",
        "timed out",
        "error occurred (image is not here (pull it))",
      ],
    ],
  ])("Pacemaker %s: failures and where they ended", (release, [gone = "", late = "", refused = ""]) => {
    const events = clusterEvents(log(`pacemaker-${release}`, "db1"), [], true);
    const failures = events.map(({ what, result, why }) => ({ what, result, why: why ?? "" }));
    expect(failures[0]).toEqual({ what: "postgres failed, runs again", result: "done", why: gone });
    const hung = failures.filter(({ what }) => what.startsWith("redis"));
    expect(hung.length).toBeGreaterThan(0);
    for (const { what, result, why } of hung) {
      expect(`${what}: ${result}`).toBe("redis failed, runs again: done");
      expect(why.toLowerCase()).toStartWith(late);
    }
    // It failed while it ran, and then at its start too.
    expect(failures.at(-1)).toEqual({
      what: "postgres failed (2 failures), runs again",
      result: "done",
      why: gone,
    });
    expect(
      log(`pacemaker-${release}`, "db1").some((line) => line.kind === "result" && line.said === refused),
    ).toBe(true);
    // Probes that find nothing, stops, and a clone that is well, are no failures.
    expect(failures.every(({ what }) => /^(postgres|redis) /.test(what))).toBe(true);
  });

  test("ran again on the other host; not at all; not known when the other host could not be asked", () => {
    const line = (at: number, host: string, task: string, said: string) =>
      `${at}.5 ${host} pacemaker-controld[1]:  notice: Result of ${task} operation for postgres on ${host}: ${said}`;
    const failed = parseLog(line(1000, "db1", "monitor", "not running"), "db1").lines;
    const started = parseLog(line(1012, "db2", "start", "ok"), "db2").lines;
    // A clone's other copy, which is watched and well, is not this one.
    const watched = parseLog(line(1003, "db2", "monitor", "ok"), "db2").lines;
    const [moved] = clusterEvents([...started, ...watched, ...failed], [], true);
    expect(moved).toMatchObject({ what: "postgres failed, runs again on db2", result: "done", seconds: 12 });
    expect(clusterEvents(failed, [], true)[0]).toMatchObject({ what: "postgres failed", result: "failed" });
    expect(clusterEvents(failed, [], false)[0]).toMatchObject({ what: "postgres failed", result: "unknown" });
  });
});

test.each([
  ["block drbd1: role( Secondary -> Primary ) ", "Primary"],
  ["drbd skydata/0 drbd1: role( Primary -> Secondary ) ", "Secondary"],
  ["drbd skydata: role( Secondary -> Primary )", "Primary"],
  ["drbd skydata/0 drbd1: peer( Primary -> Unknown ) conn( Connected -> NetworkFailure ) ", undefined],
  ["block drbd12: role( Secondary -> Primary ) ", undefined],
  ["drbd other/0 drbd2: role( Secondary -> Primary ) ", undefined],
])("the kernel says %s", (text, to) => {
  const [line] = parseLog(`1763736827.697902 db1 kernel: ${text}`, "db1").lines;
  expect(line?.kind === "role" ? line.to : undefined).toBe(to as never);
});

test.each(["promoted (failed)", "Error occurred", "not running", "Timed Out after 20s", "unknown"])(
  "%s is no good answer",
  (said) => {
    const [line] = parseLog(
      `1.1 db1 pacemaker-controld[1]:  notice: Result of monitor operation for x on db1: ${said}`,
      "db1",
    ).lines;
    expect(line).toMatchObject({ ok: false });
  },
);

describe("the question, asked of a real shell", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "skyha-log-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const ask = async (script: string, { withEntries = true, entries = "" } = {}) => {
    writeFileSync(join(directory, "journalctl"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(directory, "journalctl"), 0o755);
    if (entries !== "") writeFileSync(join(directory, "journal.jsonl"), entries);
    const argv = askLog({ withEntries, since: "-24h", lines: 3, seconds: 1 });
    const [program, ...words] = argv.map((word) => word.replace(PATHS.state, directory));
    const env = { PATH: `${directory}:${process.env["PATH"]}` };
    return runProcess(["env", `PATH=${env.PATH}`, program ?? "", ...words], { timeoutMs: 10_000 });
  };

  test("lines of both journals, the newest of skyha's; a warning beside them is no failure", async () => {
    const entry = (what: string) =>
      `{"at":"2026-01-01T00:00:00.000Z","run":"r","by":"a@b","command":"switch","host":"db1","what":"${what}","result":"done"}\n`;
    const asked = await ask(
      'echo "5.5 db1 kernel: drbd skydata: role( Secondary -> Primary )"; echo "Journal file is truncated" >&2',
      { entries: ["1", "2", "3", "4"].map(entry).join("") },
    );
    expect(asked.code).toBe(0);
    const { entries, lines } = parseLog(asked.stdout, "db1");
    expect(entries.map(({ what }) => what)).toEqual(["2", "3", "4"]);
    expect(lines).toEqual([{ kind: "role", at: 5.5, host: "db1", to: "Primary" }]);
    expect(parseLog((await ask("exit 0", { withEntries: false })).stdout, "db1").entries).toEqual([]);
  });

  test("nothing found is an answer; a journal that cannot be read, or takes too long, is none", async () => {
    expect((await ask('echo "-- No entries --"; exit 1')).code).toBe(0);
    const broken = await ask('echo "-- No entries --"; echo "No journal files were found." >&2; exit 1');
    expect(broken).toMatchObject({ code: 9, stderr: "No journal files were found.\n" });
    const slow = await ask("sleep 20");
    expect(slow).toMatchObject({ code: 9, stderr: "journalctl did not end within 1 s\n" });
    expect((await ask("exit 127")).code).toBe(9);
  });
});
