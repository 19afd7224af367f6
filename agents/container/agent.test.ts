import { afterAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createBench } from "../testing/bench.ts";
import { containerAgent } from "./agent.ts";
import type { containerParameters } from "./parameters.ts";

const bench = createBench();
afterAll(() => bench.clean());
const root = join(import.meta.dir, "../..");

/** After a wanted change: bun agents/testing/update.ts */
test("the meta-data is the reviewed one", () => {
  expect(containerAgent.metadata()).toBe(readFileSync(join(import.meta.dir, "meta-data.xml"), "utf8"));
});

test("the manual page is current", () => {
  expect(containerAgent.documentation()).toBe(readFileSync(join(root, "docs/agents/container.md"), "utf8"));
});

test.skipIf(!existsSync("/usr/bin/xmllint"))("the meta-data is well formed", () => {
  const done = spawnSync("xmllint", ["--noout", "--nonet", "-"], { input: containerAgent.metadata() });
  expect(done.stderr.toString()).toBe("");
});

test("the meta-data needs no environment, and nobody else's arguments", async () => {
  const { runAgent } = await import("../registry.ts");
  const { realSystem } = await import("../ocf/system.ts");
  let out = "";
  const system = {
    ...realSystem({}),
    stdout: (text: string) => {
      out += text;
    },
  };
  expect(await runAgent("container", ["meta-data", "extra", "words"], {}, system)).toBe(0);
  expect(out).toContain("<version>1.1</version>");
});

const WRONG: readonly [name: keyof typeof containerParameters, value: string][] = [
  ["image", "-v"],
  ["engine", "lxc"],
  ["engine_host", "tcp://1.2.3.4"],
  ["name", "a/b"],
  ["run_opts", "--gpus all"],
  ["run_opts", "-e 'x"],
  ["run_cmd", "a | b"],
  ["monitor_cmd", "$(id)"],
  ["mount_check", "relative"],
  ["mount_check", "/a/../b"],
  ["monitor_expect", "OK"],
  ["monitor_port", "70000"],
  ["stop_signal", "TERM; reboot"],
];
for (const [name, value] of WRONG) {
  test(`${name}=${value} is refused everywhere`, async () => {
    for (const action of ["validate-all", "start", "monitor"]) {
      const ended = await bench.act(action, { image: "i", [name]: value });
      expect(ended.code).toBe(6);
      expect(ended.reason).toContain(name === "monitor_expect" ? "monitor_port" : name);
    }
  });
}

test("what can never have been started is stopped", async () => {
  const ended = await bench.act("stop", { name: "a/b", image: "i" });
  expect(ended).toMatchObject({ code: 0, reason: undefined });
});

test("a resource whose name cannot be a container's has to name one", async () => {
  const ended = await bench.act("start", { image: "i" }, { OCF_RESOURCE_INSTANCE: "data base" });
  expect(ended.code).toBe(6);
  expect(ended.reason).toStartWith("name");
});
