import assert from "node:assert/strict";
import { assertExit } from "../kit/exit.ts";
import { activeHost, on } from "../kit/pair.ts";
import type { Scenario } from "../kit/story.ts";

/** On the host that waits, where a rule about the services' ports cuts nobody off. The lab's kernel has no nftables. */
export const namesWhatFirewallDrops: Scenario = {
  name: "doctor names the ports that a firewall drops, and is content when the rule is gone",
  async run({ lab }) {
    const host = (await activeHost(lab)) === "db1" ? "db2" : "db1";
    const doctor = () => lab.ssh(host, "skyha doctor", { timeoutMs: 60_000 });
    const before = await doctor();
    assertExit(before, 0);
    assert.match(before.stdout, /ok +the firewalls let in what a pair needs/);
    const rule = "INPUT -p tcp --dport 11300 -j DROP";
    await on(lab, host, `iptables -I ${rule}`);
    try {
      const found = await doctor();
      assertExit(found, 1);
      assert.match(
        found.stdout,
        new RegExp(`NO +the firewalls .*\\n +${host}: .*drops.*: beanstalkd 11300/tcp\\n`),
      );
      const [mend = ""] = /iptables -I INPUT .* --dports 11300 -j ACCEPT/.exec(found.stdout) ?? [];
      assert.notEqual(mend, "");
      await on(lab, host, mend);
      assertExit(await doctor(), 0);
      await on(lab, host, mend.replace("-I INPUT", "-D INPUT"));
    } finally {
      await on(lab, host, `iptables -D ${rule}`);
    }
    assertExit(await doctor(), 0);
  },
};
