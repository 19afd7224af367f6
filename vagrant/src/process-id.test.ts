import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { identify, isAlive, killTree, parseStat, treeOf } from "./process-id.ts";

test("the command name in /proc/PID/stat may hold spaces and parentheses", () => {
  const rest = ["S", "1", ...Array<string>(17).fill("0"), "4711", "0"].join(" ");
  expect(parseStat(`12 (a) b) ${rest}`)).toEqual({ state: "S", start: "4711" });
  expect(parseStat("")).toBeUndefined();
});

test("a process is not taken for a later one with the same number", () => {
  const self = identify(process.pid);
  if (self === undefined) throw new Error("no /proc entry of our own");
  expect(isAlive(self)).toBe(true);
  expect(isAlive({ ...self, start: `${Number(self.start) + 1}` })).toBe(false);
  expect(isAlive({ ...self, boot: "another boot" })).toBe(false);
});

test("killTree ends a process and its children, and never a stranger with its number", async () => {
  const child = spawn("sh", ["-c", "sleep 60 & echo ready; wait"], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  const id = identify(child.pid ?? 0);
  if (id === undefined) throw new Error("child is gone");
  const members = treeOf(id.pid).map(identify);
  expect(members).toHaveLength(2);

  await killTree({ ...id, start: "1" });
  expect(isAlive(id)).toBe(true);

  await killTree(id);
  expect(members.some((member) => member !== undefined && isAlive(member))).toBe(false);
});
