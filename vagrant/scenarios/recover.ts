import assert from "node:assert/strict";
import { assertExit } from "../kit/exit.ts";
import { activeHost, on, postgresPassword, waitUntilHealthy } from "../kit/pair.ts";
import { pairOptions, skyha, vipOf } from "../kit/product.ts";
import type { Scenario, World } from "../kit/story.ts";
import { startRowWriter } from "../kit/writer.ts";

/** Something broken on purpose, what show has to say first, and what recover needs to be allowed. */
interface Incident {
  readonly what: string;
  readonly breakIt: (world: World, hosts: { active: string; passive: string }) => Promise<void>;
  /** Code of a finding that show must have. */
  readonly shows: string;
  readonly words?: readonly string[];
  /** What made it so, before recover can help. */
  readonly mend?: (world: World) => Promise<void>;
}

const COMMON: readonly Incident[] = [
  {
    what: "the replication was disconnected by hand",
    breakIt: async ({ lab }, { passive }) => void (await on(lab, passive, "drbdadm disconnect skydata")),
    shows: "data.disconnected",
  },
  {
    what: "the passive host was put into standby",
    async breakIt({ lab }, { active, passive }) {
      const refused = await skyha(["standby", active, ...pairOptions(lab, "db1")]);
      assertExit(refused, 4);
      const done = await skyha(["standby", passive, ...pairOptions(lab, "db1")]);
      assertExit(done, 0);
    },
    shows: "host.standby",
    words: ["--intended"],
  },
];

const RARE: readonly Incident[] = [
  {
    what: "the cluster was stopped on the passive host",
    breakIt: async ({ lab }, { passive }) =>
      void (await on(lab, passive, "systemctl stop pacemaker corosync")),
    shows: "host.cluster-stopped",
  },
  {
    what: "docker was stopped on the passive host",
    breakIt: async ({ lab }, { passive }) =>
      void (await on(lab, passive, "systemctl stop docker.socket docker.service")),
    shows: "engine.stopped",
  },
  {
    what: "the cluster was stopped on both hosts",
    async breakIt({ lab }, { active, passive }) {
      for (const host of [passive, active]) {
        await on(lab, host, "systemctl stop pacemaker corosync", 180_000);
      }
    },
    shows: "cluster.stopped",
  },
  {
    what: "the passive host has lost its disk",
    breakIt: async ({ lab }, { passive }) => void (await on(lab, passive, "drbdadm detach skydata")),
    shows: "data.no-disk",
  },
  {
    what: "a service was disabled by hand",
    async breakIt({ lab }, { active }) {
      const words = "--resource redis --meta --set-parameter target-role --parameter-value Stopped";
      await on(lab, active, `crm_resource ${words}`);
    },
    shows: "service.disabled",
    words: ["--intended"],
  },
  {
    what: "a service could be started on neither host",
    async breakIt({ lab }, { active }) {
      await on(lab, active, "mv /drbd/redis /drbd/redis.away && docker kill redis");
    },
    shows: "service.cannot-start",
    async mend({ lab }) {
      await on(lab, await activeHost(lab), "mv /drbd/redis.away /drbd/redis");
    },
  },
];

const other = (host: string) => (host === "db1" ? "db2" : "db1");

const toScenario = (incident: Incident): Scenario => ({
  name: `${incident.what}: show names it, recover repairs it, no row is lost`,
  async run(world) {
    const { lab } = world;
    const active = await activeHost(lab);
    const rows = await startRowWriter(vipOf(lab), await postgresPassword(lab));
    await rows.nextRow(20_000);
    await incident.breakIt(world, { active, passive: other(active) });
    const found = await untilShown(world, active, incident.shows);
    assert.ok(found, `show never named ${incident.shows}`);
    await incident.mend?.(world);
    const dry = await skyha(["recover", "--dry-run", ...pairOptions(lab, active)]);
    assertExit(dry, 10);
    const words = ["recover", "--yes", ...(incident.words ?? []), ...pairOptions(lab, active)];
    const recovered = await skyha(words);
    assertExit(recovered, 0);
    await waitUntilHealthy(lab, active);
    const { acknowledged, lost } = await rows.stop();
    assert.ok(acknowledged > 0);
    assert.equal(lost, 0);
  },
});

export const recovers = COMMON.map(toScenario);
export const recoversRare = RARE.map(toScenario);

/** The cluster needs a moment to notice. */
async function untilShown({ lab }: World, host: "db1" | "db2", code: string): Promise<boolean> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    const shown = await skyha(["show", "--json", ...pairOptions(lab, host)]);
    const view: { findings: { code: string }[] } = JSON.parse(shown.stdout);
    if (view.findings.some((finding) => finding.code === code)) return true;
  }
  return false;
}
