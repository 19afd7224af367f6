import { expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLedger, parseLedger, processOf } from "./ledger.ts";
import { bootId } from "./process-id.ts";

const bridge = { kind: "link", name: "x-br1", boot: "b" } as const;
const tap = { kind: "link", name: "x-db1-1", boot: "b" } as const;

function temporaryLedger() {
  const directory = mkdtempSync(join(tmpdir(), "ledger-"));
  return {
    ledger: openLedger(join(directory, "ledger.jsonl")),
    remove: () => rmSync(directory, { recursive: true }),
  };
}

test("what is gone no longer stands; the newest comes first", () => {
  const { ledger, remove } = temporaryLedger();
  ledger.record(bridge);
  const id = ledger.record({ kind: "directory", path: "/tmp/part" });
  ledger.record(tap);
  ledger.gone(id);
  expect(ledger.standing().map((entry) => entry.made)).toEqual([tap, bridge]);
  remove();
});

test("a line torn by a kill is ignored and does not swallow the next one", () => {
  const { ledger, remove } = temporaryLedger();
  ledger.record(bridge);
  appendFileSync(ledger.path, '\n{"id":"7","made":{"kind":"li');
  ledger.record(tap);
  expect(ledger.standing().map((entry) => entry.made)).toEqual([tap, bridge]);
  remove();
});

test("a closed ledger takes nothing more, but notes what is gone", () => {
  const { ledger, remove } = temporaryLedger();
  const id = ledger.record(bridge);
  ledger.close();
  expect(() => ledger.record(tap)).toThrow("being taken down");
  ledger.gone(id);
  expect(openLedger(ledger.path).standing()).toEqual([]);
  remove();
});

test("an empty or missing ledger has nothing standing", () => {
  expect(parseLedger("")).toEqual([]);
  expect(parseLedger("\n\nnot json\n42\nnull\n")).toEqual([]);
});

test("a role is played by the process that was recorded last", () => {
  const { ledger, remove } = temporaryLedger();
  const process = (pid: number) => ({ pid, start: "1", boot: bootId() });
  ledger.record({ kind: "process", role: "host db1", process: process(10) });
  ledger.record({ kind: "process", role: "host db2", process: process(11) });
  ledger.record({ kind: "process", role: "host db1", process: process(12) });
  expect(processOf(ledger, "host db1")?.process.pid).toBe(12);
  expect(processOf(ledger, "bmc db1")).toBeUndefined();
  remove();
});
