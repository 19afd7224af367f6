import { expect, test } from "bun:test";
import { descent, type Generations, parseGenerations } from "./generations.ts";

const id = (digit: string) => digit.repeat(15).padEnd(16, "0");
const copy = (current: string, bitmap: string, ...history: string[]): Generations => ({
  current: id(current),
  bitmap: bitmap === "" ? "0".repeat(16) : id(bitmap),
  history: [...history.map(id), "0".repeat(16), "0".repeat(16)].slice(0, 2),
});

test("what drbdadm get-gi prints, the bit of a primary left out", () => {
  const text = "A1B2C3D4E5F60719:0000000000000000:1111111111111111:2222222222222222:1:1:1:0:0:0:0\n";
  expect(parseGenerations(text)).toEqual({
    current: "A1B2C3D4E5F60718",
    bitmap: "0000000000000000",
    history: ["1111111111111110", "2222222222222222"],
  });
  for (const other of ["", "no resources defined", "A1B2:0000", "A1B2C3D4E5F60719:0000000000000000\n"])
    expect(parseGenerations(other)).toBeUndefined();
});

test.each([
  ["one and the same", copy("A", ""), copy("A", ""), "same"],
  ["written here since the other left", copy("B", "A"), copy("A", ""), "first-newer"],
  ["written there since", copy("A", ""), copy("B", "A"), "second-newer"],
  ["written here in two turns", copy("C", "B", "A"), copy("A", ""), "first-newer"],
  ["both written since they were one", copy("B", "A"), copy("C", "A"), "diverged"],
  ["both, and one of them in two turns", copy("B", "A"), copy("D", "C", "A"), "diverged"],
  ["two volumes that were never one", copy("A", ""), copy("B", ""), "unrelated"],
  ["no identifier in common but the empty one", copy("A", "C"), copy("B", "D"), "unrelated"],
] as const)("%s", (_what, first, second, wanted) => {
  expect(descent(first, second)).toBe(wanted);
});
