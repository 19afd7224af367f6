import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import type { Argv, ExecResult, Host } from "../../core/host.ts";
import { report, SkyhaError } from "../../core/report.ts";
import { captured } from "../../fixtures/captured/read.ts";
import { scopeOf } from "../cli/reset.ts";
import { takeLock } from "../ledger/lock.ts";
import { testConfig } from "../testing/facts.ts";
import { keepsLedger, ledgerDirectory } from "../testing/ledger.ts";
import { type ResetOptions, runReset } from "./command.ts";
import { copyOf, installedHost, withoutCluster } from "./testing.ts";

let directory: string;
beforeEach(() => {
  directory = ledgerDirectory();
});
afterEach(() => rmSync(directory, { recursive: true }));

const config = testConfig();
const ok = (stdout: string, code = 0): ExecResult => ({ code, stdout, stderr: "", timedOut: false });
const healthy = captured("pacemaker-2.1.5/healthy/crm_mon.xml");
const stopped = healthy.replace(/(<resource id="(?!fence)[^>]*) active="true"/g, '$1 active="false"');

interface Given {
  readonly unreachable?: string;
  readonly options?: Partial<ResetOptions>;
  /** Answers that differ from "it worked". */
  readonly answer?: (line: string) => ExecResult | undefined;
}

/** Hosts on which everything that is done works, as far as it is not said otherwise. */
async function reset(scope: ResetOptions["scope"], { unreachable, options = {}, answer }: Given = {}) {
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
      ran.push(`${name} ${line.replaceAll("\n", "; ")}`);
      const told = answer?.(`${name} ${line}`);
      if (told !== undefined) return told;
      if (argv[0] === "crm_mon") return ok(ran.some((each) => each.includes("stop-all")) ? stopped : healthy);
      if (line.startsWith("systemctl show")) return ok("inactive\n\ninactive\n");
      if (line.startsWith("systemctl is-enabled nfs")) return ok("enabled\n");
      if (line.startsWith("test -s")) return ok("");
      if (/^(test -e|readlink|systemctl is-enabled)/.test(line)) return ok("", 1);
      return ok("");
    },
    // After an edit the file is as it was wanted: what is written is not what is tested here.
    read: async (path) =>
      files.get(`${name}${path}`) ??
      (path === "/proc/drbd" ? captured("drbd-8.4.11/unconfigured.proc") : undefined),
    write: async (path, text) => void files.set(`${name}${path}`, text),
    upload: () => Promise.reject(new Error("reset uploads nothing")),
    close: async () => {},
  });
  const files = new Map<string, string>();
  for (const name of ["db1", "db2"] as const) {
    for (const path of ["/etc/hosts", "/root/.ssh/authorized_keys"])
      files.set(`${name}${path}`, installedHost(config, name).facts.files.get(path) ?? "");
  }
  const code = await runReset({
    config,
    members: config.hosts.map((each) => ({
      config: each,
      host:
        each.name === unreachable
          ? new SkyhaError([report("host.unreachable", { address: each.address, why: "no route" })], 1)
          : keepsLedger(host(each.name), directory),
    })),
    io: { out: write, err: write, terminal: false, env: {} },
    json: false,
    scope,
    dryRun: false,
    noCopy: false,
    images: false,
    foreign: false,
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
    look: async ({ name }) => installedHost(config, name as "db1" | "db2"),
    ...options,
  }).catch((error: unknown) => (error instanceof SkyhaError ? error.exitCode : Promise.reject(error)));
  return { code: code as number, out, ran };
}

const DATA = { kind: "data" } as const;
const DOING = / (systemctl (stop|disable|enable)|rm |mv |drbdadm|wipefs|crm_attribute|rmdir|sh -c set)/;
const doings = (ran: readonly string[]) => ran.filter((line) => DOING.test(line));

test("--data says what is lost, with size and newest file, what stays, and that there is no recovery copy", async () => {
  const { code, out, ran } = await reset(DATA, { options: { dryRun: true, confirm: "skycluster" } });
  expect(code).toBe(10);
  expect(out).toMatch(/\/drbd\/postgres +40\.0 MiB +newest: 2026-01-02T03:04:05Z \/drbd\/postgres\/wal/);
  expect(out).toContain("no recovery copy is in /data/recover of either host");
  expect(out).toContain("stays: packages, the container engine; images; the journal");
  expect(out).toContain("skyha reset --data --confirm skycluster");
  expect(out).toMatch(/destroys .*db2 +destroy the copy of the data/);
  expect(doings(ran)).toEqual([]);
  const backup = "/data/recover/monday.img (2026-01-01T00:00:00Z)";
  const look: ResetOptions["look"] = async ({ name }) =>
    installedHost(config, name as "db1" | "db2", { backup });
  expect((await reset(DATA, { options: { dryRun: true, look } })).out).toContain(`db1:${backup}`);
});

test.each([
  ["nobody is there to be asked", {}],
  ["another name is given", { confirm: "db1" }],
  ["a person types something else", { ask: async () => "yes" }],
  ["a person types nothing", { ask: async () => "" }],
])("%s: nothing is done", async (_who, options) => {
  const { code, ran } = await reset(DATA, { options });
  expect(code).toBe(10);
  expect(doings(ran)).toEqual([]);
});

test("a host that does not answer, or cannot be looked at: refused by name, nothing is done", async () => {
  for (const kind of ["cluster", "data"] as const) {
    const { code, out, ran } = await reset(
      { kind },
      { unreachable: "db2", options: { confirm: "skycluster" } },
    );
    expect([code, ran]).toEqual([4, []]);
    expect(out).toContain("db2 cannot be asked");
  }
  const host = await reset(
    { kind: "host", host: "db2" },
    { unreachable: "db1", options: { confirm: "db2" } },
  );
  expect([host.code, host.ran]).toEqual([4, []]);
  const blind: ResetOptions["look"] = () => Promise.reject(new Error("docker ps did not end in time"));
  const unseen = await reset(DATA, { options: { confirm: "skycluster", look: blind } });
  expect([unseen.code, doings(unseen.ran)]).toEqual([3, []]);
  expect(unseen.out).toContain("docker ps did not end in time");
});

test("a host that is not of the pair; something that stands against it; somebody at work", async () => {
  expect((await reset({ kind: "host", host: "db3" })).code).toBe(2);
  const look: ResetOptions["look"] = async ({ name }) =>
    installedHost(config, name as "db1" | "db2", { copy: copyOf(name === "db1" ? "B" : "C") });
  const refused = await reset(DATA, { options: { confirm: "skycluster", look } });
  expect([refused.code, doings(refused.ran)]).toEqual([4, []]);
  const held = keepsLedger({ name: "db2" } as Host, directory);
  await takeLock([held], {
    id: "other",
    by: "ann@laptop",
    pid: 1,
    command: "switch",
    since: "2026-01-01T00:00:00Z",
  });
  const locked = await reset(DATA, { options: { confirm: "skycluster" } });
  expect([locked.code, doings(locked.ran)]).toEqual([5, []]);
});

test("confirmed: services, cluster, DRBD, the kept copy, then the other one, and what is left", async () => {
  const { code, out, ran } = await reset(DATA, { options: { ask: async () => "skycluster" } });
  expect([code, code === 0 ? "" : out]).toEqual([0, ""]);
  expect(out).toContain("the data is kept in db1:/data/recover/reset-20260102T030405");
  const at = (part: string) => ran.findIndex((line) => line.includes(part));
  const order = [
    "stop-all-resources",
    "db1 systemctl disable --now pacemaker",
    "/data/drbd.img /etc/skyha",
    "db2 rm -f -- /data/drbd.img",
  ];
  order.push(
    "disable --now skyha-storage",
    "rm -rf --one-file-system -- /etc/skyha",
    "-- /usr/local/bin/skyha",
  );
  const places = order.map(at);
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test("services that do not stop: nothing after them is touched", async () => {
  const { code, out, ran } = await reset(DATA, {
    options: { confirm: "skycluster" },
    answer: (line) => (line.includes("crm_attribute") ? ok("no quorum", 1) : undefined),
  });
  expect(code).toBe(1);
  expect(out).toContain("again goes on where it stopped");
  expect(doings(ran).filter((line) => !line.includes("crm_attribute"))).toEqual([]);
});

test("a copy that could not be kept: the other one is not destroyed", async () => {
  const { code, ran } = await reset(DATA, {
    options: { confirm: "skycluster" },
    answer: (line) => (line.includes("test -s") ? ok("", 1) : undefined),
  });
  expect(code).toBe(1);
  expect(ran.join("\n")).not.toContain("rm -f -- /data/drbd.img");
});

test("what changed between the question and the answer ends it", async () => {
  let looks = 0;
  const look: ResetOptions["look"] = async ({ name }) =>
    installedHost(config, name as "db1" | "db2", looks++ < 2 ? {} : withoutCluster());
  const { code, out, ran } = await reset({ kind: "cluster" }, { options: { confirm: "skycluster", look } });
  expect([code, doings(ran)]).toEqual([4, []]);
  expect(out).toContain("something changed");
});

test("nothing is left: done, and nothing is written", async () => {
  const look: ResetOptions["look"] = async ({ name }) =>
    installedHost(config, name as "db1" | "db2", withoutCluster());
  const { code, out, ran } = await reset({ kind: "cluster" }, { options: { look } });
  expect([code, doings(ran)]).toEqual([0, []]);
  expect(out).toContain("nothing of it is there any more");
});

test("--json: each line is one object, with the changes and what is lost", async () => {
  const { out } = await reset(DATA, { options: { json: true, dryRun: true } });
  const types = out
    .trim()
    .split("\n")
    .map((line): { type: string } => JSON.parse(line));
  expect(new Set(types.map(({ type }) => type))).toEqual(new Set(["change", "content", "report"]));
});

test("one host goes: the other one keeps its services, and it is said that it is alone", async () => {
  const { code, out, ran } = await reset({ kind: "host", host: "db2" }, { options: { confirm: "db2" } });
  expect([code, code === 0 ? "" : out]).toEqual([0, ""]);
  expect(out).toContain("db1 goes on alone");
  expect(doings(ran).filter((line) => line.startsWith("db1"))).toEqual([]);
});

test("exactly one scope, and options that go with it", () => {
  expect(scopeOf({ host: "db2" })).toEqual({ kind: "host", host: "db2" });
  expect(scopeOf({ data: true, copy: false })).toEqual({ kind: "data" });
  expect(() => scopeOf({})).toThrow("say one of --cluster, --data and --host NAME");
  expect(() => scopeOf({ data: true, host: "db2" })).toThrow("say one of");
  expect(() => scopeOf({ cluster: true, copy: false })).toThrow("--no-copy");
  expect(() => scopeOf({ cluster: true, images: true })).toThrow("--images");
});
