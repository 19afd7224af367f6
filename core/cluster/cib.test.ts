import { describe, expect, test } from "bun:test";
import { captured } from "../../fixtures/captured/read.ts";
import { booleanProperty, type Cib, parseCib } from "./cib.ts";

function cibOf(path: string): Cib {
  const parsed = parseCib(captured(path));
  if (!parsed.known) throw new Error(parsed.why);
  return parsed.value;
}

const banIn = (path: string) => cibOf(path).locations.find((item) => item.origin === "ban");

describe.each(["2.1.5", "3.0.0"])("cibadmin of Pacemaker %s", (release) => {
  test("properties, fence devices with their targets, resource ids", () => {
    const cib = cibOf(`pacemaker-${release}/healthy/cib.xml`);
    expect(cib.properties.get("cluster-name")).toBe("skycluster");
    expect(booleanProperty(cib, "fencing-enabled", "stonith-enabled")).toBe(true);
    expect(booleanProperty(cib, "maintenance-mode")).toBeUndefined();
    expect(cib.fenceDevices).toEqual([
      { id: "fence-db1", agent: "fence_ipmilan", targets: ["db1"] },
      { id: "fence-db2", agent: "fence_ipmilan", targets: ["db2"] },
    ]);
    expect(cib.resourceIds).toContain("master-group");
    expect(cib.resourceIds).toContain("drbd-cluster");
    expect(cib.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(cib.locations.every((item) => item.origin === "configured")).toBe(true);
  });

  test("a ban of a move: role, node and the time it ends", () => {
    const ban = banIn(`pacemaker-${release}/moved-by-rule/cib.xml`);
    expect(ban?.id).toBe(`cli-ban-drbd-cluster-on-${ban?.node}`);
    expect(ban).toMatchObject({
      resource: "drbd-cluster",
      role: "Promoted",
      exceptNode: false,
      score: -1_000_000,
    });
    expect(ban?.until).toMatch(/^2026-11-21 /);
  });

  test("a role beside a rule has no effect", () => {
    expect(banIn(`pacemaker-${release}/moved-ban-left/cib.xml`)?.role).toBeUndefined();
  });
});

test("DRBD's own constraint: nobody but the named node may be promoted", () => {
  const parsed = parseCib(
    '<cib admin_epoch="0" epoch="7" num_updates="1"><configuration><constraints>' +
      '<rsc_location rsc="drbd-cluster" id="drbd-fence-by-handler-skydata-drbd-cluster">' +
      '<rule role="Master" score="-INFINITY" id="r"><expression attribute="#uname" operation="ne" value="db1" id="e"/>' +
      '</rule></rsc_location><rsc_location id="cli-prefer-master-group" rsc="master-group" role="Started" node="db2" score="INFINITY"/>' +
      "</constraints></configuration></cib>",
  );
  const locations = parsed.known ? parsed.value.locations : [];
  expect(locations[0]).toMatchObject({
    origin: "drbd-fence",
    role: "Promoted",
    node: "db1",
    exceptNode: true,
  });
  expect(locations[1]).toMatchObject({
    origin: "prefer",
    role: undefined,
    node: "db2",
    score: 1_000_000,
    until: undefined,
  });
});

test.each([
  "",
  "<cib/>",
  "<cib><configuration>",
  "Could not connect to the CIB: Transport endpoint is not connected\n",
  "<x/>",
])("not a configuration: %j", (text) => {
  expect(parseCib(text).known).toBe(false);
});
