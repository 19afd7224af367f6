import { expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { keepsLedger, ledgerDirectory } from "../testing/ledger.ts";
import { config, world } from "../testing/world.ts";
import { type Duty, runDuty } from "./command.ts";

/** @param before the captured state, @param afterwards what it is once something was done */
async function duty(wanted: Duty, before: string, afterwards = before, primary = "db1") {
  const { ran, hosts } = world(before, afterwards, primary);
  const ledger = ledgerDirectory();
  let out = "";
  const write = (text: string) => {
    out += text;
  };
  const code: number = await runDuty({
    config,
    members: config.hosts.map((each, index) => ({
      config: each,
      host: keepsLedger(hosts[index === 0 ? 0 : 1], ledger),
    })),
    io: { out: write, err: write, terminal: false, env: {} },
    json: false,
    duty: wanted,
    probe: async () => ({ result: "open", ms: 1 }),
  });
  const journal = () => readFileSync(join(ledger, "db1", "journal.jsonl"), "utf8");
  return { code, out, ran, journal, [Symbol.dispose]: () => rmSync(ledger, { recursive: true }) };
}

test("the passive host goes into standby, and it is written down", async () => {
  using done = await duty({ kind: "standby", host: "db1" }, "healthy", "standby", "db2");
  expect(done.ran).toEqual(["db1 crm_attribute --node db1 --name standby --update on"]);
  expect([done.code, done.out]).toEqual([0, expect.stringContaining("skyha unstandby db1")]);
  expect(JSON.parse(done.journal())).toMatchObject({ command: "standby", result: "done" });
});

test.each([
  ["the host with the services", { kind: "standby", host: "db1" }, 4, "skyha switch --to db2"],
  ["a host that is not of the pair", { kind: "standby", host: "db3" }, 2, "no host db3"],
] as const)("%s is refused, nothing is touched", async (_what, wanted, code, text) => {
  using refused = await duty(wanted, "healthy");
  expect([refused.code, refused.out]).toEqual([code, expect.stringContaining(text)]);
  expect(refused.ran).toEqual([]);
});

test.each([
  ["standby", { kind: "standby", host: "db1" }],
  ["healthy", { kind: "unstandby", host: "db2" }],
  ["maintenance", { kind: "maintenance", on: true }],
  ["healthy", { kind: "maintenance", on: false }],
] as const)("what is so already is done, and nothing is touched: %s, %j", async (state, wanted) => {
  using same = await duty(wanted, state);
  expect([same.code, same.ran]).toEqual([0, []]);
});

test("maintenance begins and ends for the whole cluster", async () => {
  using begun = await duty({ kind: "maintenance", on: true }, "healthy", "maintenance");
  expect([begun.code, begun.out]).toEqual([0, expect.stringContaining("nothing fails over")]);
  using ended = await duty({ kind: "maintenance", on: false }, "maintenance", "healthy");
  expect(ended.code).toBe(0);
  const mode = "db1 crm_attribute --type crm_config --name maintenance-mode --update";
  expect([...begun.ran, ...ended.ran]).toEqual([`${mode} true`, `${mode} false`]);
});

test("what did not become so is a failure", async () => {
  using failed = await duty({ kind: "unstandby", host: "db1" }, "standby", "standby");
  expect([failed.code, failed.out]).toEqual([1, expect.stringContaining("still in standby")]);
});

test("a cluster that does not answer is left alone", async () => {
  using blind = await duty({ kind: "maintenance", on: true }, "not-running");
  expect([blind.code, blind.ran]).toEqual([3, []]);
});
