import { expect, test } from "bun:test";
import { describe as text } from "../../core/report.ts";
import { captured } from "../../fixtures/captured/read.ts";
import type { FirewallFacts } from "../facts/firewall/gather.ts";
import { parseIptablesSave } from "../facts/firewall/iptables.ts";
import { parseNft } from "../facts/firewall/nft.ts";
import type { MachineFacts } from "../facts/machine/gather.ts";
import { bareHost, MACHINE, pairFacts, testConfig } from "../testing/facts.ts";
import { preflight, requirePreflight } from "./preflight.ts";
import { trafficTo } from "./preflight-firewall.ts";

/** What is found when db1's machine is like that. */
function found(machine: Partial<MachineFacts>, config = testConfig(), other: Partial<MachineFacts> = {}) {
  const facts = pairFacts(
    bareHost("db1", { machine: { ...MACHINE, ...machine } }),
    bareHost("db2", { machine: { ...MACHINE, ...other } }),
  );
  return preflight(config, facts).map(text);
}
const codes = (...given: Parameters<typeof found>) =>
  found(...given).map(({ host, severity, code }) => [host, severity, code]);

const firewall = (...rulesets: FirewallFacts["rulesets"]): FirewallFacts => ({
  manager: undefined,
  rulesets,
  unread: undefined,
});

test("a machine with nothing in the way", () => {
  expect(found({})).toEqual([]);
});

test("what a pair needs to be let in: links with a port each, DRBD, clients at the VIP", () => {
  const config = testConfig("link2_master=10.1.0.1", "link2_slave=10.1.0.2", "pcs=yes");
  const [own] = config.hosts;
  const { addresses } = bareHost("db1");
  const rows = trafficTo(config, own, { addresses });
  expect(
    rows.map(({ what, protocol, port, source }) => `${what} ${protocol}/${port} ${source ?? "any"}`),
  ).toEqual([
    "corosync udp/5405 10.0.0.2",
    "corosync udp/5406 10.1.0.2",
    "DRBD tcp/7789 10.0.0.2",
    "pcsd tcp/2224 10.0.0.2",
    "postgres tcp/5432 any",
    "redis tcp/6379 any",
    "beanstalkd tcp/11300 any",
    "nfs tcp/2049 any",
  ]);
  expect(rows.map(({ interface: device }) => device)).toEqual(["eth0", undefined, ...Array(6).fill("eth0")]);
});

test("a firewall that drops: which ports, and the command of the firewall that is there", () => {
  const drop = parseIptablesSave(
    "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 5432 -j ACCEPT\nCOMMIT\n",
  );
  const [plain, ...others] = found({ firewall: firewall(drop) });
  expect(others).toEqual([]);
  expect(plain).toMatchObject({ host: "db1", severity: "error", code: "preflight.firewall-blocks" });
  expect(plain?.text).toContain("corosync 5405/udp, DRBD 7789/tcp, redis 6379/tcp");
  expect(plain?.text).not.toContain("5432");
  expect(plain?.next).toContain("iptables -I INPUT -p udp -m multiport --dports 5405 -j ACCEPT");
  const next = (facts: FirewallFacts) => found({ firewall: facts })[0]?.next;
  const firewalld = parseNft(captured("firewall/firewalld.json"), { withIptables: true });
  expect(next({ ...firewall(firewalld), manager: "firewalld" })).toMatch(
    /^firewall-cmd --permanent --zone=\$\(firewall-cmd --get-zone-of-interface=eth0 \|\| .*\) --add-port=5405\/udp .*&& firewall-cmd --reload /,
  );
  expect(next({ ...firewall(drop), manager: "ufw" })).toContain(
    "ufw allow proto udp from 10.0.0.2 to any port 5405 && ufw allow proto tcp from 10.0.0.2 to any port 7789",
  );
  const nft = parseNft(captured("firewall/nftables.json"), { withIptables: true });
  expect(next(firewall(nft))).toContain("nft insert rule inet filter input tcp dport '{ 11300 }' accept");
  // In each chain that is in the way, and in no other.
  const own = parseNft(captured("firewall/nftables.json").replace('"right": 7789', '"right": 7788'), {
    withIptables: true,
  });
  expect(next(firewall(own, drop))).toStartWith(
    "iptables -I INPUT -p udp -m multiport --dports 5405 -j ACCEPT && nft insert rule inet filter input tcp dport '{ 7789",
  );
});

test("rules that were not read: what the others drop is dropped, and nothing is said to be open", () => {
  const drop = parseIptablesSave("*filter\n:INPUT DROP [0:0]\nCOMMIT\n");
  const unread = "nft: no answer in time";
  expect(codes({ firewall: { ...firewall(drop), unread } })).toEqual([
    ["db1", "error", "preflight.firewall-blocks"],
  ]);
  const [only] = found({ firewall: { ...firewall(), unread } });
  expect(only).toMatchObject({ severity: "warning", code: "preflight.firewall-unclear" });
  expect(only?.text).toContain("is not known: nft: no answer in time");
});

test("secure boot stops only a module that the kernel will not load", () => {
  const codesOf = (loaded: boolean, signer: string | undefined, isOn = true) =>
    codes({ secureBoot: { value: isOn }, drbdSignature: { value: { loaded, signer } } });
  expect(codesOf(false, undefined)).toEqual([["db1", "error", "preflight.module-unsigned"]]);
  expect(codesOf(false, "DKMS module signing key")).toEqual([["db1", "warning", "preflight.module-signer"]]);
  expect(codesOf(false, "Debian Secure Boot CA")).toEqual([]);
  expect(codesOf(true, undefined)).toEqual([]);
  expect(codesOf(false, undefined, false)).toEqual([]);
  expect(codes({ secureBoot: { value: true }, drbdSignature: { unknown: "x" } })).toEqual([
    ["db1", "warning", "preflight.not-known"],
  ]);
});

test("containers of ours that somebody else would start, by label or by name; others do not matter", () => {
  const restartPolicies = {
    value: [
      { container: "postgres", policy: "always", resource: undefined },
      { container: "x", policy: "on-failure", resource: "redis" },
      { container: "redis", policy: "no", resource: "redis" },
      { container: "web", policy: "always", resource: undefined },
    ],
  };
  const list = found({ restartPolicies });
  expect(list.map(({ severity, next }) => [severity, next])).toEqual([
    ["error", "docker update --restart=no postgres"],
    ["error", "docker update --restart=no x"],
  ]);
});

test("SELinux, live-restore, memory and a missing watchdog are warnings", () => {
  const gigabytes = (count: number) => ({ value: count * 1024 ** 3 });
  expect(codes({ selinux: { value: "enforcing" }, liveRestore: { value: true } })).toEqual([
    ["db1", "warning", "preflight.selinux"],
    ["db1", "warning", "preflight.live-restore"],
  ]);
  expect(codes({ selinux: { value: "permissive" } })).toEqual([]);
  expect(codes({ memoryBytes: gigabytes(0.5) }, testConfig(), { memoryBytes: gigabytes(0.6) })).toEqual([
    ["db1", "warning", "preflight.memory"],
    ["db2", "warning", "preflight.memory"],
  ]);
  expect(codes({ memoryBytes: gigabytes(16) })).toEqual([["db2", "warning", "preflight.memory-differs"]]);
  const [first, second] = testConfig().hosts;
  const { fence: _fence, ...unfenced } = first;
  const config = { ...testConfig(), hosts: [unfenced, second] } satisfies ReturnType<typeof testConfig>;
  expect(codes({}, config)).toEqual([["db1", "warning", "preflight.no-watchdog"]]);
  expect(codes({ watchdog: { value: true } }, config)).toEqual([]);
});

test("an installation goes on with warnings and stops at an error, which is all it then says", () => {
  const start = (machine: Partial<MachineFacts>) => {
    const facts = pairFacts(bareHost("db1", { machine: { ...MACHINE, ...machine } }), bareHost("db2"));
    return requirePreflight(testConfig(), facts).map(({ code }) => code);
  };
  const restored = { liveRestore: { value: true } };
  expect(start(restored)).toEqual(["preflight.live-restore"]);
  const unsigned = { secureBoot: { value: true } };
  expect(() => start({ ...restored, ...unsigned })).toThrow(/^secure boot is on [^;]*$/);
});

test("every question that has no answer is a report", () => {
  const unknown = { unknown: "no answer" };
  const names = ["selinux", "secureBoot", "liveRestore", "restartPolicies", "memoryBytes"] as const;
  for (const name of names) {
    expect(codes({ [name]: unknown })).toEqual([["db1", "warning", "preflight.not-known"]]);
  }
});
