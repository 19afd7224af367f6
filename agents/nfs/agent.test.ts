import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nfsAgent } from "./agent.ts";

const root = join(import.meta.dir, "../..");

/** After a wanted change: bun agents/testing/update.ts */
test("the meta-data is the reviewed one", () => {
  expect(nfsAgent.metadata()).toBe(readFileSync(join(import.meta.dir, "meta-data.xml"), "utf8"));
});

test("the manual page is current", () => {
  expect(nfsAgent.documentation()).toBe(readFileSync(join(root, "docs/agents/nfs.md"), "utf8"));
});

test.skipIf(!existsSync("/usr/bin/xmllint"))("the meta-data is well formed", () => {
  const done = spawnSync("xmllint", ["--noout", "--nonet", "-"], { input: nfsAgent.metadata() });
  expect(done.stderr.toString()).toBe("");
});
