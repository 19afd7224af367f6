import assert from "node:assert/strict";
import { assertExit } from "../kit/exit.ts";
import { on } from "../kit/pair.ts";
import { pairOptions, skyha } from "../kit/product.ts";
import type { Scenario } from "../kit/story.ts";

export const showsHealthyPair: Scenario = {
  name: "show answers from outside and from both hosts, first line first, and changes nothing",
  async run({ lab }) {
    const cib = () => on(lab, "db1", "cibadmin --query --scope configuration | md5sum");
    const before = await cib();
    const outside = await skyha(["show", ...pairOptions(lab, "db2")]);
    assertExit(outside, 0);
    assert.match(
      outside.stdout,
      /serving\s+yes[\s\S]*data safe\s+yes[\s\S]*failures left\s+1[\s\S]*nothing to do/,
    );
    for (const host of ["db1", "db2"]) {
      const inside = await lab.ssh(host, "skyha show", { timeoutMs: 30_000 });
      assertExit(inside, 0);
      assert.match(inside.stdout, /serving\s+yes/);
      assert.match(inside.stdout, /data safe\s+yes/);
    }
    const doctor = await lab.ssh("db1", "skyha doctor", { timeoutMs: 60_000 });
    assertExit(doctor, 0);
    assert.match(doctor.stdout, /ok +the running pair/);
    const check = await skyha(["show", "--check", ...pairOptions(lab, "db1")]);
    assertExit(check, 0);
    assert.match(check.stdout, /^SKYHA OK - /);
    assert.equal(await cib(), before);
  },
};
