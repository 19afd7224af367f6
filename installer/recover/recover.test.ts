import { describe, expect, test } from "bun:test";
import { Exit } from "../../core/exit.ts";
import type { Case } from "../../core/verdict/cases.ts";
import { CLUSTER_CASES } from "../../core/verdict/cases-cluster.ts";
import { DATA_CASES } from "../../core/verdict/cases-data.ts";
import { verdict } from "../../core/verdict.ts";
import { pairFacts } from "../../fixtures/captured/pair.ts";
import { keepsLedger, ledgerDirectory } from "../testing/ledger.ts";
import { config, world } from "../testing/world.ts";
import { type RecoverOptions, runRecover } from "./command.ts";
import { leftToPeople, type Remedy, remediesFor } from "./remedies.ts";

function remedies({ state, options, alter }: Case): Remedy[] {
  const facts = alter ? alter(pairFacts(state, options)) : pairFacts(state, options);
  return remediesFor(verdict(facts).findings, facts);
}

const all: readonly Case[] = [...CLUSTER_CASES, ...DATA_CASES];

describe("every state the verdict knows", () => {
  test.each(all.map((item) => [item.name, item] as const))(
    "%s: no remedy can lose data or decide for a person",
    (_name, item) => {
      for (const { change } of remedies(item)) {
        expect(change.risk).not.toBe("destroys");
        const text = change.preview.join("\n");
        expect(text).not.toMatch(
          /force|primary|promote|discard|invalidate|create-md|mkfs|wipefs|confirm|resume-io|disable/,
        );
        expect(change.preview.length).toBeGreaterThan(0);
      }
    },
  );

  test("with a split brain the copies are left alone", () => {
    const split = all.filter(({ first }) => first === "data.split-brain");
    expect(split.length).toBeGreaterThan(0);
    for (const item of split)
      expect(remedies(item).filter(({ change }) => change.step === "data")).toEqual([]);
  });

  test("nothing is wrong: nothing is done, and nobody is needed", () => {
    for (const item of all.filter(({ expected }) => expected[0] === "ok")) {
      expect(remedies(item)).toEqual([]);
      const facts = item.alter
        ? item.alter(pairFacts(item.state, item.options))
        : pairFacts(item.state, item.options);
      expect(leftToPeople(verdict(facts).findings)).toEqual([]);
    }
  });
});

const titles = (found: readonly Remedy[]) =>
  found.map(({ change, intended }) => `${intended ? "? " : ""}${change.title}`);
const inState = (state: string) => remedies({ name: "", state, expected: ["ok", "yes", "yes", 1] });

test.each([
  ["standby", ["? let db1 run services again (end standby)"]],
  ["maintenance", ["? end the maintenance of the cluster"]],
  ["failed-recovered", ["let the cluster forget past failures and try again"]],
  ["fencing-failed", []],
])("%s", (state, expected) => {
  expect(titles(inState(state)).map((title) => title.replace("db2", "db1"))).toEqual(expected);
});

async function recover({ hosts }: ReturnType<typeof world>, extra: Partial<RecoverOptions> = {}) {
  let out = "";
  const write = (text: string) => {
    out += text;
  };
  const ledger = ledgerDirectory();
  const code = await runRecover({
    config,
    members: [
      { config: config.hosts[0], host: keepsLedger(hosts[0], ledger) },
      { config: config.hosts[1], host: keepsLedger(hosts[1], ledger) },
    ],
    io: { out: write, err: write, terminal: false, env: {} },
    probe: async () => ({ result: "open", ms: 1 }),
    settling: { limitMs: 30, pollMs: 5 },
    ...extra,
  });
  return { code: code as number, out };
}

test("a dry run, and a run with nobody to ask, change nothing and say so by their code", async () => {
  for (const extra of [{ dryRun: true }, { dryRun: true, yes: true }, {}]) {
    const pair = world("failed-recovered", "healthy");
    const { code, out } = await recover(pair, extra);
    expect(code).toBe(Exit.changesPending);
    expect(out).toContain("crm_resource --cleanup");
    expect(pair.ran).toEqual([]);
  }
});

test("--yes does it, and the pair is looked at again", async () => {
  const pair = world("failed-recovered", "healthy");
  const { out } = await recover(pair, { yes: true });
  expect(pair.ran).toEqual(["db1 crm_resource --cleanup"]);
  expect(out).toContain("forget past failures and try again: done");
  expect(out).toMatch(/serving: yes/);
});

test("--yes does not undo what somebody may have wanted; --intended and a person's yes do", async () => {
  const untouched = world("standby", "healthy");
  expect((await recover(untouched, { yes: true })).code).toBe(Exit.changesPending);
  expect(untouched.ran).toEqual([]);
  for (const extra of [{ intended: true }, { ask: async () => true }]) {
    const pair = world("standby", "healthy");
    await recover(pair, extra);
    expect(pair.ran.join()).toContain("standby --update off");
  }
  const refused = world("standby", "healthy");
  await recover(refused, { ask: async () => false });
  expect(refused.ran).toEqual([]);
});

test("what does not get better is called so, with exit 1", async () => {
  const pair = world("failed-everywhere", "failed-everywhere");
  const { code, out } = await recover(pair, { yes: true });
  expect(code).toBe(Exit.failed);
  expect(out).toContain("still wrong");
});

test("fencing that fails is for people: exit 4 and what to type", async () => {
  const pair = world("fencing-failed", "fencing-failed");
  const { code, out } = await recover(pair, { yes: true });
  expect(code).toBe(Exit.refused);
  expect(out).toContain("stonith_admin --confirm");
  expect(pair.ran).toEqual([]);
});
