import { afterEach, beforeEach, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createIpAgent } from "./agent.ts";
import { createLinkBench, IP, type LinkBench } from "./fake-links.ts";

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

/** The announcements go out after start has returned. */
async function arpings(count: number): Promise<readonly string[]> {
  for (let look = 0; look < 100 && read("arpings").length < count; look += 1) await Bun.sleep(20);
  return read("arpings");
}

test("a life: probed, started twice, watched, stopped twice", async () => {
  expect(await act("monitor", {}, probe)).toMatchObject({ code: 7, stderr: "" });
  expect((await act("stop")).code).toBe(0);
  for (const _twice of [1, 2]) expect((await act("start")).code).toBe(0);
  expect(read("added")).toEqual([`${IP}/24 eth0`]);
  expect(await arpings(1)).toEqual([`-q -U -c 5 -I eth0 ${IP}`]);
  expect(await act("monitor")).toMatchObject({ code: 0, stderr: "" });
  expect((await act("monitor", {}, { OCF_CHECK_LEVEL: "10" })).code).toBe(0);
  for (const _twice of [1, 2]) expect((await act("stop")).code).toBe(0);
  expect(read("added")).toEqual([]);
  expect(await act("monitor")).toMatchObject({ code: 7, reason: `no interface of this host has ${IP}` });
  expect(read("calls").filter((call) => !call.startsWith("-j"))).toEqual([
    `addr add ${IP}/24 dev eth0`,
    `addr del ${IP}/24 dev eth0`,
  ]);
});

test("nic and prefix are taken as given; no count, no announcement", async () => {
  expect((await act("start", { nic: "eth1", prefix: "28", arp_count: "0" })).code).toBe(0);
  expect(read("added")).toEqual([`${IP}/28 eth1`]);
  expect((await act("monitor", { nic: "eth1" })).code).toBe(0);
  expect((await act("monitor", { nic: "eth0" })).reason).toContain("is on eth1, not on eth0");
  expect((await act("start", { nic: "eth0" })).code).toBe(1);
  expect(read("arpings")).toEqual([]);
});

test("no place for the address on this host is 5 and says why", async () => {
  const reason = async (parameters: Record<string, string>) => {
    const ended = await act("start", parameters);
    expect(ended.code).toBe(5);
    return ended.reason;
  };
  expect(await reason({ ip: "203.0.113.9" })).toBe(
    "no interface has an address in the network of 203.0.113.9: set nic and prefix",
  );
  expect(await reason({ nic: "eth1" })).toContain("set prefix");
  expect(await reason({ nic: "eth7", prefix: "24" })).toBe("there is no interface eth7 on this host");
  expect((await act("validate-all", { nic: "eth7" })).code).toBe(0);
  expect((await act("validate-all", { nic: "eth7" }, { OCF_CHECK_LEVEL: "10" })).code).toBe(5);
});

test("an interface that is down or unplugged: start and monitor fail", async () => {
  for (const [file, text] of [
    ["down", "eth0 is down"],
    ["unplugged", "eth0 has no link"],
  ] as const) {
    set(file);
    expect(await act("start")).toMatchObject({ code: 1 });
    expect(read("added")).toEqual([]);
    set("added", `${IP}/24 eth0\n`);
    for (const env of [{}, probe, { OCF_CHECK_LEVEL: "10" }]) {
      const ended = await act("monitor", {}, env);
      expect(ended.code).toBe(1);
      expect(ended.reason).toContain(text);
    }
    set("added");
    unset(file);
  }
});

test("monitor runs no program while all is well", async () => {
  expect((await act("monitor", { ip: "127.0.0.1" })).code).toBe(0);
  expect((await act("monitor", { ip: "127.0.0.1", nic: "lo" }, probe)).code).toBe(0);
  expect(read("calls")).toEqual([]);
});

test("an address the kernel lists at another interface is not taken for ours", async () => {
  const agent = createIpAgent({
    addresses: () => [{ nic: "eth1", ip: IP }],
    launch: async () => undefined,
  });
  set("added", `${IP}/24 eth1\n`);
  const env = { OCF_RESKEY_ip: IP, OCF_RESKEY_nic: "eth0" };
  const system = host.system();
  const ended = await agent.invoke({ action: "monitor", env, system });
  expect(ended).toEqual({ code: 1, reason: `${IP} is on eth1, not on eth0` });
});

test("an address that cannot be added or removed: the tool's own words", async () => {
  set("refuse");
  expect((await act("start")).reason).toContain("Operation not permitted");
  set("added", `${IP}/24 eth0\n`);
  const stopped = await act("stop");
  expect(stopped.code).toBe(1);
  expect(stopped.reason).toBe(`${IP} is still on eth0: RTNETLINK answers: Operation not permitted`);
});

test("an address somebody else added at the same moment is fine", async () => {
  set("exists");
  expect((await act("start")).code).toBe(0);
});

test("stop takes the address from every interface that has it, as it is there", async () => {
  set("added", `${IP}/24 eth0\n${IP}/32 lo\n198.51.100.51/24 eth0\n`);
  expect((await act("stop", { nic: "eth0", prefix: "26" })).code).toBe(0);
  expect(read("added")).toEqual(["198.51.100.51/24 eth0"]);
});

test("a missing arping is a warning", async () => {
  rmSync(join(host.bench.binDir, "arping"));
  const agent = createIpAgent({ addresses: () => [], launch: async () => "not found" });
  let stderr = "";
  const env = { OCF_RESKEY_ip: IP };
  const system = host.system((text) => {
    stderr += text;
  });
  expect((await agent.invoke({ action: "start", env, system })).code).toBe(0);
  expect(stderr).toContain(`WARNING: ${IP} is not announced`);
});

test("the real launcher says when a program does not exist", async () => {
  const { realHost } = await import("./host.ts");
  expect(await realHost.launch(["skyha-no-such-program"], { PATH: host.bench.binDir })).toBeTruthy();
});

test("stop ends announcements that are still under way", async () => {
  const sleepers = [spawn("sleep", ["60"]), spawn("sleep", ["60"])];
  const [ours, theirs] = sleepers;
  for (const [child, ip] of [
    [ours, IP],
    [theirs, "198.51.100.5"],
  ] as const) {
    const place = join(host.bench.procDir, String(child?.pid));
    mkdirSync(place);
    writeFileSync(join(place, "cmdline"), `/usr/bin/arping\0-q\0-U\0-c\x005\0-I\0eth0\0${ip}\0`);
  }
  const ended = ours ? once(ours, "exit") : undefined;
  expect((await act("stop")).code).toBe(0);
  expect((await ended)?.[1]).toBe("SIGKILL");
  expect(theirs?.exitCode ?? theirs?.signalCode ?? null).toBeNull();
  theirs?.kill("SIGKILL");
});

test("check_duplicate asks first, and does not trust the other arping", async () => {
  const check = { check_duplicate: "yes", arp_count: "0" };
  set("taken");
  const ended = await act("start", check);
  expect(ended.code).toBe(1);
  expect(ended.reason).toContain(`another host answers for ${IP}`);
  expect(read("added")).toEqual([]);
  expect(read("arpings")).toEqual([`-D -q -c 1 -w 1 -I eth0 ${IP}`]);
  set("arping-version", "ARPing 2.23, by Thomas Habets");
  expect((await act("start", check)).stderr).toContain("is not that of iputils");
  expect(read("added")).toEqual([`${IP}/24 eth0`]);
});
