import { expect, test } from "bun:test";
import { bootSector } from "./kvm.ts";

test("the probe is one bootable sector", () => {
  const sector = bootSector();
  expect(sector).toHaveLength(512);
  expect([...sector.subarray(510)]).toEqual([0x55, 0xaa]);
});
