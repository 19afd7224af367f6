import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parseConfig } from "../config/load.ts";
import { configPage } from "../config/pages.ts";
import { configFromSeed } from "../config/seed.ts";
import { WORDS } from "../testing/facts.ts";
import { runCli } from "./app.ts";

async function run(...args: string[]) {
  let out = "";
  let err = "";
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    terminal: false,
    env: {},
  };
  return { code: await runCli(args, io), out, err };
}

test("without words it prints the commented example, which is valid", async () => {
  const { code, out } = await run("init");
  expect(code).toBe(0);
  expect(out).toBe(readFileSync("examples/skyha.yaml", "utf8"));
});

test("the words of install become a file that means the same", async () => {
  const words = [
    ...WORDS,
    "pcs=yes",
    "engine=podman",
    "drbd_size=2000",
    "link2_master=10.1.0.1",
    "link2_slave=10.1.0.2",
  ];
  const { code, out } = await run("init", ...words);
  expect(code).toBe(0);
  expect(parseConfig(out, "out")).toEqual(configFromSeed(words));
});

test("a wrong word is one line, and nothing that could be taken for a file", async () => {
  const { code, out, err } = await run("init", ...WORDS, "vip=1.2.3.4");
  expect(code).toBe(2);
  expect(out).toBe("");
  expect(err).toContain("vip: unknown key");
});

test("the schema is JSON, closed against misspelt keys, with a text for every key", async () => {
  const { code, out } = await run("schema");
  expect(code).toBe(0);
  const schema: { properties: Record<string, unknown>; required: string[]; additionalProperties: boolean } =
    JSON.parse(out);
  expect(schema.additionalProperties).toBe(false);
  expect(schema.required.toSorted()).toEqual(["data_dir", "hosts", "vip"]);
});

// After a wanted change: bun installer/config/update.ts, then look at the difference.
test("docs/config.md is the reviewed page, and every key has its text", () => {
  expect(configPage()).toBe(readFileSync("docs/config.md", "utf8"));
  const silent = configPage()
    .split("\n")
    .filter((line) => line.startsWith("| `") && line.endsWith("|  |"));
  expect(silent).toEqual([]);
});
