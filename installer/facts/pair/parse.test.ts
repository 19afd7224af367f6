import { describe, expect, test } from "bun:test";
import { captured } from "../../../fixtures/captured/read.ts";
import {
  parseCfgtool,
  parseContainers,
  parseDfPaths,
  parseDu,
  parseEtab,
  parseIsActive,
  parseMounts,
  parseNfsClients,
  parseQuorumtool,
} from "./parse.ts";

test.each(["2.1.5", "3.0.0"])("Corosync beside Pacemaker %s: a peer that is gone", (release) => {
  const links = parseCfgtool(captured(`pacemaker-${release}/peer-fenced/corosync-cfgtool.txt`));
  expect(links).toEqual([{ id: 0, address: "10.99.0.12", peers: [{ nodeId: 1, connected: false }] }]);
  expect(parseQuorumtool(captured(`pacemaker-${release}/peer-fenced/corosync-quorumtool.txt`))).toEqual({
    quorate: true,
    expectedVotes: 2,
    totalVotes: 1,
    device: undefined,
  });
});

test("two links, and the quorum device's vote or its lack", () => {
  const link = (id: number, state: string) =>
    `LINK ID ${id} udp\n\taddr\t= 10.0.${id}.1\n\tstatus:\n\t\tnodeid:          1:\tlocalhost\n\t\tnodeid:          2:\t${state}\n`;
  const links = parseCfgtool(
    `Local node ID 1, transport knet\n${link(0, "connected")}${link(1, "disconnected")}`,
  );
  expect(links.map((item) => item.peers[0]?.connected)).toEqual([true, false]);
  const votes = (row: string) =>
    parseQuorumtool(
      `Quorate:          Yes\nExpected votes:   3\n\n    Nodeid      Votes    Qdevice Name\n         1          1    A,V,NMW db1 (local)\n${row}`,
    ).device;
  expect(votes("         0          1            Qdevice\n")).toBe(true);
  expect(votes("         0          0            Qdevice (votes 1)\n")).toBe(false);
});

describe("text that is not understood is an error, never an empty answer", () => {
  test.each([
    ["corosync-cfgtool", () => parseCfgtool("")],
    ["corosync-cfgtool without links", () => parseCfgtool("Local node ID 1, transport knet\n")],
    ["corosync-quorumtool", () => parseQuorumtool("Cannot initialize CMAP service\n")],
    ["df", () => parseDfPaths("Mounted on\ndf: something\n")],
    ["mounts", () => parseMounts("", "/drbd")],
    ["mounts, absent", () => parseMounts(undefined, "/drbd")],
    ["du", () => parseDu("what\n")],
    ["etab", () => parseEtab("garbage\n")],
    ["systemctl", () => parseIsActive("", ["corosync"])],
    ["systemctl, too few", () => parseIsActive("active\n", ["corosync", "pacemaker"])],
    ["engine", () => parseContainers("Cannot connect to the Docker daemon\n")],
  ])("%s", (_name, parse) => {
    expect(parse).toThrow();
  });
});

test("the last mount on a path counts; a path that only begins alike is another one", () => {
  const table = "a / ext4 rw 0 0\nb /drbd xfs rw 0 0\nc /drbd xfs rw 0 0\nd /drbd2 xfs rw 0 0\n";
  expect(parseMounts(table, "/drbd")).toBe("c");
  expect(parseMounts(table, "/data")).toBeUndefined();
});

test("podman's names are a list; clients are named once", () => {
  expect(
    parseContainers('{"Names":["redis"],"Image":"redis:7","State":"Exited","Status":"Exited (0)"}\n'),
  ).toEqual([{ name: "redis", image: "redis:7", state: "exited", status: "Exited (0)" }]);
  expect(
    parseNfsClients('address: "10.0.0.9:700"\naddress: "10.0.0.9:701"\naddress: "10.0.0.8:1"\n'),
  ).toEqual(["10.0.0.8", "10.0.0.9"]);
  expect(parseNfsClients("")).toEqual([]);
  expect(parseEtab(undefined)).toEqual([]);
  expect(parseEtab("/drbd/x\t*(rw)\n")).toEqual([{ path: "/drbd/x", client: "*" }]);
});
