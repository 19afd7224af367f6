import { afterEach, describe, expect, test } from "bun:test";
import { type Known, known, unknown } from "../../core/cluster/known.ts";
import { epochOf } from "../../core/cluster/model.ts";
import type { Argv, Host } from "../../core/host.ts";
import { speak } from "../../core/texts/say.ts";
import { verdict } from "../../core/verdict.ts";
import { type PairOptions, pairFacts, unreachableHost } from "../../fixtures/captured/pair.ts";
import { captured } from "../../fixtures/captured/read.ts";
import type { JournalEntry } from "../ledger/journal.ts";
import { type HostLog, parseLog } from "../ledger/log.ts";
import { recentOf } from "../ledger/recent.ts";
import { config } from "../testing/world.ts";
import { runShow } from "./command.ts";
import { WIDTH, width } from "./layout.ts";
import { renderPlain } from "./plain.ts";
import { showPair } from "./show-pair.ts";

afterEach(() => speak("en"));

const NONE: HostLog = { entries: [], lines: [] };
const END = epochOf("2026-11-21 15:05:00Z") ?? 0;

/** What `show` says at a time, of a pair whose journals say this. */
function view(logs: Readonly<Record<string, Known<HostLog>>>, at = END, options: PairOptions = {}) {
  const facts = { ...pairFacts("healthy", options), takenAt: at };
  return showPair(facts, verdict(facts), recentOf(facts, new Map(Object.entries(logs))));
}
const section = (shown: string, title: string) => {
  const lines = shown.split("\n");
  const first = lines.indexOf(title);
  return first < 0 ? undefined : lines.slice(first + 1, lines.indexOf("", first));
};
const said = (...given: Parameters<typeof view>) => section(renderPlain(view(...given), false), "Last 24 h");

const log = (file: string, host: string) => known(parseLog(captured(`journal/${file}.txt`), host));
const entry = (minute: number, what: string, more: Partial<JournalEntry> = {}): JournalEntry => ({
  at: `2026-11-21T14:${minute}:00.000Z`,
  run: "r",
  by: "ann@laptop",
  command: "switch",
  host: "db1",
  what,
  result: "done",
  ...more,
});

test("both hosts' journals as one, newest first, no more than five; a command is one line", () => {
  const entries = [entry(50, "one"), entry(52, "two", { host: "cluster" })];
  const logs = { db1: log("switch-db1", "db1"), db2: known({ ...NONE, entries }) };
  expect(said(logs)).toEqual([
    "  13 min ago       switch by ann@laptop, 2 changes: done",
    "  13 min ago  db1  DRBD became primary",
    "  18 min ago  db1  DRBD is no longer primary",
  ]);
  const many = Array.from({ length: 9 }, (_, index) =>
    entry(50 + index, `change ${index}`, { run: `${index}` }),
  );
  const { recent } = view({ db1: known({ ...NONE, entries: many }), db2: known(NONE) });
  expect(recent?.events.map(({ what }) => what)).toEqual([8, 7, 6, 5, 4].map((index) => `change ${index}`));
});

test("one change that failed is what a command came to, with its reason", () => {
  const entries = [
    entry(50, "one"),
    entry(51, "two", { result: "failed", why: "no way" }),
    entry(52, "three"),
  ];
  expect(said({ db1: known({ ...NONE, entries }), db2: known(NONE) })).toEqual([
    "  13 min ago  db1  switch by ann@laptop, 3 changes: failed (no way)",
  ]);
});

test("failures in plain words, with where they ended", () => {
  const line = (at: number, host: string, task: string, what: string) =>
    `${END - at}.0 ${host} pacemaker-controld[1]:  notice: Result of ${task} operation for postgres on ${host}: ${what}`;
  const of = (...lines: string[]) => known(parseLog(lines.join("\n"), "db1"));
  const failed = line(600, "db1", "monitor", "Not running (gone)");
  expect(said({ db1: of(failed, line(596, "db1", "start", "OK")), db2: known(NONE) })).toEqual([
    "  10 min ago  db1  postgres failed, ran again after 4 s (not running (gone))",
  ]);
  expect(said({ db1: of(failed), db2: of(line(590, "db2", "start", "OK")) })?.[0]).toContain(
    "postgres failed, ran again on db2 after 10 s",
  );
  expect(said({ db1: of(failed), db2: known(NONE) })?.[0]).toContain("was not seen to run again");
  const blind = said({ db1: of(failed), db2: unknown("sh: No journal files were found.") });
  expect(blind?.join("\n")).toContain("whether it ran again is not known");
  expect(blind?.at(-1)).toBe("              db2  its journal is not known: sh: No journal files were found.");
});

test("what is older than a day is over; when nothing happened that is said, and only when all have answered", () => {
  const quiet = { db1: known(NONE), db2: known(NONE) };
  expect(said(quiet)).toEqual(["  nothing happened"]);
  expect(said({ ...quiet, db1: log("switch-db1", "db1") }, END + 86_400)).toEqual(["  nothing happened"]);
  const off = unreachableHost("cannot reach 10.99.0.11 by SSH");
  expect(said({ db2: known(NONE) }, END, { change: { db1: off } })).toEqual([
    "    db1  not reachable, its journal is not known",
  ]);
});

test("the fencing before a promotion is beside it, as the cluster remembers it", () => {
  const facts = { ...pairFacts("peer-fenced", { change: { db1: unreachableHost("no route") } }) };
  const fenced = epochOf("2026-11-21 11:12:45Z") ?? 0;
  const db2 = parseLog(`${fenced + 5}.25 db2 kernel: block drbd1: role( Secondary -> Primary ) `, "db2");
  const recent = recentOf({ ...facts, takenAt: fenced + 65 }, new Map([["db2", known(db2)]]));
  const shown = renderPlain(showPair({ ...facts, takenAt: fenced + 65 }, verdict(facts), recent), false);
  expect(section(shown, "Last 24 h")).toEqual([
    "  60 s ago  db2  DRBD became primary, after db1 was fenced",
    "  65 s ago  db1  was fenced",
    "            db1  not reachable, its journal is not known",
  ]);
});

test("in Chinese, and no wider than a terminal", () => {
  const logs = { db1: log("power-cut-db1", "db1"), db2: unknown("sh: journalctl did not end within 2 s") };
  for (const language of ["en", "zh"] as const) {
    speak(language);
    const lines =
      section(renderPlain(view(logs), false), language === "en" ? "Last 24 h" : "最近 24 小时") ?? [];
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(width(line)).toBeLessThanOrEqual(WIDTH);
    expect(lines.join("\n")).not.toMatch(/undefined|\{\d\}/);
  }
});

describe("the command", () => {
  const run = async (answer: (argv: Argv) => string, extra: { json?: boolean; check?: boolean }) => {
    const ran: string[] = [];
    const hosts = config.hosts.map((item) => {
      const host: Host = {
        name: item.name,
        address: item.address,
        async exec(argv) {
          ran.push(`${item.name} ${argv.includes("log") ? "log" : argv[0]}`);
          if (argv.includes("log")) return { code: 0, stdout: answer(argv), stderr: "", timedOut: false };
          return { code: 1, stdout: "", stderr: "nothing here", timedOut: false };
        },
        read: async () => undefined,
        write: () => Promise.reject(new Error("show writes nothing")),
        upload: () => Promise.reject(new Error("show writes nothing")),
        close: async () => {},
      };
      return { config: item, host };
    });
    let out = "";
    const io = {
      out: (text: string) => {
        out += text;
      },
      err: () => {},
      terminal: false,
      env: {},
    };
    const probe = async () => ({ result: "silent" as const, ms: 1 });
    const now = () => END;
    const code = await runShow({ config, members: hosts, io, probe, now, ...extra });
    return { out, code, asked: ran.filter((line) => line.endsWith(" log")) };
  };

  test("one question per host, and what it tells in the JSON", async () => {
    const { out, asked } = await run(() => captured("journal/switch-db1.txt"), { json: true });
    expect(asked.sort()).toEqual(["db1 log", "db2 log"]);
    const { recent } = JSON.parse(out);
    expect(recent).toMatchObject({ hours: 24, missing: [] });
    expect(recent.events[0]).toMatchObject({ kind: "role", by: "DRBD", command: "promote", result: "done" });
  });

  test("a monitoring plugin does not ask; an answer that is nonsense breaks nothing", async () => {
    expect((await run(() => "", { check: true })).asked).toEqual([]);
    const { out } = await run(() => "\u0000{torn\n{}\n1.x nonsense", {});
    expect(out).toContain("nothing happened");
  });
});
