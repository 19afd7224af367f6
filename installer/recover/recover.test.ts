import { describe, expect, test } from "bun:test";
import { Exit } from "../../core/exit.ts";
import type { Argv, ExecResult, Host } from "../../core/host.ts";
import type { Case } from "../../core/verdict/cases.ts";
import { CLUSTER_CASES } from "../../core/verdict/cases-cluster.ts";
import { DATA_CASES } from "../../core/verdict/cases-data.ts";
import { verdict } from "../../core/verdict.ts";
import { pairFacts } from "../../fixtures/captured/pair.ts";
import { captured } from "../../fixtures/captured/read.ts";
import { checkConfig } from "../config/check.ts";
import { keepsLedger, ledgerDirectory } from "../testing/ledger.ts";
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

const checked = checkConfig({
  hosts: ["db1", "db2"].map((name, index) => ({
    name,
    address: `10.99.0.1${index + 1}`,
    fence: { address: `10.99.1.1${index + 1}`, username: "admin", password_file: "bmc" },
  })),
  vip: { address: "10.99.0.100" },
  data_dir: "/data",
});
if (!("config" in checked)) throw new Error(JSON.stringify(checked.issues));
const { config } = checked;

/** Two hosts in a captured state that becomes another one once something was done. */
function world(before: string, afterwards: string) {
  const ran: string[] = [];
  let state = before;
  const answer = (stdout: string, code = 0): ExecResult => ({ code, stdout, stderr: "", timedOut: false });
  const exec =
    (name: string) =>
    async (argv: Argv): Promise<ExecResult> => {
      switch (argv[0]) {
        case "crm_mon":
          return answer(captured(`pacemaker-2.1.5/${state}/crm_mon.xml`));
        case "cibadmin":
          return answer(captured(`pacemaker-2.1.5/${state}/cib.xml`));
        case "crm_resource":
        case "crm_attribute":
          ran.push(`${name} ${argv.join(" ")}`);
          state = afterwards;
          return answer("");
        case "systemctl":
          return answer("active\nactive\nactive\n");
        case "date":
          return answer(`${Date.now() / 1000}\n`);
        default:
          return answer("not in this test", 1);
      }
    };
  const host = (name: string): Host => ({
    name,
    address: "",
    exec: exec(name),
    read: async (path) =>
      path === "/proc/drbd"
        ? captured(`drbd-8.4.11/healthy-${name === "db1" ? "primary" : "secondary"}.proc`)
        : undefined,
    write: () => Promise.reject(new Error("recover writes no file")),
    upload: () => Promise.reject(new Error("recover uploads nothing")),
    close: async () => {},
  });
  return { ran, hosts: [host("db1"), host("db2")] as const };
}

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
