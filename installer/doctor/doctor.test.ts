import { expect, test } from "bun:test";
import { bareHost, MACHINE, pairFacts, testConfig } from "../testing/facts.ts";
import { world } from "../testing/world.ts";
import { runDoctor } from "./command.ts";

const hostsOf = (...hosts: Parameters<typeof pairFacts>) => pairFacts(...hosts).hosts;

async function doctor(facts: Parameters<typeof runDoctor>[0]["facts"], state = "healthy", json = false) {
  let out = "";
  const write = (text: string) => {
    out += text;
  };
  const { ran, hosts } = world(state, state);
  const code: number = await runDoctor({
    config: testConfig(),
    hosts,
    facts,
    io: { out: write, err: write, terminal: false, env: {} },
    json,
    probe: async () => ({ result: "open", ms: 1 }),
  });
  return { code, out, ran };
}

const BUILT = {
  known: { "/etc/corosync/corosync.conf": "totem {\n    cluster_name: skycluster\n}\n" },
  cib: `<cib><configuration><resources><clone id="drbd-cluster"/><x id="skyfs"/><x id="postgres"/><x id="redis"/><x id="bstkd"/></resources></configuration></cib>`,
};

test("two bare hosts that will do: every check by name, and nothing of a pair that is not there", async () => {
  const { code, out } = await doctor(hostsOf(bareHost("db1"), bareHost("db2")));
  expect(code).toBe(0);
  expect(out).not.toContain("NO");
  expect(out).toContain("the clocks agree");
  expect(out).not.toContain("the running pair");
});

test("each problem stands below its check, with the host and what to type; all are found at once", async () => {
  const facts = hostsOf(
    bareHost("db1", { hostname: "web1", listening: new Set([5432]) }),
    bareHost("db2", { drbdModule: undefined }),
  );
  const { code, out } = await doctor(facts);
  expect(code).toBe(1);
  expect(out.match(/^ *NO/gm)).toHaveLength(3);
  expect(out).toMatch(
    /NO +each host has the name.*\n +db1: the host is called web1.*\n +-> hostnamectl set-hostname db1/,
  );
  expect(out).toMatch(/NO +the kernel has DRBD\n +db2: /);
});

test("a pair that is built is looked at as well, and not touched", async () => {
  const facts = hostsOf(bareHost("db1", BUILT), bareHost("db2", BUILT));
  const well = await doctor(facts);
  const ill = await doctor(facts, "fencing-failed");
  expect(ill.code).toBe(1);
  expect(ill.out).toMatch(/NO +the running pair\n/);
  expect([...well.ran, ...ill.ran]).toEqual([]);
});

test("--json: one object per check", async () => {
  const { out } = await doctor(
    hostsOf(bareHost("db1", { hostname: "web1" }), bareHost("db2")),
    "healthy",
    true,
  );
  const lines: { id: string; ok: boolean }[] = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.filter(({ ok }) => !ok).map(({ id }) => id)).toEqual(["name"]);
});

test("a warning is no failure, what is not known is not fine, and neither is printed as ok", async () => {
  const restored = { ...MACHINE, liveRestore: { value: true } };
  const silent = { ...MACHINE, selinux: { unknown: "cat gave no answer in time" } };
  const facts = hostsOf(bareHost("db1", { machine: restored }), bareHost("db2", { machine: silent }));
  const { code, out } = await doctor(facts);
  expect(code).toBe(0);
  // Titles stand below each other, whatever the word before them.
  expect(new Set(out.match(/^ *(ok|look|\?) +(?=\S)/gm)?.map((start) => start.length)).size).toBe(1);
  expect(out).toMatch(/look +containers end with their engine\n +db1: docker has live-restore/);
  expect(out).toMatch(
    /\? +SELinux is not in the way\n +db2: not known: SELinux \(cat gave no answer in time\)/,
  );
  const { out: json } = await doctor(facts, "healthy", true);
  const lines: { id: string; ok: boolean; result: string }[] = json
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.filter(({ ok }) => !ok).map(({ id, result }) => [id, result])).toEqual([
    ["selinux", "unknown"],
    ["live-restore", "warning"],
  ]);
});
