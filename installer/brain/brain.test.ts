import { expect, test } from "bun:test";
import type { Argv, ExecResult, Host } from "../../core/host.ts";
import { captured } from "../../fixtures/captured/read.ts";
import { testConfig } from "../testing/facts.ts";
import { runBrain } from "./command.ts";
import { instructions } from "./evidence.ts";

const ok = (stdout: string, code = 0): ExecResult => ({ code, stdout, stderr: "", timedOut: false });

async function brain(states: Record<string, string | undefined>, words: string[] = []) {
  const config = testConfig(...words);
  const ran: string[] = [];
  let out = "";
  const write = (text: string) => {
    out += text;
  };
  const host = (name: string): Host => ({
    name,
    address: "",
    async exec(argv: Argv) {
      ran.push(argv.join(" "));
      if (argv[0] === "crm_mon") return ok(captured("pacemaker-2.1.5/healthy/crm_mon.xml"));
      if (argv[0] === "drbdadm") return ok("A1B2C3D4E5F60718:0000000000000000:0:0:1:1\n");
      if (argv[0] === "journalctl")
        return ok(
          "2026-11-21T10:00:00+0000 db1 kernel: drbd skydata/0 drbd1: role( Secondary -> Primary )\n",
        );
      return ok("", 1);
    },
    read: async (path) => {
      const state = states[name];
      return path === "/proc/drbd" && state !== undefined ? captured(`drbd-8.4.11/${state}.proc`) : undefined;
    },
    write: () => Promise.reject(new Error("brain writes nothing")),
    upload: () => Promise.reject(new Error("brain uploads nothing")),
    close: async () => {},
  });
  const code = await runBrain({
    config,
    members: config.hosts.map((each) => ({ config: each, host: host(each.name) })),
    io: { out: write, err: write, terminal: false, env: {} },
    probe: async () => ({ result: "open", ms: 1 }),
  });
  return { code: code as number, out, ran };
}

const SPLIT = { db1: "split-brain-primary", db2: "split-brain-secondary" };

test("a split brain: both columns, both choices, nothing done", async () => {
  const { code, out, ran } = await brain(SPLIT);
  expect(code).toBe(0);
  expect(out).toContain("StandAlone");
  expect(out).toContain("To keep the copy of db1 and give up what only db2 has");
  expect(out).toContain("To keep the copy of db2 and give up what only db1 has");
  expect(out).toContain("Secondary -> Primary");
  expect(ran.join("\n")).not.toMatch(/connect|discard|down|secondary|stop/);
});

test("no split brain: says so, and what it is instead; offers no way to give anything up", async () => {
  const { code, out } = await brain({ db1: "healthy-primary", db2: "healthy-secondary" });
  expect(code).toBe(0);
  expect(out).toContain("no split brain");
  expect(out).not.toContain("discard");
});

test("a disconnection by hand is no split brain", async () => {
  const { out } = await brain({ db1: "peer-disconnected", db2: "standalone-secondary" });
  expect(out).toContain("no split brain");
  expect(out).not.toContain("discard");
});

test("the copy is saved before it is given up, and DRBD is down while it is", () => {
  for (const words of [[], ["lv_master=/dev/vg/a", "lv_slave=/dev/vg/b"]]) {
    const commands = instructions(testConfig(...words), "db1", "db2").map(({ command }) => command);
    const at = (part: string) => commands.findIndex((command) => command.includes(part));
    expect(at("down")).toBeGreaterThanOrEqual(0);
    expect(at("given-up")).toBeGreaterThan(at("down"));
    expect(at("discard-my-data")).toBeGreaterThan(at("given-up"));
  }
});

test("what is discarded is only ever the copy of the host that was given up", () => {
  const lines = instructions(testConfig(), "db1", "db2");
  expect(lines.filter(({ command }) => command.includes("discard")).map(({ on }) => on)).toEqual(["db2"]);
  expect(lines.filter(({ on }) => on === "db1").map(({ command }) => command)).toEqual([
    "drbdadm connect skydata",
  ]);
});
