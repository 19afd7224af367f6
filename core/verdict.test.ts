import { describe, expect, test } from "bun:test";
import { type PairOptions, pairFacts, type profile, unreachableHost } from "../fixtures/captured/pair.ts";
import { captured } from "../fixtures/captured/read.ts";
import { parseCib } from "./cluster/cib.ts";
import { parseCrmMon } from "./cluster/crm-mon.ts";
import { known, unknown } from "./cluster/known.ts";
import { parseProcDrbd } from "./drbd/proc.ts";
import type { CheckLevel } from "./exit.ts";
import type { DataSafe } from "./verdict/data-safe.ts";
import type { PairFacts } from "./verdict/facts.ts";
import type { FailuresLeft } from "./verdict/failures-left.ts";
import type { Serving } from "./verdict/serving.ts";
import { verdict } from "./verdict.ts";

const off = unreachableHost("no route to host");

interface Case {
  readonly name: string;
  readonly state: string;
  readonly options?: PairOptions;
  readonly alter?: (facts: PairFacts) => PairFacts;
  /** level / serving / data / failures left */
  readonly expected: readonly [CheckLevel, Serving["state"], DataSafe["state"], FailuresLeft["count"]];
  /** Code of the finding that has to come first, and what its command has to contain. */
  readonly first?: string;
  readonly next?: string;
}

const withProfile =
  (change: Partial<typeof profile>) =>
  (facts: PairFacts): PairFacts => ({ ...facts, profile: { ...facts.profile, ...change } });
const stoppedUnits = known(
  new Map([
    ["corosync", "active"],
    ["pacemaker", "inactive"],
    ["docker", "active"],
  ]),
);

const CASES: readonly Case[] = [
  { name: "healthy", state: "healthy", expected: ["ok", "yes", "yes", 1] },
  { name: "peer came back", state: "peer-back", expected: ["ok", "yes", "yes", 1] },
  {
    name: "peer off, fenced",
    state: "peer-fenced",
    options: { drbd: { db2: "peer-off" }, change: { db1: off } },
    expected: ["warning", "yes", "one-copy", 0],
    first: "host.off",
    next: "skyha recover",
  },
  {
    name: "peer off, fencing fails: services run on, but the peer is not proven off",
    state: "fencing-failed",
    options: { drbd: { db2: "fencing-peer" }, change: { db1: off }, outside: "silent" },
    expected: ["critical", "unknown", "one-copy", 0],
    first: "data.suspended",
    next: "pcs stonith confirm db1",
  },
  {
    name: "peer lost, fencing fails, writes not frozen",
    state: "fencing-failed",
    options: { drbd: { db2: "peer-off" }, change: { db1: off } },
    expected: ["critical", "yes", "one-copy", 0],
    first: "host.unclean",
    next: "pcs stonith confirm db1",
  },
  {
    name: "Pacemaker stopped on the peer, which answers",
    state: "peer-stopped",
    options: {
      change: { db1: { cluster: unknown("crm_mon: Not connected"), units: stoppedUnits } },
      drbd: { db1: "unconfigured", db2: "peer-off" },
    },
    expected: ["warning", "yes", "one-copy", 0],
    first: "data.down",
    next: "skyha recover",
  },
  {
    name: "Pacemaker stopped on both hosts",
    state: "not-running",
    options: {
      change: {
        db1: { units: stoppedUnits, cib: unknown("no cluster") },
        db2: { units: stoppedUnits, cib: unknown("no cluster") },
      },
      drbd: { db1: "unconfigured", db2: "unconfigured" },
      outside: "silent",
    },
    expected: ["critical", "no", "unknown", undefined],
    first: "cluster.stopped",
    next: "skyha recover",
  },
  {
    name: "both hosts unreachable, VIP silent",
    state: "healthy",
    options: { change: { active: off, waiting: off }, outside: "silent" },
    expected: ["critical", "no", "unknown", undefined],
    next: "ssh ",
  },
  {
    name: "both hosts unreachable, VIP answers",
    state: "healthy",
    options: { change: { active: off, waiting: off } },
    expected: ["unknown", "yes", "unknown", undefined],
  },
  {
    name: "active host unreachable by SSH only: the cluster vouches for it",
    state: "healthy",
    options: { change: { active: off } },
    expected: ["warning", "yes", "yes", 1],
    first: "host.no-ssh",
  },
  {
    name: "resync to the peer",
    state: "healthy",
    options: { drbd: { active: "resync-source", waiting: "resync-target" } },
    expected: ["warning", "yes", "resyncing", 0],
  },
  {
    name: "resync without progress",
    state: "healthy",
    options: { drbd: { active: "resync-source", waiting: "resync-target" } },
    alter: (facts) => ({
      ...facts,
      hosts: facts.hosts.map((host) =>
        host.drbd.known && host.drbd.value.sync?.direction === "to-here"
          ? { ...host, drbd: known({ ...host.drbd.value, sync: { ...host.drbd.value.sync, stalled: true } }) }
          : host,
      ),
    }),
    expected: ["warning", "yes", "resyncing", 0],
    first: "data.resync-stalled",
  },
  {
    name: "a cluster that has nothing of the pair yet",
    state: "healthy",
    options: { outside: "refused" },
    alter: (facts) => ({
      ...facts,
      hosts: facts.hosts.map((host) => ({
        ...host,
        cluster: host.cluster.known ? known({ ...host.cluster.value, resources: [] }) : host.cluster,
      })),
    }),
    expected: ["critical", "no", "yes", 0],
    first: "service.not-configured",
    next: "skyha install",
  },
  {
    name: "Pacemaker runs on both hosts, but did not answer in time",
    state: "not-running",
    expected: ["unknown", "yes", "yes", undefined],
    first: "cluster.unknown",
    next: "skyha show",
  },
  {
    name: "the NFS server listens, but its export is not there",
    state: "failed-everywhere",
    alter: (facts) => ({
      ...facts,
      profile: {
        ...facts.profile,
        services: facts.profile.services.filter(({ name }) => /NFS|postgres/.test(name)),
      },
    }),
    expected: ["critical", "partly", "yes", 0],
  },
  {
    name: "writes held back by hand, with the peer there",
    state: "healthy",
    options: { drbd: { active: "suspended" } },
    expected: ["critical", "yes", "yes", 1],
    first: "data.suspended",
    next: "drbdadm resume-io skydata",
  },
  {
    name: "disconnected by hand: the copy that was left is outdated, so nothing has diverged",
    state: "healthy",
    options: { drbd: { active: "peer-disconnected", waiting: "standalone-secondary" } },
    expected: ["warning", "yes", "one-copy", 0],
    first: "data.disconnected",
    next: "skyha recover",
  },
  {
    name: "no copy is current anywhere",
    state: "healthy",
    options: { drbd: { active: "diskless-alone", waiting: "diskless-alone" }, outside: "silent" },
    expected: ["critical", "unknown", "no", 0],
  },
  {
    name: "paused resync",
    state: "healthy",
    options: { drbd: { active: "paused-source", waiting: "resync-target" } },
    expected: ["warning", "yes", "resyncing", 0],
    first: "data.resync-paused",
    next: "drbdadm resume-sync",
  },
  {
    name: "split brain: both stand alone",
    state: "healthy",
    options: { drbd: { active: "split-brain-primary", waiting: "split-brain-secondary" } },
    expected: ["critical", "yes", "no", 0],
    first: "data.split-brain",
    next: "skyha brain",
  },
  {
    name: "split brain: one stands alone, the other one waits",
    state: "healthy",
    options: { drbd: { active: "peer-off", waiting: "split-brain-secondary" } },
    expected: ["critical", "yes", "no", 0],
    first: "data.split-brain",
  },
  {
    name: "both primary",
    state: "healthy",
    options: { drbd: { active: "both-primary-1", waiting: "both-primary-2" } },
    expected: ["critical", "yes", "no", 0],
    first: "data.both-primary",
    next: "skyha brain",
  },
  {
    name: "DRBD disconnected on both although both call themselves current",
    state: "healthy",
    options: { drbd: { active: "peer-off", waiting: "peer-off" } },
    alter: (facts) => ({
      ...facts,
      hosts: facts.hosts.map((host) =>
        host.name === "db2" && host.drbd.known
          ? { ...host, drbd: known({ ...host.drbd.value, role: "Secondary" as const }) }
          : host,
      ),
    }),
    expected: ["warning", "yes", "one-copy", 0],
    first: "data.disconnected",
  },
  {
    name: "the active host lost its disk",
    state: "healthy",
    options: { drbd: { active: "diskless-primary" } },
    expected: ["warning", "yes", "one-copy", 0],
    first: "data.no-disk",
  },
  {
    name: "DRBD unreadable on both",
    state: "healthy",
    options: { drbd: { active: "unconfigured", waiting: "unconfigured" } },
    alter: (facts) => ({
      ...facts,
      hosts: facts.hosts.map((host) => ({ ...host, drbd: unknown("cat timed out") })),
    }),
    expected: ["unknown", "yes", "unknown", undefined],
    first: "data.unknown",
  },
  {
    name: "one service starts nowhere: what follows it is down too",
    state: "failed-everywhere",
    alter: (facts) => ({
      ...facts,
      outside: facts.outside.map((probe) =>
        probe.port === 5432 ? probe : { ...probe, result: "refused" as const },
      ),
    }),
    expected: ["critical", "partly", "yes", 0],
    first: "service.cannot-start",
    next: "pcs resource cleanup redis",
  },
  {
    name: "the cluster says all is well, but a port is closed",
    state: "healthy",
    alter: (facts) => ({
      ...facts,
      outside: facts.outside.map((probe) =>
        probe.port === 6379 ? { ...probe, result: "refused" as const } : probe,
      ),
    }),
    expected: ["critical", "partly", "yes", 1],
  },
  {
    name: "all runs, but nothing answers from here: not known whose fault",
    state: "healthy",
    options: { outside: "silent" },
    expected: ["unknown", "unknown", "yes", 1],
  },
  {
    name: "not tried from outside: the cluster's word",
    state: "healthy",
    options: { outside: "unknown" },
    expected: ["ok", "yes", "yes", 1],
  },
  {
    name: "a failure that was recovered",
    state: "failed-recovered",
    expected: ["warning", "yes", "yes", 1],
    first: "service.was-failed",
    next: "pcs resource cleanup postgres",
  },
  {
    name: "both fence devices dead",
    state: "fence-device-failed",
    expected: ["warning", "yes", "yes", 0],
    first: "fencing.broken",
  },
  {
    name: "maintenance",
    state: "maintenance",
    expected: ["warning", "yes", "yes", 0],
    first: "cluster.maintenance",
    next: "maintenance-mode=false",
  },
  {
    name: "maintenance, not tried from outside: the cluster's word is old",
    state: "maintenance",
    options: { outside: "unknown" },
    expected: ["unknown", "unknown", "yes", 0],
  },
  {
    name: "standby",
    state: "standby",
    expected: ["warning", "yes", "yes", 0],
    first: "host.standby",
    next: "pcs node unstandby db1",
  },
  {
    name: "a move left a ban behind",
    state: "moved-by-rule",
    expected: ["warning", "yes", "yes", 0],
    first: "constraint.leftover",
    next: "crm_resource --clear --resource drbd-cluster",
  },
  {
    name: "a ban past its time",
    state: "moved-by-rule",
    alter: (facts) => ({ ...facts, takenAt: facts.takenAt + 3600 }),
    expected: ["ok", "yes", "yes", 1],
  },
  {
    name: "docker stopped on the waiting host",
    state: "healthy",
    options: {
      change: {
        waiting: {
          units: known(
            new Map([
              ["corosync", "active"],
              ["pacemaker", "active"],
              ["docker", "inactive"],
            ]),
          ),
        },
      },
    },
    expected: ["warning", "yes", "yes", 0],
    first: "engine.stopped",
    next: "systemctl start docker",
  },
  {
    name: "docker stopped on the active host",
    state: "healthy",
    options: {
      change: {
        active: {
          units: known(
            new Map([
              ["corosync", "active"],
              ["pacemaker", "active"],
              ["docker", "failed"],
            ]),
          ),
        },
      },
    },
    expected: ["critical", "yes", "yes", 1],
    first: "engine.stopped",
  },
  {
    name: "the VIP on both hosts",
    state: "healthy",
    options: { change: { waiting: { addresses: known(["10.99.0.12", "10.99.0.100"]) } } },
    expected: ["critical", "yes", "yes", 1],
    first: "vip.duplicate",
  },
  {
    name: "the VIP on no host",
    state: "healthy",
    options: { change: { active: { addresses: known(["10.99.0.11"]) } }, outside: "silent" },
    expected: ["critical", "unknown", "yes", 1],
    first: "vip.missing",
  },
  {
    name: "the file system is not mounted",
    state: "healthy",
    options: { change: { active: { mounted: known(undefined) } } },
    expected: ["critical", "yes", "yes", 1],
    first: "data.not-mounted",
  },
  {
    name: "the replicated file system is full",
    state: "healthy",
    options: {
      change: { active: { space: known([{ path: "/drbd", totalBytes: 100, usedBytes: 97, freeBytes: 3 }]) } },
    },
    expected: ["critical", "yes", "yes", 1],
    first: "space.full",
  },
  {
    name: "one of two links down",
    state: "healthy",
    options: {
      change: {
        active: {
          links: known([
            { id: 0, address: "a", peers: [{ nodeId: 2, connected: true }] },
            { id: 1, address: "b", peers: [{ nodeId: 2, connected: false }] },
          ]),
        },
      },
    },
    expected: ["warning", "yes", "yes", 1],
    first: "cluster.link-down",
  },
  {
    name: "quorum device gone",
    state: "healthy",
    options: {
      change: {
        active: { quorum: known({ quorate: true, expectedVotes: 3, totalVotes: 2, device: false }) },
      },
    },
    expected: ["warning", "yes", "yes", 1],
    first: "cluster.no-quorum-device",
  },
];

describe.each(["2.1.5", "3.0.0"] as const)("with the cluster's words of Pacemaker %s", (release) => {
  test.each(CASES)("$name", ({ state, options, alter, expected, first, next }) => {
    const facts = pairFacts(state, { ...options, release });
    const result = verdict(alter ? alter(facts) : facts);
    const [level, serves, data, left] = expected;
    expect([result.level, result.serving.state, result.dataSafe.state, result.failuresLeft.count]).toEqual([
      level,
      serves,
      data,
      left,
    ]);
    if (first !== undefined) expect(result.findings[0]?.code).toBe(first);
    if (next !== undefined) expect(result.next?.command ?? "").toContain(next);
    if (level === "ok") expect(result.next).toBeUndefined();
    else expect(result.findings.length + result.serving.why.length).toBeGreaterThan(0);
  });
});

const setFencing =
  (value: boolean | undefined) =>
  (facts: PairFacts): PairFacts => ({
    ...facts,
    hosts: facts.hosts.map((host) => ({
      ...host,
      cluster: host.cluster.known
        ? known({ ...host.cluster.value, options: { ...host.cluster.value.options, fencingEnabled: value } })
        : host.cluster,
    })),
  });

test("a host that was just lost: wait for the fencing, do not vouch for it by hand", () => {
  const facts = pairFacts("fencing-failed", { drbd: { db2: "fencing-peer" }, change: { db1: off } });
  const underWay: PairFacts = {
    ...facts,
    hosts: facts.hosts.map((host) => ({
      ...host,
      cluster: host.cluster.known ? known({ ...host.cluster.value, fencing: [] }) : host.cluster,
    })),
  };
  expect(verdict(underWay).next?.command).toBe("skyha show");
  expect(verdict(underWay).level).toBe("critical");
});

describe("fencing", () => {
  test("switched off without consent is critical, and no failure can be survived", () => {
    const result = verdict(setFencing(false)(pairFacts("healthy")));
    expect(result.level).toBe("critical");
    expect(result.failuresLeft.count).toBe(0);
    expect(result.findings[0]?.code).toBe("fencing.disabled");
  });

  test("the accepted risk is a finding in every state, also when nothing else is wrong or nothing answers", () => {
    const accepted = withProfile({ acceptSplitBrainRisk: true, fencing: "none" });
    for (const facts of [
      setFencing(false)(pairFacts("healthy")),
      pairFacts("healthy"),
      pairFacts("healthy", { change: { db1: off, db2: off } }),
    ]) {
      expect(verdict(accepted(facts)).findings.map((finding) => finding.code)).toContain(
        "fencing.risk-accepted",
      );
    }
    expect(verdict(accepted(setFencing(false)(pairFacts("healthy")))).failuresLeft).toMatchObject({
      count: 1,
      proof: "unproven",
    });
  });

  test("a host that was never fenced, or last in vain, is unproven; after a fence of both it is proven", () => {
    expect(verdict(pairFacts("healthy")).failuresLeft.proof).toBe("unproven");
    const fenced =
      (status: "success" | "failed") =>
      (facts: PairFacts): PairFacts => ({
        ...facts,
        hosts: facts.hosts.map((host) => ({
          ...host,
          cluster: host.cluster.known
            ? known({
                ...host.cluster.value,
                fencing: ["db1", "db2"].map((target) => ({
                  action: "reboot",
                  target,
                  status: target === "db2" ? status : ("success" as const),
                  origin: "db1",
                  delegate: "db1",
                  reason: undefined,
                  at: "2026-11-20 10:00:00Z",
                })),
              })
            : host.cluster,
        })),
      });
    expect(verdict(fenced("success")(pairFacts("healthy"))).failuresLeft).toMatchObject({
      count: 1,
      proof: "proven",
    });
    const doubtful = verdict(fenced("failed")(pairFacts("healthy")));
    expect(doubtful.failuresLeft).toMatchObject({ count: 1, proof: "unproven" });
    expect(doubtful.findings[0]?.code).toBe("fencing.doubtful");
  });

  test("not knowing whether fencing is on is not ok", () => {
    const facts = setFencing(undefined)(
      pairFacts("healthy", {
        change: { db1: { cib: unknown("timed out") }, db2: { cib: unknown("timed out") } },
      }),
    );
    const result = verdict(facts);
    expect(result.failuresLeft.count).toBeUndefined();
    expect(result.level).toBe("unknown");
  });
});

describe("a pair that skyha installed on Debian 12", () => {
  const real = (state: string, name: "db1" | "db2") => {
    const text = (file: string) => captured(`pair-debian-12/${state}/${name}/${file}`);
    return {
      cluster: parseCrmMon(text("crm_mon.xml")),
      cib: parseCib(text("cib.xml")),
      drbd: parseProcDrbd(text("proc-drbd.txt"), 1),
    };
  };

  test("healthy: nothing to do", () => {
    const result = verdict(
      pairFacts("healthy", { change: { db1: real("healthy", "db1"), db2: real("healthy", "db2") } }),
    );
    expect(result).toMatchObject({
      level: "ok",
      dataSafe: { state: "yes" },
      failuresLeft: { count: 1, proof: "proven" },
      findings: [],
    });
  });

  test("seconds after the power cut of a host: data on one copy, writes held back, wait for the fencing", () => {
    const facts = pairFacts("peer-fenced", { change: { db1: off, db2: real("peer-off", "db2") } });
    const result = verdict(facts);
    expect(result).toMatchObject({ level: "critical", dataSafe: { state: "one-copy", goodCopy: "db2" } });
    expect(result.findings[0]?.code).toBe("data.suspended");
    expect(result.next?.command).toBe("skyha show");
  });
});

test("each host sure that the other one is gone is a partition", () => {
  const facts = pairFacts("peer-fenced", { drbd: { db1: "peer-off", db2: "peer-off" } });
  const mirrored: PairFacts = {
    ...facts,
    hosts: facts.hosts.map((host) => {
      if (host.name !== "db1" || !host.cluster.known) return host;
      const nodes = host.cluster.value.nodes.map((node) => ({
        ...node,
        online: node.name === "db1",
        isDc: node.name === "db1",
      }));
      return { ...host, cluster: known({ ...host.cluster.value, dc: "db1", nodes }) };
    }),
  };
  expect(verdict(mirrored).findings.map((finding) => finding.code)).toContain("cluster.partition");
});

test("every command is typed somewhere and says why; critical findings all have one", () => {
  for (const { state, options, alter } of CASES) {
    const facts = pairFacts(state, options ?? {});
    for (const finding of verdict(alter ? alter(facts) : facts).findings) {
      if (finding.level === "critical") expect(finding.next?.command ?? "").not.toBe("");
      if (finding.next) expect(finding.next.why).not.toBe("");
      expect(finding.text).not.toContain("undefined");
    }
  }
});
