import { expect, test } from "bun:test";
import { type Address, contains, type Link, linkProblem, parseLinks, placeFor } from "./links.ts";

function link(name: string, addresses: readonly string[], changes: Partial<Link> = {}): Link {
  const list = addresses.map((text): Address => {
    const [ip = "", prefix] = text.split("/");
    return { ip, prefix: Number(prefix) };
  });
  return { name, flags: ["UP"], state: "UP", addresses: list, ...changes };
}

test("odd output: what is no address or interface is left out", () => {
  const text = JSON.stringify([
    {},
    null,
    7,
    { ifname: "eth0", addr_info: [{}, null, { family: "inet", local: "192.0.2.1", prefixlen: 24 }] },
    { ifname: "eth1", flags: null, addr_info: "none" },
    { ifname: "eth2", flags: ["UP", 3], operstate: "UP", addr_info: [{ family: "inet6", local: "::1" }] },
  ]);
  expect(parseLinks(text)).toEqual([
    { name: "eth0", flags: [], state: "", addresses: [{ ip: "192.0.2.1", prefix: 24 }] },
    { name: "eth1", flags: [], state: "", addresses: [] },
    { name: "eth2", flags: ["UP", ""], state: "UP", addresses: [] },
  ]);
  for (const nothing of ["", "[]", "[{}]", "{}", "x"]) expect(() => parseLinks(nothing)).toThrow();
});

test("the interface with the narrowest network around the address, those with a link first", () => {
  const ip = "10.1.2.3";
  const any = { ip, nic: undefined, prefix: undefined };
  const wide = link("wide", ["10.0.0.1/8"]);
  const narrow = link("narrow", ["192.0.2.1/24", "10.1.2.1/24"]);
  expect(placeFor(any, [wide, narrow])).toEqual({ nic: "narrow", prefix: 24 });
  expect(placeFor({ ...any, prefix: 30 }, [wide, narrow])).toEqual({ nic: "narrow", prefix: 30 });
  expect(placeFor(any, [wide, { ...narrow, state: "DOWN" }])).toEqual({ nic: "wide", prefix: 8 });
  expect(placeFor({ ...any, nic: "wide" }, [wide, narrow])).toEqual({ nic: "wide", prefix: 8 });
  // Another virtual address with a prefix of its own is no network to belong to.
  expect(placeFor(any, [link("vip", ["10.1.2.3/32", "0.0.0.0/0"])])).toContain("no interface");
});

test("networks", () => {
  expect(contains({ ip: "10.1.2.1", prefix: 24 }, "10.1.2.255")).toBe(true);
  expect(contains({ ip: "10.1.2.1", prefix: 24 }, "10.1.3.1")).toBe(false);
  expect(contains({ ip: "200.0.0.1", prefix: 1 }, "128.0.0.1")).toBe(true);
  expect(contains({ ip: "200.0.0.1", prefix: 30 }, "200.0.0.4")).toBe(false);
});

test("links that carry nothing", () => {
  expect(linkProblem(link("lo", [], { state: "UNKNOWN" }))).toBeUndefined();
  expect(linkProblem(link("e", [], { flags: [] }))).toContain("is down");
  expect(linkProblem(link("e", [], { state: "LOWERLAYERDOWN" }))).toContain("no link");
  expect(linkProblem(link("e", [], { flags: ["UP", "NO-CARRIER"] }))).toContain("no link");
});
