import assert from "node:assert/strict";
import { assertExit } from "../kit/exit.ts";
import { activeHost, on, postgresPassword, waitUntilHealthy } from "../kit/pair.ts";
import { pairOptions, skyha, vipOf } from "../kit/product.ts";
import type { Scenario } from "../kit/story.ts";
import { startRowWriter } from "../kit/writer.ts";

export const switchesBack: Scenario = {
  name: "switch moves everything to the other host, loses no row, and leaves no constraint behind",
  async run({ lab }) {
    const before = await activeHost(lab);
    const rows = await startRowWriter(vipOf(lab), await postgresPassword(lab));
    await rows.nextRow(10_000);
    const started = Date.now();
    const result = await skyha(["switch", ...pairOptions(lab, "db1")]);
    assertExit(result, 0);
    await rows.nextRow(60_000);
    process.stdout.write(`       clients waited ${rows.longestGap(started)} s\n`);
    assert.notEqual(await activeHost(lab), before);
    assert.doesNotMatch(await on(lab, "db1", "cibadmin --query --scope constraints"), /cli-|skyha-switch/);
    assert.equal((await rows.stop()).lost, 0);
    await waitUntilHealthy(lab, "db1");
  },
};

export const switchGoesBack: Scenario = {
  name: "switch --limit 5: what is not there in time is back where it was, no row is lost, no constraint is left",
  async run({ lab }) {
    const before = await activeHost(lab);
    const rows = await startRowWriter(vipOf(lab), await postgresPassword(lab));
    await rows.nextRow(10_000);
    const started = Date.now();
    const result = await skyha(["switch", "--limit", "5", ...pairOptions(lab, "db1")]);
    assertExit(result, 1);
    assert.match(result.stderr, new RegExp(`are back on ${before} after`));
    await rows.nextRow(60_000);
    process.stdout.write(`       clients waited ${rows.longestGap(started)} s\n`);
    assert.equal(await activeHost(lab), before);
    assert.doesNotMatch(await on(lab, "db1", "cibadmin --query --scope constraints"), /cli-/);
    assert.equal((await rows.stop()).lost, 0);
    await waitUntilHealthy(lab, "db1");
  },
};

export const refusesWithoutPeer: Scenario = {
  name: "switch refuses with exit 4 and a reason while the other host is off; show still answers",
  async run({ lab }) {
    const active = await activeHost(lab);
    const passive = active === "db1" ? "db2" : "db1";
    // Kept off: Pacemaker would power it on again through the BMC.
    await on(lab, active, "crm_attribute --type crm_config --name stonith-action --update off");
    await lab.power(passive, "off");
    const refused = await skyha(["switch", ...pairOptions(lab, active)]);
    assertExit(refused, 4);
    assert.match(refused.stdout + refused.stderr, new RegExp(passive));
    const shown = await skyha(["show", ...pairOptions(lab, active)]);
    assertExit(shown, 0);
    assert.match(shown.stdout, /serving\s+(yes|partly)/);
    assert.match(shown.stdout, /failures left\s+0/);
    assert.equal(await activeHost(lab), active);
    await on(lab, active, "crm_attribute --type crm_config --name stonith-action --delete");
    await lab.power(passive, "on");
    await waitUntilHealthy(lab, active);
  },
};
