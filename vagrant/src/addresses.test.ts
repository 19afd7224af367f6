import { expect, test } from "bun:test";
import { addressesOf, bmcAddress, chooseOctet, macOf, networkOf, octetsIn, tapName } from "./addresses.ts";

test("the default lab has the documented addresses", () => {
  expect(chooseOctet("sky", new Set())).toBe(77);
  expect(addressesOf(77, "db1")).toEqual(["10.77.0.11", "10.77.1.11"]);
  expect(addressesOf(77, "arbiter")).toEqual(["10.77.0.13", "10.77.1.13"]);
  expect(bmcAddress(77, "db2")).toBe("10.77.0.102");
  expect(networkOf("sky", 77)).toMatchObject({ vip: "10.77.0.20/24", machine: ["10.77.0.1", "10.77.1.1"] });
});

test("another lab takes the first free octet and leaves 77 alone", () => {
  expect(chooseOctet("b", new Set())).toBe(78);
  expect(chooseOctet("b", new Set([78, 79]))).toBe(80);
  expect(chooseOctet("sky", new Set([77]))).toBe(78);
  expect(chooseOctet("b", new Set(Array.from({ length: 256 }, (_, octet) => octet)))).toBeUndefined();
});

test("octets in use are read from routes and addresses", () => {
  const routes =
    '[{"dst":"10.77.0.0/24","dev":"br"},{"dst":"default","gateway":"10.3.0.1"},{"dst":"192.168.10.0/24"}]';
  expect(octetsIn(routes)).toEqual([77, 3]);
});

test("interface names fit in IFNAMSIZ with the longest prefix, and are distinct", () => {
  const hosts = ["db1", "db2", "arbiter"] as const;
  const names = hosts.flatMap((host) => [tapName("abcdefgh", host, 1), tapName("abcdefgh", host, 2)]);
  expect(
    Math.max(...[...names, ...networkOf("abcdefgh", 78).bridges].map((name) => name.length)),
  ).toBeLessThan(16);
  expect(new Set(names).size).toBe(names.length);
});

test("hardware addresses are locally administered and differ by lab, link and host", () => {
  expect(macOf(77, "db1", 1)).toBe("52:54:00:4d:01:0b");
  expect(
    new Set([macOf(77, "db1", 1), macOf(77, "db1", 2), macOf(77, "db2", 1), macOf(78, "db1", 1)]).size,
  ).toBe(4);
});
