import { expect, test } from "bun:test";
import { numberText } from "../filesystem/volume.ts";
import { mountAt, mountsUpTo, parseMountinfo } from "./mounts.ts";

test("reads mountinfo with any number of optional fields, and escapes", () => {
  const text = [
    "36 35 147:1 / /drbd rw,noatime - xfs /dev/drbd1 rw,attr2",
    "37 36 0:45 /sub /drbd/a\\040b\\134c rw shared:1 master:2 propagate_from:3 - btrfs /dev/sdb rw,subvol=/sub",
    "38 35 0:5 / /proc rw - proc  rw",
    "",
    "nonsense",
    "39 35 0:6 / /x rw - ",
  ].join("\n");
  expect(parseMountinfo(text)).toEqual([
    {
      number: "147:1",
      point: "/drbd",
      options: ["rw", "noatime"],
      fstype: "xfs",
      source: "/dev/drbd1",
      superOptions: ["rw", "attr2"],
    },
    {
      number: "0:45",
      point: "/drbd/a b\\c",
      options: ["rw"],
      fstype: "btrfs",
      source: "/dev/sdb",
      superOptions: ["rw", "subvol=/sub"],
    },
    { number: "0:5", point: "/proc", options: ["rw"], fstype: "proc", source: "", superOptions: ["rw"] },
  ]);
});

test("the last mount on a directory covers the others; neighbours with a longer name are not below it", () => {
  const line = (point: string, source: string) => `1 0 8:1 / ${point} rw - xfs ${source} rw`;
  const mounts = parseMountinfo(
    [line("/d", "one"), line("/d/x", "two"), line("/d", "three"), line("/dd", "four")].join("\n"),
  );
  expect(mountAt(mounts, "/d")?.source).toBe("three");
  expect(mountsUpTo(mounts, "/d").map(({ source }) => source)).toEqual(["two", "three", "one"]);
});

test("device numbers beyond 8 bits", () => {
  expect(numberText(0x103n)).toBe("1:3");
  expect(numberText((259n << 8n) | 0x12n | (0x345n << 20n))).toBe("259:214290");
});
