import { expect, test } from "bun:test";
import { longestGap } from "./writer.ts";

test("the longest gap counts the wait that has not ended, and what began before the cut", () => {
  expect(longestGap([0, 100, 200, 5200, 5300], 1000, 5400)).toBe(5);
  expect(longestGap([0, 100], 50, 9100)).toBe(9);
  expect(longestGap([0, 9000, 9100, 9200], 9050, 9300)).toBe(0.1);
  expect(longestGap([], 0, 1000)).toBe(0);
});
