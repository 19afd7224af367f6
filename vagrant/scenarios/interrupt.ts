import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { assertExit } from "../kit/exit.ts";
import { on } from "../kit/pair.ts";
import { EXECUTABLE, pairOptions, seedWords, skyha } from "../kit/product.ts";
import type { Scenario } from "../kit/story.ts";

/** Into the unpacking of packages, where a program that is cut off leaves the most behind. */
const INTO_PACKAGES_MS = 15_000;

export const survivesKill: Scenario = {
  name: "while an installation is at work a second one is refused; killed, it leaves a lock with its name on it",
  async run({ lab, engine }) {
    const words = seedWords(lab, engine);
    const healthy = await skyha(["doctor", ...words]);
    assertExit(healthy, 0);
    const child = spawn(EXECUTABLE, ["install", ...words], { stdio: ["ignore", "pipe", "ignore"] });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    const ended = once(child, "close");
    const patience = Date.now() + 60_000;
    while (!out.includes("packages ...")) {
      assert.ok(Date.now() < patience && child.exitCode === null, out);
      await sleep(200);
    }
    await sleep(INTO_PACKAGES_MS);
    // Somebody else meanwhile.
    const second = await skyha(["install", ...words]);
    assertExit(second, 5);
    assert.match(second.stderr, /skyha install of .* is at work on db1/);
    child.kill("SIGKILL");
    await ended;
    assert.doesNotMatch(out, /packages: done/);

    // From another machine nobody can know whether it lives; from this one the next scenario just goes on.
    for (const host of ["db1", "db2"]) await on(lab, host, "test -e /var/lib/skyha/lock");
  },
};

/** With the configuration on the hosts, so after an installation. */
export const unlocks: Scenario = {
  name: "unlock: refuses while the holder lives, removes what a killed command left; history tells what was done",
  async run({ lab }) {
    const pair = pairOptions(lab, "db1");
    for (const host of ["db1", "db2"])
      await on(
        lab,
        host,
        `echo '{"id":"x","by":"ann@laptop","pid":7,"command":"switch","since":"?"}' > /var/lib/skyha/lock`,
      );
    const lives = await skyha(["unlock", ...pair]);
    assertExit(lives, 4);
    assert.match(lives.stderr, /ann@laptop lives/);
    const locked = await skyha(["switch", ...pair]);
    assertExit(locked, 5);
    for (const host of ["db1", "db2"]) await on(lab, host, "touch -d '-5 minutes' /var/lib/skyha/lock");
    const unlocked = await skyha(["unlock", ...pair]);
    assertExit(unlocked, 0);
    for (const host of ["db1", "db2"]) await on(lab, host, "test ! -e /var/lib/skyha/lock");
    const history = await skyha(["history", "-n", "200", ...pair]);
    assertExit(history, 0);
    assert.match(history.stdout, /install +db1 +install \d+ packages +done/);
    assert.match(history.stdout, /the cluster +fence +db\d/);
  },
};
