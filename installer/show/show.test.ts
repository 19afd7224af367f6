import { describe, expect, test } from "bun:test";
import { known, unknown } from "../../core/cluster/known.ts";
import type { Host } from "../../core/host.ts";
import { report, SkyhaError } from "../../core/report.ts";
import { speak } from "../../core/texts/say.ts";
import type { DrillRecord } from "../../core/verdict/facts.ts";
import { type PairOptions, pairFacts, unreachableHost } from "../../fixtures/captured/pair.ts";
import { checkConfig } from "../config/check.ts";
import { parseRecord } from "../drill/last.ts";
import { createFakeHost } from "../hosts/fake.ts";
import { checkLine, pairHosts, runShow } from "./command.ts";
import { WIDTH, wantsColour, width, wrap } from "./layout.ts";
import { renderPlain } from "./plain.ts";
import { showPair } from "./show-pair.ts";

const off = unreachableHost("cannot reach 10.99.0.11 by SSH: connect EHOSTUNREACH 10.99.0.11:22");
const STATES: readonly (readonly [string, PairOptions])[] = [
  ["healthy", {}],
  ["peer-fenced", { drbd: { db2: "peer-off" }, change: { db1: off } }],
  ["fencing-failed", { drbd: { db2: "fencing-peer" }, change: { db1: off }, outside: "silent" }],
  ["failed-everywhere", { outside: "refused" }],
  ["failed-recovered", {}],
  ["maintenance", {}],
  ["standby", {}],
  ["moved-by-rule", {}],
  ["peer-stopped", { drbd: { db1: "unconfigured", db2: "peer-off" } }],
  ["not-running", { outside: "silent", drbd: { db1: "unconfigured", db2: "unconfigured" } }],
  ["healthy", { drbd: { active: "resync-source", waiting: "resync-target" } }],
  ["healthy", { change: { db1: off, db2: off }, outside: "silent" }],
];

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
const ESCAPES = /\u001b\[\d+m/g;

const text = (state: string, options: PairOptions = {}): string =>
  renderPlain(showPair(pairFacts(state, options)), false);

describe.each(STATES)("%s %#", (state, options) => {
  test("the verdict stands first, and nothing is wider than a terminal but a command", () => {
    const lines = text(state, options).split("\n");
    expect(lines[0]).toStartWith("skycluster: db1 + db2, 10.99.0.100");
    expect(
      lines.slice(2).filter((line) => /^(serving|data safe|failures left|next) /.test(line)),
    ).toHaveLength(4);
    const commands = lines.filter((line) => /^ {4}\S|^next/.test(line));
    for (const line of lines.filter((item) => !commands.includes(item)))
      expect(line.length).toBeLessThanOrEqual(WIDTH);
    expect(lines.join("\n")).not.toMatch(/undefined|\[object|NaN/);
  });

  test("in Chinese too: the same questions, in columns of two per character", () => {
    const english = text(state, options).split("\n");
    speak("zh");
    const chinese = text(state, options);
    speak("en");
    const lines = chinese.split("\n");
    const heads = lines
      .slice(2)
      .filter((line) => /^(是否在服务|数据是否安全|还能承受故障|下一步) /.test(line));
    expect(heads).toHaveLength(4);
    for (const line of lines.filter((item) => !/^ {4}\S|^下一步/.test(item)))
      expect(width(line)).toBeLessThanOrEqual(WIDTH);
    expect(chinese).not.toMatch(/undefined|\[object|NaN|\{\d\}/);
    // What is to be typed is the same.
    const typed = english.flatMap(
      (line) => /^ {4}(?:on db\d: )?((?:crm|stonith|skyha|cibadmin)\S* .*)/.exec(line)?.[1] ?? [],
    );
    for (const command of typed) expect(chinese).toContain(command);
  });

  test("without colour there is no escape sequence, with colour the same text", () => {
    const view = showPair(pairFacts(state, options));
    const plain = renderPlain(view, false);
    expect(plain).not.toContain("\u001b");
    const coloured = renderPlain(view, true);
    expect(coloured).toContain("\u001b");
    expect(coloured.replaceAll(ESCAPES, "")).toBe(plain);
  });

  test("JSON says the same, and nothing is lost on the way", () => {
    const view = showPair(pairFacts(state, options));
    const read: unknown = JSON.parse(JSON.stringify(view));
    expect(read).toMatchObject({ version: 1, verdict: { level: view.verdict.level }, cluster: "skycluster" });
    expect(JSON.stringify(view)).not.toContain("NaN");
  });
});

test("what is worst comes first: its finding, its section", () => {
  const shown = text("healthy", {
    change: { active: { space: known([{ path: "/drbd", totalBytes: 100, usedBytes: 97, freeBytes: 3 }]) } },
  });
  const titles = shown.split("\n").filter((line) => /^[A-Z][A-Za-z ()]+$/.test(line));
  expect(titles[0]).toBe("Space");
  expect(
    text("healthy")
      .split("\n")
      .filter((line) => /^[A-Z]/.test(line))[0],
  ).toBe("Hosts");
});

test("how long something runs does not depend on the zone of the host's clock", () => {
  const facts = pairFacts("healthy");
  expect(showPair(facts).resources).toMatchObject({ known: true });
  const { resources } = showPair({ ...facts, takenAt: facts.takenAt + 8 * 3600 });
  const postgres = resources.known ? resources.value.find((item) => item.id === "postgres") : undefined;
  expect(postgres?.forSeconds).toBe(36);
});

test("the accepted risk is a red line of its own", () => {
  const facts = pairFacts("healthy");
  const shown = renderPlain(
    showPair({ ...facts, profile: { ...facts.profile, acceptSplitBrainRisk: true } }),
    true,
  );
  expect(shown).toContain("\u001b[31m");
  expect(
    shown
      .split("\n")
      .filter((line) => line.includes("\u001b[31m") && line.includes("SPLIT-BRAIN RISK ACCEPTED")),
  ).toHaveLength(1);
});

test("a section that could not be read says why", () => {
  const shown = text("healthy", {
    change: { active: { usage: unknown("sh: took too long"), nfs: unknown("nfs: no answer") } },
  });
  expect(shown).toContain("nfs: no answer");
});

describe("--check", () => {
  test.each([
    ["healthy", {}, "SKYHA OK - serving: yes, data: yes, failures left: 1 | failures_left=1"],
    [
      "standby",
      {},
      "SKYHA WARNING - serving: yes, data: yes, failures left: 0; db1 is in standby: it will not take over | failures_left=0",
    ],
    [
      "healthy",
      { change: { db1: off, db2: off } },
      /^SKYHA UNKNOWN - serving: yes, data: unknown, failures left: unknown; .* \| failures_left=U$/,
    ],
  ] as const)("%s", (state, options, expected) => {
    const line = checkLine(showPair(pairFacts(state, options)));
    if (typeof expected === "string") expect(line).toBe(expected);
    else expect(line).toMatch(expected);
    expect(line.split("|")).toHaveLength(2);
  });
});

test("lines break at spaces, long words where they must", () => {
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
  expect(wrap("", 10)).toEqual([""]);
});

test("colour only at a terminal, and never against NO_COLOR", () => {
  expect(wantsColour(true, {})).toBe(true);
  expect(wantsColour(false, {})).toBe(false);
  expect(wantsColour(true, { NO_COLOR: "1" })).toBe(false);
  expect(wantsColour(true, { TERM: "dumb" })).toBe(false);
});

describe("the command", () => {
  const checked = checkConfig({
    hosts: [
      { name: "db1", address: "10.99.0.11" },
      { name: "db2", address: "10.99.0.12" },
    ],
    vip: { address: "10.99.0.100" },
    data_dir: "/data",
    accept_split_brain_risk: true,
  });
  if (!("config" in checked)) throw new Error(JSON.stringify(checked.issues));
  const { config } = checked;
  const gone = new SkyhaError([report("host.unreachable", { address: "10.99.0.11", why: "timed out" })]);
  const silent: Host = {
    ...createFakeHost("db2", []),
    read: () => Promise.reject(new Error("connection lost")),
  };
  const members = [
    { config: config.hosts[0], host: gone },
    { config: config.hosts[1], host: silent },
  ];
  const run = async (extra: { json?: boolean; check?: boolean }) => {
    let out = "";
    const io = {
      out: (part: string) => {
        out += part;
      },
      err: () => {},
      terminal: false,
      env: {},
    };
    const code = await runShow({
      config,
      members,
      io,
      probe: async () => ({ result: "silent", ms: 2000 }),
      ...extra,
    });
    return { out, code };
  };

  test("shows what there is although nothing answers, and says by its code that it is not known", async () => {
    expect(pairHosts(members)[0]?.host).toMatchObject({ unreachable: expect.stringContaining("timed out") });
    const { out, code } = await run({});
    expect(code).toBe(3);
    expect(out).toContain("cannot reach 10.99.0.11 by SSH: timed out");
    expect(out).toContain("SPLIT-BRAIN RISK ACCEPTED");
  });

  test("--check ends with the code of a monitoring plugin, --json prints one object", async () => {
    expect(await run({ check: true })).toMatchObject({
      code: 2,
      out: expect.stringMatching(/^SKYHA CRITICAL - .*\n$/),
    });
    const { out } = await run({ json: true });
    expect(JSON.parse(out)).toMatchObject({ version: 1, verdict: { level: "critical" } });
  });
});

test.each([
  ["两份数据（脑裂）", 8, ["两份数据", "（脑裂）"]],
  ["在 db1 上：stonith_admin --reboot db1", 20, ["在 db1 上：", "stonith_admin", "--reboot db1"]],
  ["一二三，四", 6, ["一二", "三，四"]],
  ["abc", 2, ["ab", "c"]],
])("%s in %d columns", (chinese, columns, lines) => {
  expect(wrap(chinese, columns)).toEqual(lines);
});

describe("the last drill", () => {
  const record = (at: string, result: "passed" | "failed" = "passed"): DrillRecord => ({
    at,
    by: "ann@laptop",
    result,
    faults: ["disk-full", "host-active-power"],
    missing: [],
    worstSeconds: 16.2,
    lost: 0,
  });
  const line = (options: PairOptions) =>
    text("healthy", options)
      .split("\n")
      .find((item) => item.trim().startsWith("drill"))
      ?.trim();

  test("the newest that either host remembers", () => {
    const change = {
      db1: { lastDrill: known(record("2026-01-02T03:04:05Z", "failed")) },
      db2: { lastDrill: known(record("2026-11-20T03:04:05Z")) },
    };
    expect(line({ change })).toBe("drill  2026-11-20: passed, 2 faults, longest outage 16.2 s, 0 rows lost");
    expect(showPair(pairFacts("healthy", { change })).drill).toMatchObject({ value: { result: "passed" } });
  });

  test("never, when both hosts say so; not known, when one of them cannot", () => {
    expect(line({})).toBe("drill  never drilled");
    const change = { db2: { lastDrill: unknown("no answer") } };
    expect(line({ change })).toBe("drill  unknown: db2: no answer");
    expect(showPair(pairFacts("healthy", { change })).drill).toEqual({ known: false, why: "db2: no answer" });
  });

  test("what is in the file on the host, and a file that is something else", () => {
    const good = JSON.stringify(record("2026-01-02T03:04:05.000Z"));
    expect(parseRecord(good)).toMatchObject({ result: "passed", worstSeconds: 16.2 });
    expect(parseRecord(undefined)).toBeUndefined();
    expect(() => parseRecord("{}")).toThrow();
    expect(() => parseRecord("torn")).toThrow();
  });
});

describe("how a volume grows", () => {
  const GIB = 2 ** 30;
  const { takenAt } = pairFacts("healthy");
  const samples = Array.from({ length: 169 }, (_, index) => ({
    at: Math.round(takenAt) - (168 - index) * 3600,
    usedBytes: (46 + index / 12) * GIB,
    freeBytes: (54 - index / 12) * GIB,
  }));
  const use = { path: "/drbd", totalBytes: 100 * GIB, usedBytes: 60 * GIB, freeBytes: 40 * GIB };
  const change = { active: { space: known([use]), spaceSamples: known(samples) } };

  test("a day, and days left, beside the volume; in the JSON as numbers", () => {
    const line = "60 % used, 40.0 GiB free of 100 GiB; grows 2.0 GiB a day, full in about 20 d";
    expect(text("healthy", { change }).replaceAll(/\s+/g, " ")).toContain(line);
    const { space } = showPair(pairFacts("healthy", { change }));
    expect(space.find(({ growth }) => growth !== undefined)?.growth).toMatchObject({ path: "/drbd" });
    speak("zh");
    expect(text("healthy", { change })).toContain("每天增长 2.0 GiB");
    speak("en");
  });

  test("nothing without samples, and nothing when they cannot be read", () => {
    for (const spaceSamples of [known([]), unknown("cat: no answer")])
      expect(text("healthy", { change: { active: { space: known([use]), spaceSamples } } })).not.toContain(
        "grows",
      );
  });
});
