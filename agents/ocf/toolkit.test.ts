import { expect, test } from "bun:test";
import { Ocf } from "./codes.ts";
import { defineAgent } from "./define.ts";
import { OcfError, success } from "./outcome.ts";
import { realSystem, type System } from "./system.ts";
import { defineParameters, type ParametersOf, toInstanceAttributes } from "./table.ts";
import { readValues } from "./values.ts";

const table = defineParameters({
  image: {
    type: "string",
    required: true,
    pattern: /^[a-z]+$/,
    patternText: "letters",
    short: "s",
    long: "l",
  },
  mode: { type: "string", default: "slow", oneOf: ["slow", "fast"], short: "s", long: "l" },
  port: { type: "integer", min: 1, max: 65535, short: "s", long: "l" },
  wait: { type: "integer", unit: "s", default: 5, short: "s", long: "l" },
  strict: { type: "boolean", default: false, short: "s", long: "l" },
});

const hang = () => new Promise<never>(() => {});
const agent = defineAgent({
  name: "toy",
  version: "1",
  short: "s",
  long: "l",
  parameters: table,
  operations: [
    { name: "start", timeout: 20 },
    { name: "stop", timeout: 20 },
    { name: "monitor", timeout: 20, interval: 10 },
  ],
  actions: {
    start: async ({ parameters, secrets }) => {
      secrets.add("hunter22");
      throw new OcfError(Ocf.generic, `cannot ${parameters.mode} with hunter22`);
    },
    stop: async ({ deadline }) => deadline.during("the moon", hang),
    monitor: hang,
    promote: async () => {
      throw new TypeError("a bug");
    },
  },
  checkHost: async () => ({ code: Ocf.installed, reason: "looked at the host" }),
});

let stderr = "";
const system = (env: NodeJS.ProcessEnv): System => ({
  ...realSystem(env),
  stderr: (text) => {
    stderr += text;
  },
});

function invoke(action: string, env: Record<string, string> = {}) {
  stderr = "";
  const all = { OCF_RESKEY_image: "img", ...env };
  return agent.invoke({ action, env: all, system: system(all) });
}

test("actions an agent lacks are not supported", async () => {
  for (const action of ["demote", "migrate_to", "", "toString"]) {
    expect((await invoke(action)).code).toBe(Ocf.unimplemented);
  }
});

test("another major version of the API is an error", async () => {
  expect((await invoke("validate-all", { OCF_RA_VERSION_MAJOR: "2" })).code).toBe(Ocf.generic);
  expect((await invoke("validate-all", { OCF_RA_VERSION_MAJOR: "1" })).code).toBe(Ocf.success);
});

test("validate-all looks at the host only from level 10 on, and is silent", async () => {
  expect(await invoke("validate-all")).toEqual(success);
  expect(stderr).toBe("");
  expect((await invoke("validate-all", { OCF_CHECK_LEVEL: "9" })).code).toBe(Ocf.success);
  expect((await invoke("validate-all", { OCF_CHECK_LEVEL: "10" })).code).toBe(Ocf.installed);
  expect((await invoke("validate-all", { OCF_RESKEY_OCF_CHECK_LEVEL: "20" })).code).toBe(Ocf.installed);
});

const WRONG: readonly [name: string, value: string][] = [
  ["image", ""],
  ["image", "A b"],
  ["image", "two\nlines"],
  ["mode", "medium"],
  ["port", "0"],
  ["port", "1.5"],
  ["port", "0x10"],
  ["wait", "5m"],
  ["strict", "maybe"],
];
for (const [name, value] of WRONG) {
  test(`${name}=${JSON.stringify(value)} is wrong everywhere, and named`, async () => {
    const outcome = await invoke("validate-all", { [`OCF_RESKEY_${name}`]: value });
    expect(outcome.code).toBe(Ocf.configured);
    expect(outcome.reason).toStartWith(name);
  });
}

test("values are read by type, with defaults", () => {
  const env = { OCF_RESKEY_image: "img", OCF_RESKEY_wait: "30s", OCF_RESKEY_strict: "Yes" };
  expect(readValues(table, env).values).toEqual({
    image: "img",
    mode: "slow",
    port: undefined,
    wait: 30,
    strict: true,
  });
});

test("an action that waits for ever ends before its time-out and says for what", async () => {
  const began = performance.now();
  const stop = await invoke("stop", { OCF_RESKEY_CRM_meta_timeout: "600" });
  expect(stop).toEqual({ code: Ocf.generic, reason: "the moon: no answer in 0.3 s" });
  const monitor = await invoke("monitor", { OCF_RESKEY_CRM_meta_timeout: "600" });
  expect(monitor.reason).toContain("monitor gave up before its time-out of 0.6 s");
  expect(performance.now() - began).toBeLessThan(1100);
});

test("secrets are masked in reasons", async () => {
  expect((await invoke("start")).reason).toBe("cannot slow with ******");
});

test("a bug ends as a failure with its stack in the log", async () => {
  expect(await invoke("promote")).toEqual({ code: Ocf.generic, reason: "internal error: a bug" });
  expect(stderr).toContain("toolkit.test.ts");
});

test("traces only when asked to", async () => {
  await invoke("start");
  expect(stderr).toBe("");
  await invoke("start", { OCF_TRACE_RA: "1", OCF_TRACE_FILE: "/dev/stderr" });
  expect(stderr).toStartWith("TRACE: ");
});

test("instance attributes follow the table and leave defaults to the agent", () => {
  const given: ParametersOf<typeof table> = { strict: true, image: "img", port: 5432 };
  expect(toInstanceAttributes(table, given)).toEqual([
    { name: "image", value: "img" },
    { name: "port", value: "5432" },
    { name: "strict", value: "true" },
  ]);
});
