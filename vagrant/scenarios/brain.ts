import assert from "node:assert/strict";
import { assertExit } from "../kit/exit.ts";
import { activeHost, on, postgresPassword, waitUntilHealthy } from "../kit/pair.ts";
import { pairOptions, skyha, vipOf } from "../kit/product.ts";
import type { Scenario } from "../kit/story.ts";
import { startRowWriter } from "../kit/writer.ts";
import type { Lab } from "../src/lab.ts";

const EXPORTS = "nfsshare/exports";

/** What a person does who "just wants it to run": the copy of the passive host forced to be primary, and written. */
async function forceApart(lab: Lab, passive: string): Promise<void> {
  const maintenance = async (word: "on" | "off") => {
    const done = await skyha(["maintenance", word, ...pairOptions(lab, "db1")]);
    assertExit(done, 0);
  };
  await maintenance("on");
  await on(
    lab,
    passive,
    [
      "drbdadm disconnect skydata",
      "drbdadm primary --force skydata",
      "mount -o nouuid /dev/drbd1 /mnt",
      `echo written-on-${passive} > /mnt/${EXPORTS}/only-here`,
      "umount /mnt",
      "drbdadm secondary skydata",
      "drbdadm connect skydata",
    ].join(" && "),
    120_000,
  );
  await maintenance("off");
}

export const settlesSplitBrain: Scenario = {
  name: "a split brain: show says so, brain shows both copies, saves the one that is given up, and no row of the other is lost",
  async run({ lab }) {
    const active = await activeHost(lab);
    const passive = active === "db1" ? "db2" : "db1";
    const rows = await startRowWriter(vipOf(lab), await postgresPassword(lab));
    await rows.nextRow(20_000);
    const giveUpPassive = () =>
      skyha(["brain", "--give-up", passive, "--confirm", passive, ...pairOptions(lab, active)]);
    const whole = await giveUpPassive();
    assertExit(whole, 4);
    assert.match(whole.stdout + whole.stderr, /no split brain/);

    await forceApart(lab, passive);
    await rows.nextRow(60_000);
    const shown = await skyha(["show", ...pairOptions(lab, active)]);
    assert.match(shown.stdout, /split brain/);
    assert.match(shown.stdout, /skyha brain/);
    const looked = await skyha(["brain", ...pairOptions(lab, active)]);
    assertExit(looked, 0);
    assert.match(looked.stdout, /both have changed since they were one/);
    const unconfirmed = await skyha(["brain", "--give-up", passive, ...pairOptions(lab, active)]);
    assertExit(unconfirmed, 10);
    assert.match(await on(lab, active, "cat /proc/drbd"), /cs:StandAlone/);

    const settled = await giveUpPassive();
    assertExit(settled, 0);
    assert.match(await on(lab, active, "cat /proc/drbd"), /cs:Connected .* ds:UpToDate\/UpToDate/);
    await on(lab, active, `test ! -e /drbd/${EXPORTS}/only-here`);

    // What the last line says to type, on the host it says.
    const look = /(mount -t \S+ -o ro\S* \S+ \/mnt)\s+on (\w+)/.exec(settled.stdout);
    assert.equal(look?.[2], passive, settled.stdout);
    const kept = await on(lab, passive, `${look?.[1]} && cat /mnt/${EXPORTS}/only-here; umount /mnt`);
    assert.equal(kept.trim(), `written-on-${passive}`);

    await waitUntilHealthy(lab, active);
    const { acknowledged, lost } = await rows.stop();
    assert.ok(acknowledged > 0);
    assert.equal(lost, 0);
  },
};

export const settlesForTheOtherCopy: Scenario = {
  name: "a split brain settled for the copy that did not serve: the services move to it, what only the other one had can be read",
  async run({ lab }) {
    const active = await activeHost(lab);
    const passive = active === "db1" ? "db2" : "db1";
    const rows = await startRowWriter(vipOf(lab), await postgresPassword(lab));
    await rows.nextRow(20_000);
    assert.equal((await rows.stop()).lost, 0);
    await on(lab, active, `echo together > /drbd/${EXPORTS}/before && sync`);
    await forceApart(lab, passive);
    await on(lab, active, `echo written-on-${active} > /drbd/${EXPORTS}/only-there && sync`);

    const words = ["brain", "--give-up", active, "--confirm", active, ...pairOptions(lab, passive)];
    const planned = await skyha([...words, "--dry-run"]);
    assertExit(planned, 10);
    assert.match(planned.stdout, new RegExp(`the services start on ${passive}`));
    assert.equal(await activeHost(lab), active);
    const settled = await skyha(words);
    assertExit(settled, 0);

    assert.equal(await activeHost(lab), passive);
    assert.match(await on(lab, passive, "cat /proc/drbd"), /cs:Connected .* ds:UpToDate\/UpToDate/);
    const folder = `/drbd/${EXPORTS}`;
    assert.equal((await on(lab, passive, `cat ${folder}/before`)).trim(), "together");
    assert.equal((await on(lab, passive, `cat ${folder}/only-here`)).trim(), `written-on-${passive}`);
    await on(lab, passive, `test ! -e ${folder}/only-there`);
    const look = /(mount -t \S+ -o ro\S* \S+ \/mnt)\s+on (\w+)/.exec(settled.stdout);
    assert.equal(look?.[2], active, settled.stdout);
    const kept = await on(lab, active, `${look?.[1]} && cat /mnt/${EXPORTS}/only-there; umount /mnt`);
    assert.equal(kept.trim(), `written-on-${active}`);

    await waitUntilHealthy(lab, passive);
    const again = await startRowWriter(vipOf(lab), await postgresPassword(lab));
    await again.nextRow(20_000);
    assert.equal((await again.stop()).lost, 0);
  },
};
