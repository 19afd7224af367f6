import { afterAll, expect, test } from "bun:test";
import { createBench } from "../testing/bench.ts";
import type { containerParameters } from "./parameters.ts";

const bench = createBench();
afterAll(() => bench.clean());

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
