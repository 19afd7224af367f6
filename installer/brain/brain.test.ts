import { expect, test } from "bun:test";
import type { Argv, ExecResult, Host } from "../../core/host.ts";
import { report, SkyhaError } from "../../core/report.ts";
import { captured } from "../../fixtures/captured/read.ts";
import { testConfig } from "../testing/facts.ts";
import { type BrainOptions, runBrain } from "./command.ts";
import { giveUpChanges, savedCopy } from "./give-up.ts";

const ok = (stdout: string, code = 0): ExecResult => ({ code, stdout, stderr: "", timedOut: false });

interface Given {
  readonly words?: string[];
  readonly generations?: Readonly<Record<string, string>>;
  readonly freeBytes?: number;
  readonly unreachable?: string;
  readonly options?: Partial<BrainOptions>;
}

const PARTED: Readonly<Record<string, string>> = { db1: "B", db2: "C" };

/** Hosts that answer as if everything worked; what they are told to do changes nothing. */
async function brain(states: Record<string, string | undefined>, given: Given = {}) {
  const { words = [], generations = PARTED, freeBytes = 1e12, unreachable, options = {} } = given;
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
      const line = argv.join(" ");
      ran.push(`${name} ${line}`);
      if (argv[0] === "crm_mon") return ok(captured("pacemaker-2.1.5/healthy/crm_mon.xml"));
      if (line.includes("get-gi")) {
        const none = "0".repeat(16);
        return ok(`${(generations[name] ?? "A").repeat(16)}:${"A".repeat(16)}:${none}:${none}:1:1:1\n`);
      }
      if (argv[0] === "df") return ok(`Avail Size\n${freeBytes} 2000000000000\n`);
      if (argv[0] === "sh") return ok(`Avail Size\n${freeBytes} 2000000000000\n`);
      if (line.startsWith("stat -c %b")) return ok("2000 512\n");
      if (/^(systemctl is-active pacemaker|test -d)/.test(line)) return ok("active\n");
      if (argv[0] === "journalctl" && line.includes("block drbd1:"))
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
    members: config.hosts.map((each) => ({
      config: each,
      host:
        each.name === unreachable
          ? new SkyhaError([report("brain.unreachable", { hosts: [each.name] })], 3)
          : host(each.name),
    })),
    io: { out: write, err: write, terminal: false, env: {} },
    probe: async () => ({ result: "open", ms: 1 }),
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
    ...options,
  });
  return { code: code as number, out, ran };
}

const SPLIT = { db1: "split-brain-primary", db2: "split-brain-secondary" };

test("a split brain: both columns, both choices, nothing done", async () => {
  const { code, out, ran } = await brain(SPLIT);
  expect(code).toBe(0);
  expect(out).toContain("StandAlone");
  expect(out).toContain("skyha brain --give-up db2");
  expect(out).toContain("skyha brain --give-up db1");
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

const DOING = /connect|discard|down|secondary|stop|delete|cp |dd |lvcreate/;
const doings = (ran: readonly string[]) => ran.filter((line) => DOING.test(line));

test("--give-up --dry-run says what would be done, in order, and does none of it", async () => {
  const { code, out, ran } = await brain(SPLIT, { options: { giveUp: "db2", dryRun: true, confirm: "db2" } });
  expect(code).toBe(10);
  const at = (part: string) => out.indexOf(part);
  expect(at("stop the cluster on db2")).toBeGreaterThan(0);
  expect(at("drbdadm down skydata")).toBeGreaterThan(at("stop the cluster on db2"));
  expect(at("/data/given-up-db2-20260102T030405.img")).toBeGreaterThan(at("drbdadm down"));
  expect(at("overwrite the copy of db2 with that of db1")).toBeGreaterThan(at("given-up-db2"));
  expect(doings(ran)).toEqual([]);
});

test.each([
  ["nobody there to be asked", {}],
  ["another name given", { confirm: "db1" }],
  ["a person who types something else", { ask: async () => "yes" }],
  ["a person who types nothing", { ask: async () => "" }],
])("%s: nothing is done", async (_who, options) => {
  const { code, ran } = await brain(SPLIT, { options: { giveUp: "db2", ...options } });
  expect(code).toBe(10);
  expect(doings(ran)).toEqual([]);
});

test.each([
  ["no split brain", { db1: "healthy-primary", db2: "healthy-secondary" }, {}, 4, "no split brain"],
  ["a host that is not of the pair", SPLIT, { options: { giveUp: "db3" } }, 2, "no host db3"],
  ["one copy only behind", SPLIT, { generations: { db1: "B", db2: "A" } }, 4, "only has to connect"],
  ["one and the same generation", SPLIT, { generations: { db1: "B", db2: "B" } }, 4, "only has to connect"],
  ["generations that cannot be read", SPLIT, { generations: { db1: "B", db2: "x" } }, 4, "could not be read"],
  ["no room for the saved copy", SPLIT, { freeBytes: 1e6 }, 4, "no space on db2"],
  [
    "DRBD of a host not seen",
    { db1: "split-brain-primary", db2: undefined },
    { unreachable: "db2" },
    3,
    "db2",
  ],
  [
    "a copy to keep that is not current",
    { db1: "split-brain-primary", db2: "both-primary-2" },
    { generations: { db1: "B", db2: "x" } },
    4,
    "nothing is given up",
  ],
] as const)("%s: refused, nothing is touched", async (_why, states, given, wanted, text) => {
  const options = { giveUp: "db2", confirm: "db2", ...("options" in given ? given.options : {}) };
  const { code, out, ran } = await brain({ ...states }, { ...given, options });
  expect([code, out.includes(text) ? text : out]).toEqual([wanted, text]);
  expect(doings(ran)).toEqual([]);
});

const choice = { keep: "db1", giveUp: "db2", movesServices: true, fenceConstraints: ["drbd-fence-x"] };
const changesOf = (words: string[] = [], more: Partial<typeof choice> = {}, directory?: string) => {
  const saved = savedCopy(testConfig(...words), "db2", "S", directory);
  if (saved === undefined) throw new Error("no such host");
  return giveUpChanges({ ...choice, ...more }, saved);
};
const preview = (changes: ReturnType<typeof changesOf>) => changes.flatMap((change) => change.preview);

test("one change destroys, the fourth: after the copy was saved, with DRBD down", () => {
  for (const words of [[], ["lv_master=/dev/vg/a", "lv_slave=/dev/vg/b"]]) {
    const changes = changesOf(words);
    expect(changes.map(({ step }) => step)).toEqual(["leave", "down", "save", "discard", "join", "resync"]);
    expect(changes.filter(({ risk }) => risk === "destroys").map(({ step }) => step)).toEqual(["discard"]);
    // Each its own stage: a failure ends everything after it.
    expect(new Set(changes.map(({ step }) => step)).size).toBe(changes.length);
  }
});

test("what is discarded is only ever the copy of the host that was given up", () => {
  const lines = preview(changesOf());
  expect(lines.filter((line) => line.includes("discard"))).toEqual([
    "drbdadm connect --discard-my-data skydata   on db2",
  ]);
  expect(lines.filter((line) => line.endsWith("on db1"))).toEqual([
    "cibadmin --delete --xpath //rsc_location[@id='drbd-fence-x']   on db1",
    "drbdadm connect skydata   on db1",
  ]);
  expect(preview(changesOf([], { movesServices: false })).join()).not.toContain("cibadmin");
});

test("the saved copy: a sparse file, a snapshot of an LV, a file elsewhere", () => {
  const lines = (...given: Parameters<typeof changesOf>) => preview(changesOf(...given)).join("\n");
  expect(lines()).toContain("cp --sparse=always --reflink=auto /data/drbd.img /data/given-up-db2-S.img");
  const volumes = ["lv_master=/dev/vg/a", "lv_slave=/dev/vg/b"];
  expect(lines(volumes)).toContain(
    "lvcreate --snapshot --extents 100%ORIGIN --name given-up-db2-S /dev/vg/b",
  );
  expect(lines(volumes, {}, "/backup")).toContain("dd if=/dev/vg/b of=/backup/given-up-db2-S.img");
});

/** DRBD of two hosts as far as connecting goes. */
function pairOf(outcome: "follows" | "refuses") {
  const ran: string[] = [];
  const state: Record<string, string> = { db1: "split-brain-primary", db2: "split-brain-secondary" };
  const host = (name: string): Host => ({
    name,
    address: "",
    async exec(argv: Argv) {
      const line = `${name} ${argv.join(" ")}`;
      ran.push(line);
      if (line === "db1 drbdadm connect skydata" && outcome === "follows") {
        state["db1"] = "resync-source";
        state["db2"] = "resync-target";
      }
      return ok("");
    },
    read: async () => captured(`drbd-8.4.11/${state[name]}.proc`),
    write: () => Promise.reject(new Error("not in this test")),
    upload: () => Promise.reject(new Error("not in this test")),
    close: async () => {},
  });
  const hosts = [host("db1"), host("db2")];
  const context = {
    hosts,
    progress: () => {},
    host: (name: string) => hosts.find((each) => each.name === name) ?? host(name),
  };
  return { ran, context, state };
}

const discard = () => changesOf().find(({ step }) => step === "discard");

test("overwriting ends when the copy follows the other one; a DRBD that refuses is not called done", async () => {
  const good = pairOf("follows");
  await discard()?.apply(good.context);
  expect(await discard()?.verify(good.context)).toBeUndefined();
  expect(good.ran).toEqual([
    "db2 drbdadm up skydata",
    "db2 drbdadm disconnect skydata",
    "db2 drbdadm connect --discard-my-data skydata",
    "db1 drbdadm connect skydata",
  ]);
  const bad = pairOf("refuses");
  await expect(discard()?.apply(bad.context)).rejects.toThrow("refuses to connect");
  expect(await discard()?.verify(bad.context)).toContain("StandAlone");
});

test("a copy to keep that is no longer current stops it before anything is overwritten", async () => {
  const { ran, context, state } = pairOf("follows");
  state["db1"] = "resync-target";
  await expect(discard()?.apply(context)).rejects.toThrow("not UpToDate");
  expect(ran).toEqual([]);
});
