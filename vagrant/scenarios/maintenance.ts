import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { assertExit } from "../kit/exit.ts";
import { activeHost, on } from "../kit/pair.ts";
import { pairOptions, skyha } from "../kit/product.ts";
import type { Scenario } from "../kit/story.ts";

export const maintenanceEnds: Scenario = {
  name: "maintenance with an end: show says whose it is, the cluster ends it by itself and looks after the services again",
  async run({ lab, engine }) {
    const active = await activeHost(lab);
    const pair = pairOptions(lab, active);
    const isOn = async () =>
      (await on(lab, active, "crm_mon -1")).includes("Resource management is DISABLED");
    const begun = await skyha(["maintenance", "on", "--for", "1m", "--reason", "new switch", ...pair]);
    assertExit(begun, 0);
    assert.ok(await isOn());
    const shown = await skyha(["show", ...pair]);
    assert.match(
      shown.stdout.replaceAll(/\s+/g, " "),
      /in maintenance.*by root@\S+, since .*, until .*: new switch/,
    );

    const deadline = Date.now() + 150_000;
    while (await isOn()) {
      assert.ok(Date.now() < deadline, "maintenance is still on");
      await sleep(3000);
    }
    await on(lab, active, `${engine} kill beanstalkd`);
    const back = Date.now() + 120_000;
    while (
      (await lab.ssh(active, `${engine} inspect -f '{{.State.Running}}' beanstalkd`)).stdout.trim() !== "true"
    ) {
      assert.ok(Date.now() < back, "beanstalkd was not started again");
      await sleep(2000);
    }
    const ended = await skyha(["maintenance", "off", ...pair]);
    assertExit(ended, 0);
  },
};
