import assert from "node:assert/strict";
import { activeHost, on, waitUntilHealthy } from "../kit/pair.ts";
import { pairOptions, skyha } from "../kit/product.ts";
import type { Scenario } from "../kit/story.ts";

interface Told {
  readonly at: string;
  readonly by: string;
  readonly command: string;
  readonly host: string;
  readonly what: string;
  readonly result: string;
}

const toldSince = (stdout: string, since: number): Told[] =>
  stdout
    .trim()
    .split("\n")
    .filter((line) => line.includes('"at"'))
    .map((line): Told => JSON.parse(line))
    .filter(({ at }) => Date.parse(at) >= since);

export const remembersRecovery: Scenario = {
  name: "a service that died and was started again is in history, with the promotions and without anybody having asked",
  async run({ lab }) {
    const active = await activeHost(lab);
    const began = Number(await on(lab, active, "date +%s%3N"));
    await on(lab, active, "$(command -v docker || command -v podman) kill postgres");
    const deadline = Date.now() + 120_000;
    let events: Told[] = [];
    while (Date.now() < deadline) {
      const { stdout } = await skyha(["history", "-n", "200", "--json", ...pairOptions(lab, active)]);
      events = toldSince(stdout, began);
      if (events.some(({ what, result }) => what.startsWith("postgres failed") && result === "done")) break;
      await new Promise((resolve) => setTimeout(resolve, 3000));
    }
    const failure = events.find(({ what }) => what.startsWith("postgres failed"));
    assert.equal(failure?.by, "the cluster");
    assert.equal(failure.host, active);
    assert.match(failure.what, /runs again/);
    assert.equal(failure.result, "done");
    for (const from of ["db1", "db2"] as const) {
      const shown = await skyha(["show", "--json", ...pairOptions(lab, from)]);
      const view: { recent: { events: Told[]; missing: unknown[] } } = JSON.parse(shown.stdout);
      assert.deepEqual(view.recent.missing, []);
      assert.ok(view.recent.events.some(({ at, what }) => at === failure.at && what === failure.what));
    }
    const plain = await skyha(["show", ...pairOptions(lab, active)]);
    assert.match(plain.stdout, /Last 24 h\n[\s\S]*postgres failed, ran again after \d+ s/);
    // What made this host the active one is in the kernel's log, which the cluster's own memory would not show any more.
    const all = await skyha(["history", "-n", "2000", "--json", ...pairOptions(lab, active)]);
    const promotions = toldSince(all.stdout, 0).filter(({ command }) => command === "promote");
    const kernel = await on(
      lab,
      active,
      "journalctl --no-pager -q _TRANSPORT=kernel | grep -c 'role( Secondary -> Primary )'",
    );
    assert.equal(promotions.filter(({ host }) => host === active).length, Number(kernel));
    assert.doesNotMatch(all.stdout + all.stderr, /is not known/);
    await on(lab, active, "crm_resource --cleanup >/dev/null 2>&1");
    await waitUntilHealthy(lab, active);
  },
};

const SAMPLES = "/var/lib/skyha/space-skyfs";

export const tellsGrowth: Scenario = {
  name: "the agent notes the space that is used, and show says in how many days the volume will be full",
  async run({ lab }) {
    const active = await activeHost(lab);
    const pair = pairOptions(lab, active);
    // Made by the monitor of every 20 s, not by this test.
    const first = await on(
      lab,
      active,
      `for i in $(seq 40); do [ -s ${SAMPLES} ] && break; sleep 1; done; cat ${SAMPLES}`,
    );
    assert.match(first, /^(\d{10} \d+ \d+\n)+$/);
    await on(
      lab,
      active,
      `touch -d '-2 hours' ${SAMPLES}; sleep 45; test $(wc -l < ${SAMPLES}) -gt ${first.trim().split("\n").length}`,
    );
    const look = async () => {
      const shown = await skyha(["show", "--json", ...pair]);
      const view: {
        findings: { code: string }[];
        space: { growth?: { daysLeft: number } }[];
      } = JSON.parse(shown.stdout);
      return {
        filling: view.findings.some(({ code }) => code === "space.filling"),
        growth: view.space.find(({ growth }) => growth !== undefined)?.growth,
      };
    };
    assert.deepEqual(await look(), { filling: false, growth: undefined });
    await on(lab, active, `cp -p ${SAMPLES} /root/samples`);
    try {
      // Something that can have been written in two days, a tenth of what is free now on each.
      const room = "$(df -B1 --output=avail /drbd | tail -1)";
      await on(lab, active, `fallocate -l $((${room} * 3 / 10)) /drbd/scenario-growth`);
      const line = '"%.0f %.0f %.0f\\n", now - h * 3600, $1 - grown, $2 + grown';
      const awk = `awk -v now=$(date +%s) 'NR == 2 { for (h = 48; h > 0; h--) { grown = $2 / 240 * h; printf ${line} } }'`;
      await on(lab, active, `df -B1 --output=used,avail /drbd | ${awk} > ${SAMPLES}`);
      const { filling, growth } = await look();
      assert.ok(filling);
      assert.ok(growth && growth.daysLeft > 5 && growth.daysLeft < 14, JSON.stringify(growth));
      const plain = await skyha(["show", ...pair]);
      assert.match(plain.stdout, /full in\s+about \d+ d/);
    } finally {
      await on(lab, active, `rm -f /drbd/scenario-growth; mv /root/samples ${SAMPLES}`);
    }
    assert.equal((await look()).filling, false);
  },
};
