import { describe, expect, test } from "bun:test";
import type { ExecResult, Host } from "../../../core/host.ts";
import { profile } from "../../../fixtures/captured/pair.ts";
import { captured } from "../../../fixtures/captured/read.ts";
import { createFakeHost, type Scripted } from "../../hosts/fake.ts";
import { gatherPair, type PairHost } from "./gather.ts";

const STATE = "pacemaker-2.1.5/healthy";

/** What an active host answers; entries put before it win. */
const ANSWERS: readonly Scripted[] = [
  { argv: ["date", "+%s.%N"], stdout: "1000.75\n" },
  { argv: ["crm_mon", "-1", "--output-as=xml"], stdout: captured(`${STATE}/crm_mon.xml`) },
  { argv: ["cibadmin", "--query"], stdout: captured(`${STATE}/cib.xml`) },
  { argv: ["systemctl", "is-active", "corosync", "pacemaker", "docker"], stdout: "active\nactive\nactive\n" },
  { argv: ["corosync-cfgtool", "-s"], stdout: captured(`${STATE}/corosync-cfgtool.txt`) },
  { argv: ["corosync-quorumtool", "-s"], stdout: captured(`${STATE}/corosync-quorumtool.txt`) },
  {
    argv: ["ip", "-j", "addr"],
    stdout: '[{"ifname":"eth0","addr_info":[{"family":"inet","local":"10.99.0.100","prefixlen":24}]}]',
  },
  {
    argv: ["df", "-B1", "--output=target,size,used,avail", "/data", "/drbd"],
    stdout: "Mounted on  1B-blocks  Used  Avail\n/  1000  300  700\n/drbd  500  100  400\n",
  },
  {
    argv: ["sh", "-c", /timeout 3 du/, "du", "/data", "/drbd"],
    stdout: "1024\t/data/drbd.img\n8\t/drbd/my files\n",
  },
  { argv: ["sh", "-c", /nfsd/], stdout: 'clientid: 0x1\naddress: "10.99.0.50:845"\nstatus: confirmed\n' },
  {
    argv: ["docker", "ps", "--all", "--format", "{{json .}}"],
    stdout: '{"Names":"postgres","Image":"postgres:17","State":"running","Status":"Up 3 hours"}\n',
  },
];

const MOUNTS = "/dev/vda / ext4 rw 0 0\nproc /proc proc rw 0 0\n";

const FILES = {
  "/proc/mounts": `${MOUNTS}/dev/drbd1 /drbd xfs rw,noatime 0 0\n`,
  "/proc/drbd": captured("drbd-8.4.11/healthy-primary.proc"),
  "/var/lib/nfs/etab": "/drbd/nfsshare/exports\t10.99.0.0/24(rw,sync,wdelay)\n",
  "/var/lib/skyha/space-skyfs": "1000 100 400\ntorn\n",
  "/var/lib/skyha/fence-proof": "db2 2026-11-21T10:00:00.000Z\n",
};

async function gather(host: PairHost["host"], limitMs = 1000) {
  const facts = await gatherPair([{ name: "db1", address: "10.99.0.11", host }], profile, {
    probe: async (_address, port) => ({ result: port === 5432 ? "open" : "refused", ms: 1 }),
    now: () => 1000,
    limitMs,
  });
  const [state] = facts.hosts;
  if (!state) throw new Error("no host");
  return { facts, state };
}

const first = (overrides: readonly Scripted[], files: Record<string, string> = FILES) =>
  createFakeHost("db1", [...overrides, ...ANSWERS], files);

test("an active host, read completely", async () => {
  const { state, facts } = await gather(first([]));
  expect(state.unreachable).toBeUndefined();
  expect(state.cluster).toMatchObject({ known: true, value: { dc: "db1" } });
  expect(state.drbd).toMatchObject({ known: true, value: { role: "Primary", version: "8.4.11" } });
  expect(state.links).toEqual({
    known: true,
    value: [{ id: 0, address: "10.99.0.11", peers: [{ nodeId: 2, connected: true }] }],
  });
  expect(state.quorum).toEqual({
    known: true,
    value: { quorate: true, expectedVotes: 2, totalVotes: 2, device: undefined },
  });
  expect(state.addresses).toEqual({ known: true, value: ["10.99.0.100"] });
  expect(state.mounted).toEqual({ known: true, value: "/dev/drbd1" });
  expect(state.space).toEqual({
    known: true,
    value: [
      { path: "/data", totalBytes: 1000, usedBytes: 300, freeBytes: 700 },
      { path: "/drbd", totalBytes: 500, usedBytes: 100, freeBytes: 400 },
    ],
  });
  expect(state.spaceSamples).toEqual({
    known: true,
    value: [{ at: 1000, usedBytes: 100, freeBytes: 400 }],
  });
  expect(state.usage).toMatchObject({
    value: [{ path: "/data/drbd.img", bytes: 1_048_576 }, { path: "/drbd/my files" }],
  });
  expect(state.nfs).toEqual({
    known: true,
    value: { exports: [{ path: "/drbd/nfsshare/exports", client: "10.99.0.0/24" }], clients: ["10.99.0.50"] },
  });
  expect(state.containers).toMatchObject({ value: [{ name: "postgres", state: "running" }] });
  expect(state.clockOffset).toEqual({ known: true, value: 0.75 });
  expect(state.fenceProofs).toEqual({
    known: true,
    value: [{ node: "db2", at: "2026-11-21T10:00:00.000Z" }],
  });
  expect(facts.outside.map((probe) => [probe.port, probe.result])).toEqual([
    [5432, "open"],
    [6379, "refused"],
    [11300, "refused"],
    [2049, "refused"],
  ]);
});

test("looking runs nothing but these programs, and writes nothing", async () => {
  const host = first([]);
  let wrote = 0;
  const watched: Host = { ...host, write: async () => void wrote++, upload: async () => void wrote++ };
  await gather(watched);
  expect(wrote).toBe(0);
  expect(new Set(host.ran.map(({ argv }) => argv[0]))).toEqual(
    new Set([
      "date",
      "crm_mon",
      "cibadmin",
      "systemctl",
      "corosync-cfgtool",
      "corosync-quorumtool",
      "ip",
      "df",
      "sh",
      "docker",
    ]),
  );
  expect(host.ran.find(({ argv }) => argv[0] === "cibadmin")?.argv).toEqual(["cibadmin", "--query"]);
});

describe("absent and unknown are kept apart", () => {
  test("nothing mounted, nothing exported, no module: known to be so", async () => {
    const { state } = await gather(
      first(
        [
          {
            argv: ["df", "-B1", "--output=target,size,used,avail", "/data", "/drbd"],
            stdout: "Mounted on 1B-blocks Used Avail\n/ 1000 300 700\n/ 1000 300 700\n",
          },
        ],
        { "/proc/mounts": MOUNTS },
      ),
    );
    expect(state.mounted).toEqual({ known: true, value: undefined });
    expect(state.space).toMatchObject({ value: [{ path: "/data" }] });
    expect(state.space.known ? state.space.value : []).toHaveLength(1);
    expect(state.nfs).toMatchObject({ known: true, value: { exports: [] } });
    expect(state.drbd).toMatchObject({ known: true, value: { connection: "Unconfigured" } });
    expect(state.fenceProofs).toEqual({ known: true, value: [] });
  });

  test("a program that is missing, fails or prints nothing: unknown, with the reason", async () => {
    const { state } = await gather(
      first([
        {
          argv: ["crm_mon", "-1", "--output-as=xml"],
          code: 102,
          stdout: captured("pacemaker-2.1.5/not-running/crm_mon.xml"),
        },
        {
          argv: ["cibadmin", "--query"],
          code: 102,
          stderr: "Could not connect to the CIB: Transport endpoint is not connected\n",
        },
        { argv: ["corosync-cfgtool", "-s"], code: 127, stderr: "timeout: failed to run command\n" },
        { argv: ["systemctl", "is-active", "corosync", "pacemaker", "docker"], code: 3, stdout: "" },
        {
          argv: ["df", "-B1", "--output=target,size,used,avail", "/data", "/drbd"],
          stdout: "nonsense\nmore\n",
        },
      ]),
    );
    expect(state.cluster.known ? "" : state.cluster.why).toContain("Not connected");
    expect(state.cib.known ? "" : state.cib.why).toContain("Transport endpoint");
    expect(state.links.known).toBe(false);
    expect(state.units.known).toBe(false);
    expect(state.space.known).toBe(false);
    expect(state.unreachable).toBeUndefined();
  });

  test("stopped units are known, although systemctl ends with 3", async () => {
    const { state } = await gather(
      first([
        {
          argv: ["systemctl", "is-active", "corosync", "pacemaker", "docker"],
          code: 3,
          stdout: "active\ninactive\nfailed\n",
        },
      ]),
    );
    expect(state.units.known ? state.units.value.get("pacemaker") : "").toBe("inactive");
  });
});

test("DRBD 9 keeps its state behind drbdsetup", async () => {
  const host = first(
    [{ argv: ["drbdsetup", "status", "--json"], stdout: captured("drbd-9.2/healthy-secondary.json") }],
    {
      ...FILES,
      "/proc/drbd": "version: 9.2.8 (api:2/proto:86-122)\n",
    },
  );
  const { state } = await gather(host);
  expect(state.drbd).toMatchObject({ known: true, value: { role: "Secondary", version: "9.2.8" } });
});

test("a host that hangs on every question is given up in time, and called unreachable", async () => {
  const never = new Promise<ExecResult>(() => {});
  const host: Host = { ...first([]), exec: () => never, read: () => new Promise(() => {}) };
  const started = Date.now();
  const { state } = await gather(host, 50);
  expect(Date.now() - started).toBeLessThan(1000);
  expect(state.unreachable).toContain("did not answer within");
  expect(state.drbd.known).toBe(false);
});

test("a host there is no way to: everything unknown, for that reason", async () => {
  const { state } = await gather({ unreachable: "no route to host" });
  expect(state).toMatchObject({
    unreachable: "no route to host",
    mounted: { known: false, why: "no route to host" },
  });
});
