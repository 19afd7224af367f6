import { expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseCib } from "../../core/cluster/cib.ts";
import { attributes } from "../cib/build.ts";
import { element, serializeXml, type XmlNode } from "../cib/xml.ts";
import { keepsLedger, ledgerDirectory } from "../testing/ledger.ts";
import { config, world } from "../testing/world.ts";
import { type Duty, runDuty } from "./command.ts";
import { withMaintenance } from "./maintenance.ts";

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
  const wanted = { kind: "maintenance", on: true, forSeconds: 7200, reason: 'a "new" <switch>' } as const;
  using begun = await duty(wanted, "healthy", "maintenance");
  expect([begun.code, begun.out]).toEqual([
    0,
    expect.stringMatching(/until 20\d\d-.*Z: until then nothing fails/),
  ]);
  expect(begun.ran).toHaveLength(1);
  expect(begun.ran[0]).toStartWith("db1 cibadmin --patch --xml-pipe <cluster_property_set");
  expect(begun.ran[0]).toMatch(/<date_expression [^>]*operation="lt" end="20\d\d-\d\d-\d\dT[\d:]{8}Z"\/>/);
  expect(begun.ran[0]).toContain('name="maintenance-mode" value="true"');
  expect(begun.ran[0]).toContain('name="skyha-reason" value="a &quot;new&quot; &lt;switch&gt;"');
  using ended = await duty({ kind: "maintenance", on: false }, "maintenance", "healthy");
  expect([ended.code, ended.ran]).toEqual([0, ["db1 cibadmin --patch --xml-pipe "]]);
});

test("maintenance that is on already gets another end when one is given", async () => {
  using longer = await duty({ kind: "maintenance", on: true, forSeconds: 60 }, "maintenance", "maintenance");
  expect([longer.code, longer.ran.length]).toEqual([0, 1]);
});

test("a property set of its own, whatever said so before; nothing else changes", () => {
  const plain = attributes("cluster_property_set", "cib-bootstrap-options", {
    "maintenance-mode": "false",
    "stonith-enabled": "true",
  });
  const without = attributes("cluster_property_set", "cib-bootstrap-options", { "stonith-enabled": "true" });
  const configurationOf = (...sets: XmlNode[]) =>
    element("configuration", {}, [element("crm_config", {}, sets), element("resources", {})]);
  const note = { by: "ann@laptop", since: "2026-01-02T03:04:05Z", until: undefined, reason: undefined };
  const on = withMaintenance(configurationOf(plain), note);
  expect(on.children[0]?.children[0]).toEqual(without);
  const text = serializeXml(element("cib", { admin_epoch: "0", epoch: "1", num_updates: "0" }, [on]));
  expect(text).not.toContain("<rule");
  const read = parseCib(text);
  expect(read.known && read.value.maintenance).toEqual(note);
  const longer = withMaintenance(on, { ...note, until: "2026-01-02T05:04:05Z", reason: "switch" });
  expect(longer.children[0]?.children).toHaveLength(2);
  const again = parseCib(serializeXml(element("cib", { epoch: "2" }, [longer])));
  expect(again.known && again.value.maintenance).toEqual({
    ...note,
    until: "2026-01-02T05:04:05Z",
    reason: "switch",
  });
  expect(withMaintenance(longer, undefined)).toEqual(configurationOf(without));
});

test("what did not become so is a failure", async () => {
  using failed = await duty({ kind: "unstandby", host: "db1" }, "standby", "standby");
  expect([failed.code, failed.out]).toEqual([1, expect.stringContaining("still in standby")]);
});

test("a cluster that does not answer is left alone", async () => {
  using blind = await duty({ kind: "maintenance", on: true }, "not-running");
  expect([blind.code, blind.ran]).toEqual([3, []]);
});
