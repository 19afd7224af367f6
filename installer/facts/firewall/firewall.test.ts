import { describe, expect, test } from "bun:test";
import { captured } from "../../../fixtures/captured/read.ts";
import { createFakeHost, type Scripted } from "../../hosts/fake.ts";
import { gatherFirewall } from "./gather.ts";
import { isOfNftables, parseIptablesSave } from "./iptables.ts";
import { parseNft } from "./nft.ts";
import { type Packet, type Passage, passageOf, type Ruleset } from "./rules.ts";

const of = (name: string) => captured(`firewall/${name}`);
const nft = (name: string) => parseNft(of(name), { withIptables: true });

/** tcp/7789 from 10.0.0.2 on eth0, or as given. */
function packet(to: string, changes: Partial<Packet> = {}): Packet {
  const [protocol, port] = to.split("/");
  return {
    protocol: protocol === "udp" ? "udp" : "tcp",
    port: Number(port),
    source: "10.0.0.2",
    destination: "10.0.0.1",
    interface: "eth0",
    ...changes,
  };
}

function table(
  rulesets: readonly Ruleset[],
  rows: readonly (readonly [string, Passage, Partial<Packet>?])[],
) {
  for (const [to, passage, changes] of rows) {
    test(`${to} ${JSON.stringify(changes ?? {})} → ${passage}`, () => {
      expect(passageOf(rulesets, packet(to, changes))).toBe(passage);
    });
  }
}

describe("nftables written by hand", () => {
  table(
    [nft("nftables.json")],
    [
      ["udp/5405", "open"],
      ["udp/5404", "blocked"],
      ["udp/5405", "blocked", { source: "10.1.0.2" }],
      // Whoever it is: he may be one of the network that is let in.
      ["udp/5405", "unknown", { source: undefined }],
      ["tcp/7789", "open"],
      ["tcp/7789", "blocked", { source: "10.0.0.3" }],
      ["tcp/2049", "open", { source: undefined }],
      ["tcp/5433", "open"],
      ["tcp/5434", "blocked"],
      ["tcp/6379", "open"],
      ["tcp/6379", "blocked", { interface: "eth1" }],
      ["tcp/6379", "unknown", { interface: undefined }],
      // After a limit nobody can say.
      ["tcp/11300", "unknown"],
      ["tcp/11300", "blocked", { source: "192.0.2.1" }],
    ],
  );
});

describe("firewalld's chains", () => {
  table(
    [nft("firewalld.json")],
    [
      ["tcp/22", "open"],
      ["tcp/7789", "blocked"],
      ["tcp/7789", "open", { interface: "eth1" }],
      ["udp/5412", "open", { interface: "eth1" }],
      ["tcp/5432", "blocked", { interface: "eth1" }],
      ["tcp/5432", "open", { source: "10.88.0.7" }],
      ["tcp/5432", "unknown", { source: undefined }],
    ],
  );
});

const IPTABLES = [
  ["udp/5405", "open"],
  ["udp/5413", "blocked"],
  ["udp/6000", "open"],
  ["tcp/22", "open"],
  ["tcp/7789", "open"],
  ["tcp/7789", "blocked", { source: "10.0.0.9" }],
  ["tcp/6379", "open", { interface: "eth1" }],
  ["tcp/6379", "blocked"],
  ["tcp/5432", "unknown"],
  ["tcp/11300", "blocked"],
] as const;
for (const name of ["iptables-nft.save", "iptables-legacy.save"]) {
  describe(name, () => table([parseIptablesSave(of(name))], IPTABLES));
}

describe("nft on tables of iptables, whose matches it does not show", () => {
  table(
    [nft("iptables-nft.json")],
    [
      ["udp/5405", "unknown"],
      ["tcp/6379", "unknown"],
    ],
  );
});

describe("several rulesets: each of them may drop", () => {
  const open = parseNft(of("empty.json"), { withIptables: true });
  table([open], [["tcp/1", "open"]]);
  table([open, parseIptablesSave(of("iptables-legacy.save"))], [["tcp/1", "blocked"]]);
});

test("what is not understood is never taken for a permission or a refusal", () => {
  const input = ":INPUT ACCEPT [0:0]\n:LOOP - [0:0]\n";
  const passage = (rule: string) =>
    passageOf([parseIptablesSave(`*filter\n${input}${rule}\nCOMMIT\n`)], packet("tcp/7789"));
  expect(passage("-A INPUT -m new-match --sometimes 3 -j DROP")).toBe("unknown");
  expect(passage("-A INPUT -j NEWTARGET --with x")).toBe("unknown");
  expect(passage("-A INPUT -j LOOP\n-A LOOP -j LOOP")).toBe("unknown");
  expect(passage("-A INPUT -m addrtype --dst-type LOCAL -j DROP")).toBe("blocked");
  expect(passage("-A INPUT -m addrtype --dst-type MULTICAST -j DROP")).toBe("open");
  expect(passage('-A INPUT -m comment --comment "a -j DROP" -j LOG')).toBe("open");
  expect(passage("-A INPUT ! -i eth+ -j DROP")).toBe("open");
  expect(() => parseIptablesSave("Operation not permitted")).toThrow("outside of a table");
  expect(() => parseNft("{}", { withIptables: true })).toThrow();
});

test("a chain at a device may or may not concern us", () => {
  const chain = { family: "netdev", table: "t", name: "c", type: "filter", hook: "ingress", policy: "drop" };
  const rule = { family: "netdev", table: "t", chain: "c", expr: [{ accept: null }] };
  const text = JSON.stringify({ nftables: [{ chain }, { rule }] });
  expect(passageOf([parseNft(text, { withIptables: true })], packet("tcp/1"))).toBe("unknown");
});

const PROGRAMS = ["nft", "iptables-save", "firewall-cmd", "iptables-legacy-save", "test"];
function host(answers: Record<string, Omit<Scripted, "argv">>, files: Record<string, string> = {}) {
  const argv: Record<string, string[]> = {
    nft: ["nft", "-j", "list", "ruleset"],
    "firewall-cmd": ["firewall-cmd", "--state"],
    test: ["test", "-d", "/sys/module/nf_tables"],
  };
  const script = PROGRAMS.map((name) => ({
    argv: argv[name] ?? [name],
    ...(answers[name] ?? { code: name === "test" ? 1 : 127 }),
  }));
  return createFakeHost("db1", script, files);
}

test("a host without any of the programs and without nftables in its kernel has no rules", async () => {
  expect(await gatherFirewall(host({}))).toEqual({ manager: undefined, rulesets: [], unread: undefined });
});

test("nobody to ask, or no answer, is not an answer", async () => {
  expect((await gatherFirewall(host({ test: { code: 0 } }))).unread).toBe("nft is not installed");
  expect((await gatherFirewall(host({ test: { code: 124, timedOut: true } }))).unread).toBe(
    "nft is not installed",
  );
  const late = await gatherFirewall(host({ nft: { code: 124, timedOut: true } }));
  expect(late.unread).toBe("nft: no answer in time");
  const denied = await gatherFirewall(host({ nft: { code: 1, stderr: "Operation not permitted\n" } }));
  expect(denied.unread).toBe("nft: Operation not permitted");
  const old = host({ nft: { stdout: of("empty.json") } }, { "/proc/net/ip_tables_names": "filter\n" });
  expect((await gatherFirewall(old)).unread).toContain("no iptables-legacy-save");
});

test("what iptables keeps in nftables is read from its own listing; legacy tables are read as well", async () => {
  const both = {
    nft: { stdout: of("iptables-nft.json") },
    "iptables-save": { stdout: of("iptables-nft.save") },
  };
  const { rulesets, unread } = await gatherFirewall(host(both));
  expect(unread).toBeUndefined();
  expect(passageOf(rulesets, packet("udp/5405"))).toBe("open");
  expect(isOfNftables(of("iptables-legacy.save"))).toBe(false);
  const legacy = host(
    {
      nft: { stdout: of("empty.json") },
      "iptables-save": { stdout: "" },
      "iptables-legacy-save": { stdout: of("iptables-legacy.save") },
    },
    { "/proc/net/ip_tables_names": "filter\n" },
  );
  // An empty listing does not say whose it is: the kernel does.
  expect(passageOf((await gatherFirewall(legacy)).rulesets, packet("tcp/1"))).toBe("blocked");
});

test("who manages the rules", async () => {
  const manager = async (...of: Parameters<typeof host>) => (await gatherFirewall(host(...of))).manager;
  expect(await manager({ "firewall-cmd": { stdout: "running\n" }, nft: { stdout: of("empty.json") } })).toBe(
    "firewalld",
  );
  expect(await manager({ "firewall-cmd": { code: 252, stdout: "not running\n" } })).toBeUndefined();
  expect(await manager({}, { "/etc/ufw/ufw.conf": "ENABLED=yes\nLOGLEVEL=low\n" })).toBe("ufw");
  expect(await manager({}, { "/etc/ufw/ufw.conf": "ENABLED=no\n" })).toBeUndefined();
});
