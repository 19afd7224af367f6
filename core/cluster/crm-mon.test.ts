import { describe, expect, test } from "bun:test";
import { captured } from "../../fixtures/captured/read.ts";
import { parseCrmMon } from "./crm-mon.ts";
import { type ClusterStatus, epochOf, promotionScores } from "./model.ts";

const RELEASES = ["2.1.5", "3.0.0"] as const;

function statusOf(release: string, state: string): ClusterStatus {
  const parsed = parseCrmMon(captured(`pacemaker-${release}/${state}/crm_mon.xml`));
  if (!parsed.known) throw new Error(parsed.why);
  return parsed.value;
}

const resource = (status: ClusterStatus, id: string) => status.resources.filter((item) => item.id === id);
const node = (status: ClusterStatus, name: string) => status.nodes.find((item) => item.name === name);

describe.each(RELEASES)("crm_mon of Pacemaker %s", (release) => {
  test("healthy: nodes, roles, membership of groups and clones", () => {
    const status = statusOf(release, "healthy");
    expect(status.version).toStartWith(release);
    expect(status.dc).toBe("db1");
    expect(status.quorate).toBe(true);
    expect(status.options).toEqual({
      fencingEnabled: true,
      maintenance: false,
      stopAll: false,
      noQuorumPolicy: "ignore",
    });
    expect(status.nodes.map((item) => [item.name, item.online, item.unclean])).toEqual([
      ["db1", true, false],
      ["db2", true, false],
    ]);
    const drbd = resource(status, "skydata");
    expect(drbd.map((item) => item.role).sort()).toEqual(["Promoted", "Unpromoted"]);
    expect(drbd.every((item) => item.clone === "drbd-cluster" && item.agent === "ocf:linbit:drbd")).toBe(
      true,
    );
    const postgres = resource(status, "postgres")[0];
    expect(postgres?.group).toBe("master-group");
    expect(postgres?.nodes).toEqual(drbd.find((item) => item.role === "Promoted")?.nodes ?? []);
    expect(status.resources).toHaveLength(11);
    expect(status.failures).toEqual([]);
    expect(
      promotionScores(status)
        .map((item) => item.score)
        .sort((a, b) => a - b),
    ).toEqual([5, 10]);
  });

  test("a degraded answer is no failure, although Pacemaker lists it as one", () => {
    const text = captured(`pacemaker-${release}/failed-recovered/crm_mon.xml`).replace(
      /(<failure op_key="postgres_monitor_10000"[^>]*exitcode=")7"/,
      '$1191"',
    );
    const parsed = parseCrmMon(text);
    expect(text).toContain('exitcode="191"');
    expect(parsed.known ? parsed.value.failures : undefined).toEqual([]);
  });

  test("a failure that was recovered keeps its count, time and reason", () => {
    const status = statusOf(release, "failed-recovered");
    const [failure] = status.failures;
    expect(failure).toMatchObject({
      resource: "postgres",
      task: "monitor",
      intervalMs: 10_000,
      node: "db2",
      exitCode: 7,
    });
    expect(epochOf(failure?.at)).toBeGreaterThan(1_700_000_000);
    const history = status.histories.find((item) => item.resource === "postgres" && item.node === "db2");
    expect(history?.failCount).toBe(1);
    expect(resource(status, "postgres")[0]?.role).toBe("Started");
  });

  test("a resource that starts nowhere is stopped, with the agent's own reason", () => {
    const status = statusOf(release, "failed-everywhere");
    expect(resource(status, "redis")[0]).toMatchObject({ role: "Stopped", active: false, nodes: [] });
    expect(status.failures.map((failure) => [failure.resource, failure.reason])).toContainEqual([
      "redis",
      "image redis:7 is not on this host",
    ]);
  });

  test("power loss: fenced peer is clean and offline, the fence event is a success", () => {
    const status = statusOf(release, "peer-fenced");
    expect(node(status, "db1")).toMatchObject({ online: false, unclean: false });
    expect(status.fencing[0]).toMatchObject({
      action: "reboot",
      target: "db1",
      status: "success",
      delegate: "db2",
    });
    expect(epochOf(status.fencing[0]?.at)).toBeGreaterThan(1_700_000_000);
  });

  test("fencing that fails leaves the peer unclean", () => {
    const status = statusOf(release, "fencing-failed");
    expect(node(status, "db1")).toMatchObject({ online: false, unclean: true });
    const [latest, ...earlier] = status.fencing;
    expect(latest).toMatchObject({ target: "db1", status: "failed" });
    expect(earlier.at(-1)).toMatchObject({ target: "db1", status: "success" });
  });

  test("a fence device whose start failed is stopped with an infinite fail count", () => {
    const status = statusOf(release, "fence-device-failed");
    expect(status.failures.map((failure) => failure.resource)).toContain("fence-db1");
    expect(status.histories.some((item) => item.resource === "fence-db1" && item.failCount > 0)).toBe(true);
  });

  test("maintenance, standby, a peer whose Pacemaker was stopped, a leftover ban", () => {
    expect(statusOf(release, "maintenance").options.maintenance).toBe(true);
    expect(resource(statusOf(release, "maintenance"), "postgres")[0]?.managed).toBe(false);
    expect(node(statusOf(release, "standby"), "db1")?.standby).toBe(true);
    expect(node(statusOf(release, "peer-stopped"), "db1")).toMatchObject({ pending: true, unclean: false });
    expect(statusOf(release, "moved-ban-left").bans.map((ban) => ban.id)).toContain(
      "cli-ban-drbd-cluster-on-db1-rule",
    );
  });

  test("a cluster that does not run is unknown, in its own words", () => {
    const parsed = parseCrmMon(captured(`pacemaker-${release}/not-running/crm_mon.xml`));
    expect(parsed.known ? "" : parsed.why).toBe(
      "crm_mon: Not connected: crm_mon: Connection to cluster failed: Connection refused",
    );
  });
});

describe("output that cannot be trusted is unknown, never an empty cluster", () => {
  const healthy = captured("pacemaker-2.1.5/healthy/crm_mon.xml");
  test.each([
    ["nothing", ""],
    ["blank", " \n"],
    ["a sentence", "error: cluster is not available on this node\n"],
    ["another document", "<cib/>"],
    ["cut off", healthy.slice(0, healthy.length / 2)],
    ["no status", "<pacemaker-result><summary/><nodes/></pacemaker-result>"],
    ["no nodes", '<pacemaker-result><summary/><status code="0" message="OK"/></pacemaker-result>'],
    ["entity bomb", `<!DOCTYPE x [<!ENTITY a "b">]>${healthy}`],
    ["JSON", "{}"],
  ])("%s", (_name, text) => {
    expect(parseCrmMon(text).known).toBe(false);
  });
});

test("roles and bans in the spelling of older releases", () => {
  const parsed = parseCrmMon(
    '<pacemaker-result><summary><current_dc present="false"/></summary><nodes/><resources>' +
      '<clone id="c"><group id="g:0"><resource id="a:0" role="Master"/></group><resource id="b" role="Slave"/>' +
      '<resource id="x" role="Bewildered"/></clone></resources><status code="0" message="OK"/></pacemaker-result>',
  );
  const status = parsed.known ? parsed.value : undefined;
  expect(status?.resources.map(({ id, role, group, clone }) => ({ id, role, group, clone }))).toEqual([
    { id: "a", role: "Promoted", group: "g", clone: "c" },
    { id: "b", role: "Unpromoted", group: undefined, clone: "c" },
    { id: "x", role: "Unknown", group: undefined, clone: "c" },
  ]);
  expect(status?.quorate).toBeUndefined();
});

test("times of both releases, with and without a zone", () => {
  expect(epochOf("Sat Nov 21 11:09:15 2026")).toBe(Date.UTC(2026, 10, 21, 11, 9, 15) / 1000);
  expect(epochOf("2026-11-21 11:09:15Z")).toBe(Date.UTC(2026, 10, 21, 11, 9, 15) / 1000);
  expect(Math.floor(epochOf("2026-11-21 11:17:51.696594Z") ?? 0)).toBe(
    Date.UTC(2026, 10, 21, 11, 17, 51) / 1000,
  );
  expect(epochOf("2026-11-21 12:09:15 +01:00")).toBe(Date.UTC(2026, 10, 21, 11, 9, 15) / 1000);
  expect(epochOf("")).toBeUndefined();
  expect(epochOf("a while ago")).toBeUndefined();
});
