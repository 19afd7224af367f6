import { describe, expect, test } from "bun:test";
import { type PairOptions, pairFacts } from "../../fixtures/captured/pair.ts";
import { type Known, known, unknown } from "../cluster/known.ts";
import { verdict } from "../verdict.ts";
import type { PairFacts, SpaceSample } from "./facts.ts";
import { growthOf, parseSamples, volumeGrowth } from "./growth.ts";

const GIB = 2 ** 30;
const NOW = 1_800_000_000;

/** One sample an hour until now; `used` by hours ago. */
const hourly = (hours: number, used: (ago: number) => number, total = 100 * GIB): SpaceSample[] =>
  Array.from({ length: hours + 1 }, (_, index) => {
    const ago = hours - index;
    const usedBytes = used(ago);
    return { at: NOW - ago * 3600, usedBytes, freeBytes: total - usedBytes };
  });
/** Steady, with some noise. */
const growing = (hours: number, perDay: number, now = 60 * GIB) =>
  hourly(hours, (ago) => now - (ago / 24) * perDay + (ago % 3) * 0.01 * perDay);

describe("a volume that grows steadily", () => {
  test("its rate, and when it is full", () => {
    const growth = growthOf(growing(7 * 24, 4 * GIB));
    expect((growth?.bytesPerDay ?? 0) / GIB).toBeCloseTo(4, 1);
    expect(growth?.daysLeft).toBeCloseTo(10, 0);
    expect(growth?.observedDays).toBeCloseTo(7, 5);
  });

  test("with hours of samples only as far ahead as they allow", () => {
    expect(growthOf(growing(8, 20 * GIB))?.daysLeft).toBeCloseTo(2, 0);
    // 40 GiB at 4 GiB a day are ten days: eight hours are too little for that.
    expect(growthOf(growing(8, 4 * GIB))).toBeUndefined();
    expect(growthOf(growing(5, 400 * GIB))).toBeUndefined();
    expect(growthOf(growing(7 * 24, 4 * GIB).filter((_, index) => index % 42 === 0))).toBeUndefined();
  });
});

describe("nothing is said of a volume that", () => {
  test.each<readonly [string, (ago: number) => number]>([
    ["does not change", () => 50 * GIB],
    ["shrinks", (ago) => 50 * GIB + ago * GIB * 0.1],
    ["got much once and for all", (ago) => (ago > 80 ? 20 : 60) * GIB],
    ["goes up and down every day", (ago) => 50 * GIB + Math.sin((ago / 24) * 2 * Math.PI) * 5 * GIB],
    ["is cleaned every night", (ago) => 50 * GIB - (ago % 24) * GIB],
    ["grew, and has stopped to", (ago) => 60 * GIB - Math.max(0, ago - 70) * 0.3 * GIB],
  ])("%s", (_name, used) => {
    expect(growthOf(hourly(7 * 24, used))).toBeUndefined();
  });

  test("has no past", () => {
    expect(growthOf([])).toBeUndefined();
    expect(growthOf(hourly(0, () => GIB))).toBeUndefined();
    expect(
      growthOf(Array.from({ length: 20 }, () => ({ at: NOW, usedBytes: 1, freeBytes: 1 }))),
    ).toBeUndefined();
  });
});

test("what is no sample is left out", () => {
  expect(parseSamples(undefined)).toEqual([]);
  expect(parseSamples("1800000000 12 34\n1800003600 1\n\n-1 2 3\nx\n1 2 3 4\n")).toEqual([
    { at: 1_800_000_000, usedBytes: 12, freeBytes: 34 },
  ]);
});

describe("a pair", () => {
  const days = (perDay: number, hours = 7 * 24) => growing(hours, perDay);
  const facts = (
    samples: { active?: Known<SpaceSample[]>; waiting?: Known<SpaceSample[]> },
    used = 60 * GIB,
    options: PairOptions = {},
  ): PairFacts => {
    const use = { path: "/drbd", totalBytes: 100 * GIB, usedBytes: used, freeBytes: 100 * GIB - used };
    const of = (list: Known<SpaceSample[]> = known([])) => ({ spaceSamples: list });
    const change = { active: { ...of(samples.active), space: known([use]) }, waiting: of(samples.waiting) };
    return { ...pairFacts("healthy", { ...options, change }), takenAt: NOW };
  };
  const filling = (given: PairFacts) =>
    verdict(given).findings.filter(({ code }) => code.startsWith("space."));

  test("fewer than 14 days left are a warning with a command, more are none", () => {
    const [finding, ...more] = filling(facts({ active: known(days(4 * GIB)) }));
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      level: "warning",
      code: "space.filling",
      host: "db1",
      text: expect.stringMatching(/^\/drbd on db1 will be full in about (9|10) d/),
      next: { command: "du -xh --max-depth=1 /drbd", on: "db1" },
    });
    expect(filling(facts({ active: known(days(2 * GIB)) }))).toEqual([]);
    expect(verdict(facts({ active: known(days(2 * GIB)) })).level).toBe("ok");
  });

  test("both hosts' samples are one past; one that cannot be asked takes its part away", () => {
    const all = days(4 * GIB);
    const [before, after] = [all.slice(0, 120), all.slice(120)];
    expect(filling(facts({ waiting: known(before), active: known(after) }))).toHaveLength(1);
    const growth = volumeGrowth(facts({ waiting: unknown("no answer"), active: known(after) }), {
      path: "/drbd",
      totalBytes: 100 * GIB,
      usedBytes: 60 * GIB,
      freeBytes: 40 * GIB,
    });
    expect(growth?.observedDays).toBeCloseTo(2, 1);
    expect(filling(facts({ waiting: known(before), active: unknown("no answer") }))).toHaveLength(1);
  });

  test("samples of a time to come and of weeks ago do not count", () => {
    const future = days(4 * GIB).map((sample) => ({ ...sample, at: sample.at + 8 * 86_400 }));
    const old = days(4 * GIB).map((sample) => ({ ...sample, at: sample.at - 8 * 86_400 }));
    expect(filling(facts({ active: known(future) }))).toEqual([]);
    expect(filling(facts({ active: known(old) }))).toEqual([]);
  });

  test("what is as good as full needs no forecast; what is fairly full has both", () => {
    const at = (used: number, perDay: number) =>
      filling(facts({ active: known(growing(168, perDay, used)) }, used));
    expect(at(97 * GIB, GIB).map(({ code }) => code)).toEqual(["space.full"]);
    expect(at(88 * GIB, GIB).map(({ code }) => code)).toEqual(["space.low", "space.filling"]);
  });
});
