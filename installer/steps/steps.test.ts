import { expect, test } from "bun:test";
import { configFromSeed } from "../config/seed.ts";
import { bareHost, pairFacts } from "../testing/facts.ts";
import { groupRunsOn, onlineNodes } from "./cluster-state.ts";
import { buildCluster, corosyncConf, staleSettings } from "./corosync.ts";
import { lastFencing } from "./fence-history.ts";
import { hostsFile, hostsFileWithout } from "./names.ts";
import { networkOf } from "./resources.ts";

const config = configFromSeed([
  "master_ip=10.0.0.1",
  "slave_ip=10.0.0.2",
  "vip_master=10.0.0.9",
  "data_dir=/data",
  "master_hostname=db1",
  "slave_hostname=db2",
  "link2_master=10.1.0.1",
  "link2_slave=10.1.0.2",
]);

test("the hosts file keeps what is there, drops 127.0.1.1 of our names, and is stable", () => {
  const before = "127.0.0.1 localhost\n127.0.1.1 db1\n127.0.1.1 other\n10.9.9.9 printer\n";
  const after = hostsFile(before, config);
  expect(after).toBe(
    "127.0.0.1 localhost\n127.0.1.1 other\n10.9.9.9 printer\n# skyha: names of the pair\n10.0.0.1 db1\n10.0.0.2 db2\n# skyha: end\n",
  );
  expect(hostsFile(after, config)).toBe(after);
});

test("the hosts file without the pair: as it was, or with what others have written meanwhile", () => {
  const before = "127.0.0.1 localhost\n127.0.1.1 db1\n127.0.1.1 other\n10.9.9.9 printer\n\n";
  const now = hostsFile(before, config);
  expect(hostsFileWithout(now, before, config)).toBe(before);
  expect(hostsFileWithout(`${now}10.8.8.8 scanner\n`, before, config)).toBe(
    "127.0.0.1 localhost\n127.0.1.1 db1\n127.0.1.1 other\n10.9.9.9 printer\n10.8.8.8 scanner\n",
  );
  expect(hostsFileWithout(now, undefined, config)).toBe(
    "127.0.0.1 localhost\n127.0.1.1 other\n10.9.9.9 printer\n",
  );
  // Given back once; a line that somebody takes out later is not put back.
  expect(hostsFileWithout("127.0.0.1 localhost\n", before, config)).toBe("127.0.0.1 localhost\n");
});

test("corosync.conf: every link of both nodes, two_node, encrypted", () => {
  const text = corosyncConf(config);
  expect(text).toContain(
    "ring0_addr: 10.0.0.2\n        ring1_addr: 10.1.0.2\n        name: db2\n        nodeid: 2",
  );
  expect(text).toContain("two_node: 1");
  expect(text).toContain("crypto_cipher: aes256");
});

/** corosync-cmapctl of corosync 3.1.7, what concerns the file. */
const cmap = `nodelist.local_node_pos (u32) = 0
nodelist.node.0.name (str) = db1
nodelist.node.0.nodeid (u32) = 1
nodelist.node.0.ring0_addr (str) = 10.0.0.1
nodelist.node.0.ring1_addr (str) = 10.1.0.1
nodelist.node.1.name (str) = db2
nodelist.node.1.nodeid (u32) = 2
nodelist.node.1.ring0_addr (str) = 10.0.0.2
nodelist.node.1.ring1_addr (str) = 10.1.0.2
totem.cluster_name (str) = skycluster
totem.consensus (u32) = 600
totem.token (u32) = 3000
`;

test("a corosync that runs with other settings than those of the file reads it again", () => {
  expect(staleSettings(cmap, config)).toEqual([]);
  const moved = cmap.replace("10.1.0.2", "10.9.0.2").replace("3000", "1000");
  expect(staleSettings(moved, config)).toEqual([
    "totem.token: 1000 -> 3000",
    "nodelist.node.1.ring1_addr: 10.9.0.2 -> 10.1.0.2",
  ]);
  const third = `${cmap}nodelist.node.0.ring2_addr (str) = 10.2.0.1\n`;
  expect(staleSettings(third, config)).toEqual(["nodelist.node.0.ring2_addr: 10.2.0.1 -> none"]);
  const planned = (one: string | undefined, two: string | undefined) =>
    buildCluster
      .plan(config, pairFacts(bareHost("db1", { cmap: one }), bareHost("db2", { cmap: two })))
      .filter(({ id }) => id === "cluster/cluster/reload");
  expect(planned(cmap, cmap)).toEqual([]);
  expect(planned(moved, undefined)).toEqual([]);
  expect(planned(cmap, moved)[0]?.preview).toEqual([
    "corosync-cfgtool -R",
    "totem.token: 1000 -> 3000",
    "nodelist.node.1.ring1_addr: 10.9.0.2 -> 10.1.0.2",
  ]);
});

test.each([
  ["10.77.0.20", 24, "10.77.0.0/24"],
  ["192.168.255.254", 20, "192.168.240.0/20"],
  ["10.0.0.1", 32, "10.0.0.1/32"],
])("network of %s/%d", (address, prefix, wanted) => {
  expect(networkOf(address, prefix)).toBe(wanted);
});

const status = (body: string) => `<pacemaker-result><nodes>
  <node name="db1" online="true" unclean="false" pending="false"/>
  <node name="db2" online="true" unclean="false" pending="true"/>
  <node name="db3" online="false" unclean="true" pending="false"/></nodes><resources>${body}</resources></pacemaker-result>`;
const resource = (id: string, role: string, node?: string) =>
  `<resource id="${id}" role="${role}" active="${node !== undefined}" failed="false">${node === undefined ? "" : `<node name="${node}"/>`}</resource>`;

test("a node counts as online only when it is neither unclean nor still joining", () => {
  expect(onlineNodes(status(""))).toEqual(["db1"]);
});

test("a group runs when every member is started on one node", () => {
  const group = (...members: string[]) => status(`<group id="g">${members.join("")}</group>`);
  expect(groupRunsOn(group(resource("a", "Started", "db1"), resource("b", "Started", "db1")), "g")).toBe(
    "db1",
  );
  expect(groupRunsOn(group(resource("a", "Started", "db1"), resource("b", "Stopped")), "g")).toBeUndefined();
  expect(
    groupRunsOn(group(resource("a", "Started", "db1"), resource("b", "Started", "db2")), "g"),
  ).toBeUndefined();
  expect(groupRunsOn(group(resource("a", "Stopping", "db1")), "g")).toBeUndefined();
  expect(groupRunsOn(group(), "g")).toBeUndefined();
  expect(groupRunsOn(status(""), "g")).toBeUndefined();
});

test("the newest completed fencing counts", () => {
  const event = (status: string, completed: string) =>
    `<fence_event target="db2" status="${status}" ${completed === "" ? "" : `completed="${completed}"`}/>`;
  const xml = (...events: string[]) =>
    `<pacemaker-result><fence_history>${events.join("")}</fence_history></pacemaker-result>`;
  expect(
    lastFencing(
      xml(event("failed", "2026-01-01 10:00:00 +01:00"), event("success", "2026-01-01 10:05:00 +01:00")),
    ),
  ).toBe("success");
  expect(lastFencing(xml(event("success", "2026-01-01 10:00:00 +01:00"), event("pending", "")))).toBe(
    "success",
  );
  expect(lastFencing(xml(event("pending", "")))).toBeUndefined();
});
