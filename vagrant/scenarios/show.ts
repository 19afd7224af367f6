import assert from "node:assert/strict";
import { on } from "../kit/pair.ts";
import { pairOptions, skyha } from "../kit/product.ts";
import type { Scenario } from "../kit/story.ts";

export const showsHealthyPair: Scenario = {
  name: "show answers from outside and from both hosts, first line first, and changes nothing",
  async run({ lab }) {
    const cib = () => on(lab, "db1", "cibadmin --query --scope configuration | md5sum");
    const before = await cib();
    const outside = await skyha(["show", ...pairOptions(lab, "db2")]);
    assert.equal(outside.code, 0, outside.stderr);
    assert.match(
      outside.stdout,
      /serving\s+yes[\s\S]*data safe\s+yes[\s\S]*failures left\s+1[\s\S]*nothing to do/,
    );
    for (const host of ["db1", "db2"]) {
      const inside = await lab.ssh(host, "skyha show", { timeoutMs: 30_000 });
      assert.equal(inside.code, 0, inside.stderr);
      assert.match(inside.stdout, /serving\s+yes/);
      assert.match(inside.stdout, /data safe\s+yes/);
    }
    const doctor = await lab.ssh("db1", "skyha doctor", { timeoutMs: 60_000 });
    assert.equal(doctor.code, 0, doctor.stdout + doctor.stderr);
    assert.match(doctor.stdout, /ok +the running pair/);
    const check = await skyha(["show", "--check", ...pairOptions(lab, "db1")]);
    assert.equal(check.code, 0, check.stdout);
    assert.match(check.stdout, /^SKYHA OK - /);
    assert.equal(await cib(), before);
  },
};
