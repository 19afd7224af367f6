import { expect, test } from "bun:test";
import { lostBytes } from "./nfs.ts";

test("only acknowledged lines can be lost, torn lines do not count as present", () => {
  const line = (number: number) => `${String(number).padStart(11, "0")}\n`;
  expect(lostBytes(line(0) + line(1) + line(2), 3)).toBe(0);
  expect(lostBytes(line(0) + line(2), 3)).toBe(12);
  expect(lostBytes(line(0) + line(1), 1)).toBe(0);
  expect(lostBytes(`${line(0)}0000`, 2)).toBe(12);
});
