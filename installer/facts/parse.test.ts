import { expect, test } from "bun:test";
import * as parse from "./parse.ts";

test("os-release, quoted and not", () => {
  const text =
    'PRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID=9.4\n';
  expect(parse.parseOsRelease(text)).toEqual({
    id: "rocky",
    idLike: ["rhel", "centos", "fedora"],
    versionId: "9.4",
    prettyName: "Rocky Linux 9.4 (Blue Onyx)",
  });
});

test("only installed packages count: a removed one keeps its configuration and its line", () => {
  const text = "installed\tbash\t5.2\nconfig-files\tpacemaker\t2.1.5\nnot-installed\tpcs\t\n";
  expect([...parse.parseDpkgQuery(text)]).toEqual([["bash", "5.2"]]);
});

test("addresses of ip -j, with the empty objects `show to` prints", () => {
  const text = `[{},{"ifname":"vec0","mtu":1500,"addr_info":[{"family":"inet","local":"10.77.0.11","prefixlen":24},{},{"family":"inet6","local":"fe80::1","prefixlen":64}]}]`;
  expect(parse.parseIpAddr(text)).toEqual([
    { interface: "vec0", address: "10.77.0.11", prefix: 24, mtu: 1500 },
  ]);
});

test("listening ports, IPv4, IPv6 and with an interface", () => {
  const text = [
    "LISTEN 0 128 0.0.0.0:22 0.0.0.0:*",
    "LISTEN 0 128 [::]:2224 [::]:*",
    "LISTEN 0 5 127.0.0.53%lo:53 0.0.0.0:*",
  ].join("\n");
  expect([...parse.parseListening(text)]).toEqual([22, 2224, 53]);
});

test("a neighbour answers only with a link-layer address", () => {
  expect(
    parse.parseNeighbour('[{"dst":"10.0.0.9","dev":"e","lladdr":"52:54:00:00:00:01","state":["REACHABLE"]}]'),
  ).toBe("52:54:00:00:00:01");
  expect(parse.parseNeighbour('[{"dst":"10.0.0.9","dev":"e","state":["FAILED"]}]')).toBeUndefined();
  expect(
    parse.parseNeighbour('[{"dst":"10.0.0.9","lladdr":"52:54:00:00:00:01","state":["FAILED"]}]'),
  ).toBeUndefined();
  expect(parse.parseNeighbour("")).toBeUndefined();
});

test("units: absent ones have no file state", () => {
  const text =
    "Id=corosync.service\nActiveState=active\nUnitFileState=enabled\n\nId=x.service\nActiveState=inactive\nUnitFileState=\n";
  const units = parse.parseUnits(text);
  expect(units.get("corosync.service")).toEqual({ active: "active", file: "enabled" });
  expect(units.get("x.service")).toEqual({ active: "inactive", file: "" });
});

test("losetup prints nothing when there is no loop device", () => {
  expect(parse.parseLosetup("").size).toBe(0);
  const text = '{"loopdevices":[{"name":"/dev/loop9","back-file":"/data/drbd.img"}]}';
  expect(parse.parseLosetup(text).get("/dev/loop9")).toBe("/data/drbd.img");
});

test("df and blkid", () => {
  expect(parse.parseDf("   Avail   1B-blocks\n 1000  5000\n")).toEqual({ freeBytes: 1000, totalBytes: 5000 });
  expect(parse.parseBlkid("DEVNAME=/dev/x\nTYPE=xfs\nUSAGE=filesystem\n").get("TYPE")).toBe("xfs");
});

test.each([
  ["os-release", () => parse.parseOsRelease("")],
  ["dpkg-query", () => parse.parseDpkgQuery("")],
  ["rpm", () => parse.parseRpmQuery("")],
  ["ip", () => parse.parseIpAddr("")],
  ["ip with another shape", () => parse.parseIpAddr('{"a":1}')],
  ["systemctl", () => parse.parseUnits("")],
  ["df", () => parse.parseDf("")],
  ["losetup", () => parse.parseLosetup("losetup: error")],
])("%s: output that says nothing is not read as absent", (_name, action) => {
  expect(action).toThrow();
});
