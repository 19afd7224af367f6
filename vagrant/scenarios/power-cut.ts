import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { startNfsAppender } from "../kit/nfs.ts";
import { activeHost, on, postgresPassword, waitUntilHealthy } from "../kit/pair.ts";
import { pairOptions, skyha, vipOf } from "../kit/product.ts";
import type { Scenario } from "../kit/story.ts";
import { startRowWriter } from "../kit/writer.ts";

const other = (host: "db1" | "db2") => (host === "db1" ? "db2" : "db1");

export const passiveLosesPower: Scenario = {
  name: "the passive host loses its power: clients notice little, it comes back by itself",
  async run({ lab }) {
    const active = await activeHost(lab);
    const rows = await startRowWriter(vipOf(lab), await postgresPassword(lab));
    await rows.nextRow(10_000);
    await lab.power(other(active), "off");
    await rows.nextRow(120_000);
    const shown = await skyha(["show", "--json", ...pairOptions(lab, active)]);
    const view: { verdict: { serving: { state: string }; failuresLeft: { count?: number } } } = JSON.parse(
      shown.stdout,
    );
    assert.equal(view.verdict.serving.state, "yes", shown.stdout);
    assert.equal(view.verdict.failuresLeft.count, 0);
    await waitUntilHealthy(lab, active);
    assert.equal(await activeHost(lab), active);
    const result = await rows.stop();
    assert.ok(result.acknowledged > 0);
    assert.equal(result.lost, 0);
  },
};

export const activeLosesPower: Scenario = {
  name: "the active host loses its power: the other one fences it, serves, and no acknowledged row or byte is lost",
  async run({ lab }) {
    const active = await activeHost(lab);
    const survivor = other(active);
    const rows = await startRowWriter(vipOf(lab), await postgresPassword(lab));
    const appender = await startNfsAppender(lab, vipOf(lab));
    await rows.nextRow(10_000);
    await appender.nextLine(60_000);
    await appender.longestGap();
    const cut = Date.now();
    await lab.power(active, "off");
    await rows.nextRow(180_000);
    process.stdout.write(`       rows again after ${rows.longestGap(cut)} s\n`);
    assert.equal(await activeHost(lab), survivor);

    const fenced = lab
      .powerEvents()
      .find((event) => event.via === "bmc" && event.host === active && Date.parse(event.at) > cut);
    assert.ok(fenced, "the survivor did not fence the host that was off");
    const promoted = await promotionTime(lab, survivor, cut);
    assert.ok(promoted >= Date.parse(fenced.at), "the survivor promoted its data before the fencing");

    const shown = await skyha(["show", "--check", ...pairOptions(lab, survivor)]);
    await appender.nextLine(180_000);
    process.stdout.write(`       NFS again after ${await appender.longestGap()} s\n`);
    // Some services may still be starting; what show must not say is that it does not know.
    assert.match(shown.stdout, /^SKYHA (OK|WARNING|CRITICAL) - serving: (yes|partly)/);
    await waitUntilHealthy(lab, survivor);
    const rowsAtEnd = await rows.stop();
    const linesAtEnd = await appender.stop();
    assert.ok(rowsAtEnd.acknowledged > 0 && linesAtEnd.acknowledgedBytes > 0);
    assert.equal(rowsAtEnd.lost, 0);
    assert.equal(linesAtEnd.lostBytes, 0);
  },
};

export const bothLosePower: Scenario = {
  name: "both hosts lose their power at once: with power back the pair serves by itself, and no acknowledged row is lost",
  async run({ lab }) {
    const active = await activeHost(lab);
    const rows = await startRowWriter(vipOf(lab), await postgresPassword(lab));
    await rows.nextRow(20_000);
    await Promise.all([lab.power(active, "off"), lab.power(other(active), "off")]);
    await sleep(5000);
    // The one that was active comes last: the other one may not serve an older copy meanwhile.
    await lab.power(other(active), "on");
    await sleep(20_000);
    await lab.power(active, "on");
    await rows.nextRow(300_000);
    await waitUntilHealthy(lab, active);
    const result = await rows.stop();
    assert.ok(result.acknowledged > 0);
    assert.equal(result.lost, 0);
  },
};

/** When the kernel of that host became Primary, by its own log; ms since the epoch. */
async function promotionTime(lab: Parameters<typeof on>[0], host: string, since: number): Promise<number> {
  const log = await on(
    lab,
    host,
    `journalctl -k --no-pager -o short-unix --since @${Math.floor(since / 1000)} | grep -E "role\\( Secondary -> Primary" | tail -1`,
  );
  const seconds = Number(/^\s*([0-9.]+)/.exec(log)?.[1]);
  assert.ok(seconds > 0, `no promotion in the kernel's log of ${host}`);
  return seconds * 1000;
}
