import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { parseConfig } from "./load.ts";

const files = readdirSync("examples").filter((name) => name.endsWith(".yaml"));

test("there are examples", () => {
  expect(files.length).toBeGreaterThan(0);
});

test.each(files)("examples/%s is valid", (name) => {
  expect(parseConfig(readFileSync(`examples/${name}`, "utf8"), name).hosts).toHaveLength(2);
});
