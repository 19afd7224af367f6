import { describe, expect, test } from "bun:test";
import { pairFacts, type profile, unreachableHost } from "../fixtures/captured/pair.ts";
import { captured } from "../fixtures/captured/read.ts";
import { type MaintenanceRequest, parseCib } from "./cluster/cib.ts";
import { parseCrmMon } from "./cluster/crm-mon.ts";
import { known, unknown } from "./cluster/known.ts";
import { parseProcDrbd } from "./drbd/proc.ts";
import { CLUSTER_CASES } from "./verdict/cases-cluster.ts";
import { DATA_CASES } from "./verdict/cases-data.ts";
import type { PairFacts } from "./verdict/facts.ts";
import { verdict } from "./verdict.ts";

const off = unreachableHost("no route to host");

const withProfile =
  (change: Partial<typeof profile>) =>
  (facts: PairFacts): PairFacts => ({ ...facts, profile: { ...facts.profile, ...change } });
const CASES = [...DATA_CASES, ...CLUSTER_CASES];

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

test("maintenance says who has asked for it, until when, and why", () => {
  const textOf = (request: MaintenanceRequest | undefined) => {
    const facts = pairFacts("maintenance");
    const hosts = facts.hosts.map((host) =>
      host.cib.known ? { ...host, cib: known({ ...host.cib.value, maintenance: request }) } : host,
    );
    return verdict({ ...facts, hosts }).findings[0]?.text;
  };
  const plain = "the cluster is in maintenance: nothing is watched, restarted or moved";
  expect(textOf(undefined)).toBe(plain);
  const since = "2026-01-02T03:04:05Z";
  expect(textOf({ by: "ann@laptop", since, until: undefined, reason: undefined })).toBe(
    `${plain}; by ann@laptop, since ${since}`,
  );
  expect(textOf({ by: "ann@laptop", since, until: "2026-01-02T05:04:05Z", reason: "new switch" })).toBe(
    `${plain}; by ann@laptop, since ${since}, until 2026-01-02T05:04:05Z: new switch`,
  );
});
