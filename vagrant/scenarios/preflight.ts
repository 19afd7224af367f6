import assert from "node:assert/strict";
import { assertExit } from "../kit/exit.ts";
import { activeHost, on } from "../kit/pair.ts";
import type { Scenario } from "../kit/story.ts";

/** On the host that waits, where a rule about the services' ports cuts nobody off. */
export const namesWhatFirewallDrops: Scenario = {
  name: "doctor names the ports that a firewall drops, and is content when the rule is gone",
  async run({ lab }) {
    const host = (await activeHost(lab)) === "db1" ? "db2" : "db1";
    const install = "DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 apt-get -q -y install nftables";
    await on(lab, host, `command -v nft || { apt-get -q update && ${install}; }`, 300_000);
    const doctor = () => lab.ssh(host, "skyha doctor", { timeoutMs: 60_000 });
    const before = await doctor();
    assertExit(before, 0);
    assert.match(before.stdout, /ok +the firewalls let in what a pair needs/);
    const chain = "{ type filter hook input priority 0; policy accept; }";
    await on(
      lab,
      host,
      `nft add table inet skyha_test && nft add chain inet skyha_test input '${chain}' && nft add rule inet skyha_test input tcp dport 11300 drop`,
    );
    try {
      const found = await doctor();
      assertExit(found, 1);
      assert.match(
        found.stdout,
        new RegExp(`NO +the firewalls .*\\n +${host}: .*drops.*: beanstalkd 11300/tcp\\n`),
      );
      assert.match(found.stdout, /nft insert rule inet skyha_test input tcp dport '\{ 11300 \}' accept/);
    } finally {
      await on(lab, host, "nft delete table inet skyha_test");
    }
    const after = await doctor();
    assertExit(after, 0);
  },
};
