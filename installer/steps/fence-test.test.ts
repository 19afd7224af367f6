import { expect, test } from "bun:test";
import type { ApplyContext } from "../../core/change.ts";
import type { Host } from "../../core/host.ts";
import { captured } from "../../fixtures/captured/read.ts";
import { bareHost, pairFacts, testConfig } from "../testing/facts.ts";
import { testFencing } from "./fence-test.ts";

/** Two hosts that take down in one list what is run on either of them. */
function pair(afterSync = "healthy") {
  const ran: string[] = [];
  const host = (name: string): Host => ({
    name,
    address: "10.0.0.1",
    async exec(argv) {
      ran.push(`${name} ${argv.join(" ")}`);
      const stdout =
        argv[0] === "crm_mon"
          ? captured(`pacemaker-2.1.5/${ran.includes("db2 sync") ? afterSync : "healthy"}/crm_mon.xml`)
          : "";
      return { code: 0, stdout, stderr: "", timedOut: false };
    },
    read: async (path) =>
      path === "/proc/drbd"
        ? captured(`drbd-8.4.11/healthy-${name === "db1" ? "primary" : "secondary"}.proc`)
        : undefined,
    write: async (path) => void ran.push(`${name} write ${path}`),
    upload: () => Promise.reject(new Error("not in this test")),
    close: async () => {},
  });
  const hosts = [host("db1"), host("db2")];
  const context: ApplyContext = {
    hosts,
    host(name) {
      const found = hosts.find((each) => each.name === name);
      if (!found) throw new Error(name);
      return found;
    },
    progress: () => {},
  };
  return { ran, context };
}

const change = testFencing.plan(testConfig(), pairFacts(bareHost("db1"), bareHost("db2")))[0];

test("the passive host is fenced, after what was written there is on its disk", async () => {
  const { ran, context } = pair();
  await change?.apply(context);
  const acts = ran.filter((line) => !line.includes("crm_mon"));
  expect(acts[0]).toBe("db2 sync");
  expect(acts[1]).toStartWith("db1 stonith_admin --reboot db2");
});

test("services that have left for the host that was to be fenced: nobody is", async () => {
  const { ran, context } = pair("moved-by-rule");
  await expect(change?.apply(context)).rejects.toThrow("nothing was powered off");
  expect(ran.filter((line) => line.includes("stonith_admin"))).toEqual([]);
});
