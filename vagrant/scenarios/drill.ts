import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { assertExit } from "../kit/exit.ts";
import { activeHost, on, postgresPassword, waitUntilHealthy } from "../kit/pair.ts";
import { EXECUTABLE, pairOptions, skyha, vipOf } from "../kit/product.ts";
import type { Scenario } from "../kit/story.ts";
import type { Lab } from "../src/lab.ts";

const other = (host: "db1" | "db2") => (host === "db1" ? "db2" : "db1");
const FILLER = "/drbd/.skyha-drill-filler";

const drillOf = (lab: Lab, faults: string, output: string): string[] => [
  "drill",
  "--only",
  faults,
  "--confirm",
  "skycluster",
  "--output",
  output,
  ...pairOptions(lab, "db1"),
];

const refusesWithoutName: Scenario = {
  name: "drill: without the name, with a wrong one, or on a host that it would hit, nothing is broken",
  async run({ lab }) {
    const active = await activeHost(lab);
    const dry = await skyha(["drill", "--dry-run", ...pairOptions(lab, "db1")]);
    assertExit(dry, 10);
    assert.match(dry.stdout, new RegExp(`on ${other(active)}: stonith_admin --reboot ${active}`));
    const wrong = await skyha(["drill", "--confirm", "skycluste", ...pairOptions(lab, "db1")]);
    assertExit(wrong, 10);
    const here = await lab.ssh(active, "skyha drill --confirm skycluster --output /tmp", {
      timeoutMs: 60_000,
    });
    assertExit(here, 4);
    assert.match(here.stderr, /run it on a third machine/);
    assert.equal(await activeHost(lab), active);
  },
};

const survives: Scenario = {
  name: "drill: container, hang, links, DRBD, full disk and both hosts' power: the pair is whole after each, no row is lost",
  async run({ lab }) {
    const output = mkdtempSync(join(tmpdir(), "skyha-drill-"));
    const cut = Date.now();
    const faults = [
      "container-kill:redis",
      "engine-hang:postgres",
      "link1-cut",
      "link2-cut",
      "drbd-disconnect",
      "disk-full",
      "host-passive-power",
      "host-active-power",
    ].join(",");
    const result = await skyha(drillOf(lab, faults, output), { echo: true });
    assertExit(result, 0);
    const powered = lab
      .powerEvents()
      .filter((event) => event.via === "bmc" && Date.parse(event.at) > cut)
      .map((event) => event.host);
    assert.deepEqual(new Set(powered), new Set(["db1", "db2"]));

    const file = readdirSync(output).find((name) => name.endsWith(".json"));
    const report: {
      faults: { outcome: string; rows: { service: string; acknowledged: number; lost: number }[] }[];
    } = JSON.parse(readFileSync(join(output, file ?? ""), "utf8"));
    assert.equal(report.faults.length, 8);
    for (const { outcome, rows } of report.faults) {
      assert.equal(outcome, "passed");
      assert.deepEqual(rows.map(({ service }) => service).sort(), ["postgres", "redis"]);
      for (const { acknowledged, lost } of rows) assert.ok(acknowledged > 0 && lost === 0);
    }
    await assertNothingLeft(lab);
    const shown = await skyha(["show", ...pairOptions(lab, "db1")]);
    assert.match(shown.stdout, /drill +\d{4}-\d\d-\d\d: passed, 8 faults/);
  },
};

const undoesOnInterrupt: Scenario = {
  name: "drill: Ctrl-C in the middle of a fault takes it away at once",
  async run({ lab }) {
    const passive = other(await activeHost(lab));
    const { child, ended } = startDrill(lab, "link2-cut");
    await until("the route", 90_000, () => hasRoute(lab, passive));
    child.kill("SIGINT");
    assert.equal(await ended, 130);
    assert.equal(await hasRoute(lab, passive), false);
    await waitUntilHealthy(lab, "db1");
    await assertNothingLeft(lab);
  },
};

const undoneWhenKilled: Scenario = {
  name: "drill: killed in the middle, the hosts undo the fault by themselves, and the next drill removes its rows",
  async run({ lab }) {
    const passive = other(await activeHost(lab));
    const { child, ended } = startDrill(lab, "link2-cut");
    await until("the route", 90_000, () => hasRoute(lab, passive));
    child.kill("SIGKILL");
    await ended;
    assert.equal(await hasRoute(lab, passive), true);
    await until("the host undoes it", 180_000, async () => !(await hasRoute(lab, passive)));
    await waitUntilHealthy(lab, "db1");

    const full = startDrill(lab, "disk-full");
    const active = await activeHost(lab);
    const hasFiller = async () => (await lab.ssh(active, `test -e ${FILLER}`)).code === 0;
    await until("the filler", 90_000, hasFiller);
    full.child.kill("SIGKILL");
    await full.ended;
    await until("the host removes the filler", 180_000, async () => !(await hasFiller()));
    await waitUntilHealthy(lab, "db1");

    const next = await skyha(
      drillOf(lab, "container-kill:redis", mkdtempSync(join(tmpdir(), "skyha-drill-"))),
    );
    assertExit(next, 0);
    await assertNothingLeft(lab);
  },
};

export const drills: readonly Scenario[] = [
  refusesWithoutName,
  survives,
  undoesOnInterrupt,
  undoneWhenKilled,
];

function startDrill(lab: Lab, faults: string): { child: ChildProcess; ended: Promise<number | null> } {
  const output = mkdtempSync(join(tmpdir(), "skyha-drill-"));
  const child = spawn(EXECUTABLE, drillOf(lab, faults, output), { stdio: "ignore" });
  return {
    child,
    ended: once(child, "close").then(([code]: unknown[]) => (typeof code === "number" ? code : null)),
  };
}

/** Asked of the host itself; an answer that does not come is an error. */
async function hasRoute(lab: Lab, host: string): Promise<boolean> {
  return (await on(lab, host, "ip route show type unreachable proto 213")).trim() !== "";
}

async function until(what: string, limitMs: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `${what}: not within ${limitMs / 1000} s`);
    await sleep(1000);
  }
}

async function assertNothingLeft(lab: Lab): Promise<void> {
  for (const host of ["db1", "db2"]) {
    assert.equal(await hasRoute(lab, host), false);
    const timers = await on(lab, host, "systemctl list-units --all --no-legend 'skyha-drill-*'");
    assert.equal(timers.trim(), "");
    await on(lab, host, `test ! -e ${FILLER}`);
  }
  const client = new Client({
    host: vipOf(lab),
    user: "postgres",
    database: "postgres",
    password: await postgresPassword(lab),
  });
  await client.connect();
  const { rows } = await client.query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'skyha%'");
  await client.end();
  assert.deepEqual(rows, []);
}
