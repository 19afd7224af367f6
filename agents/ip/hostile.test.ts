import { afterEach, beforeEach, expect, test } from "bun:test";
import { createLinkBench, type LinkBench } from "./fake-links.ts";

/** Tools that do not answer, and parameters that are none. */

const probe = { OCF_RESKEY_CRM_meta_interval: "0" };
let host: LinkBench;
beforeEach(() => {
  host = createLinkBench();
});
afterEach(() => host.bench.clean());

const act: LinkBench["act"] = (...call) => host.act(...call);
const set: LinkBench["set"] = (...file) => host.set(...file);
const unset: LinkBench["unset"] = (file) => host.unset(file);
const read: LinkBench["read"] = (file) => host.read(file);

test("an ip tool that fails, hangs, is missing or says nothing sensible is never proof of absence", async () => {
  const check = async (env: Record<string, string> = {}) => {
    for (const action of ["monitor", "stop", "start"]) {
      for (const more of action === "monitor" ? [{}, probe] : [{}]) {
        const ended = await act(action, {}, { ...env, ...more });
        expect([1, 5]).toContain(ended.code);
        if (action !== "start") expect(ended.code).toBe(1);
        expect(ended.reason).toBeTruthy();
        expect(ended.reason).not.toContain("internal error");
        expect(ended.ms).toBeLessThan(950);
      }
    }
  };
  set("fail");
  await check();
  unset("fail");
  for (const output of ["", "[]", "{}", "[{}]", "null", "Usage: ip", '[{"ifname":7}]', "[[[", '"text"']) {
    set("output", output);
    await check();
  }
  unset("output");
  set("hang");
  await check({ OCF_RESKEY_CRM_meta_timeout: "900" });
}, 30_000);

test("an ip tool that cannot be run at all", async () => {
  host.program("ip", "#!/nowhere/interpreter\n");
  expect((await act("monitor", {}, probe)).code).toBe(1);
});

const HOSTILE = [
  "a b",
  "; reboot",
  "$(reboot)",
  "`id`",
  "'",
  '"',
  "1.2.3.4\nx",
  "--force",
  "-batch",
  "a|b",
  "../x",
  "*",
];
for (const [name, more] of [
  ["ip", ["1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4/24", "::1", "0.0.0.0", "224.0.0.1", "255.255.255.255"]],
  ["nic", ["eth0 label x", "x".repeat(16), "a/b", "eth0:1"]],
  ["prefix", ["0", "33", "24; reboot", "-1"]],
  ["arp_count", ["-1", "1e3"]],
] as const) {
  test(`${name} is refused when it is none`, async () => {
    for (const value of [...HOSTILE, ...more]) {
      for (const action of ["start", "monitor", "validate-all"]) {
        const ended = await act(action, { [name]: value });
        expect({ value, code: ended.code }).toEqual({ value, code: 6 });
        expect(ended.reason).toStartWith(name);
      }
    }
    expect(read("calls")).toEqual([]);
    expect((await act("stop", { [name]: "; reboot" })).code).toBe(0);
  });
}
