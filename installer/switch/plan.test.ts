import { describe, expect, test } from "bun:test";
import { known, unknown } from "../../core/cluster/known.ts";
import { type PairOptions, pairFacts, unreachableHost } from "../../fixtures/captured/pair.ts";
import { switchPlan } from "./plan.ts";

const refusals = (state: string, options: PairOptions = {}, to?: string): string[] =>
  switchPlan(pairFacts(state, options), to)
    .checks.filter((check) => !check.ok)
    .map((check) => check.name);

test("a healthy pair: nothing in the way, everything of the group moves, the promoted role first", () => {
  const plan = switchPlan(pairFacts("healthy"));
  expect(plan.checks.filter((check) => !check.ok)).toEqual([]);
  expect(plan).toMatchObject({ from: "db1", to: "db2", alreadyThere: false });
  expect(plan.moves.map((move) => move.resource)).toEqual([
    "drbd-cluster (promoted role)",
    "skyfs",
    "vip-master",
    "postgres",
    "redis",
    "bstkd",
    "nfs-daemon",
    "nfs-root",
  ]);
});

describe("each of these alone is in the way", () => {
  const off = unreachableHost("no route to host");
  test.each<[string, string, PairOptions, string]>([
    ["the other host is off", "peer-fenced", { change: { db1: off }, drbd: { db2: "peer-off" } }, "hosts"],
    ["standby", "standby", {}, "hosts"],
    ["maintenance", "maintenance", {}, "cluster"],
    ["Pacemaker of the target stopped", "peer-stopped", {}, "hosts"],
    ["a resync", "healthy", { drbd: { active: "resync-source", waiting: "resync-target" } }, "data"],
    [
      "split brain",
      "healthy",
      { drbd: { active: "standalone-primary", waiting: "standalone-secondary" } },
      "data",
    ],
    ["DRBD not connected", "healthy", { drbd: { active: "peer-off", waiting: "healthy-secondary" } }, "data"],
    [
      "the target's copy could not be read",
      "healthy",
      { change: { waiting: { drbd: unknown("timed out") } } },
      "data",
    ],
    ["a failed action, even a recovered one", "failed-recovered", {}, "failures"],
    ["a service that does not run", "failed-everywhere", {}, "failures"],
    ["dead fence devices", "fence-device-failed", {}, "fencing"],
    ["a constraint of an earlier move", "moved-by-rule", {}, "constraints"],
    [
      "the engine of the target is stopped",
      "healthy",
      { change: { waiting: { units: known(new Map([["docker", "inactive"]])) } } },
      "engine",
    ],
    ["the target cannot be asked", "healthy", { change: { waiting: off } }, "engine"],
    ["no cluster answers", "not-running", {}, "cluster"],
  ])("%s", (_name, state, options, expected) => {
    for (const release of ["2.1.5", "3.0.0"] as const)
      expect(refusals(state, { ...options, release })).toContain(expected);
  });

  test("a target that is no host of the pair", () => {
    expect(refusals("healthy", {}, "db9")).toContain("target");
  });

  test("fencing that is off, or of which nobody knows, unless the risk was accepted", () => {
    const fencing = (enabled: boolean | undefined, acceptSplitBrainRisk: boolean) => {
      const facts = pairFacts("healthy", {
        change: { db1: { cib: unknown("no answer") }, db2: { cib: unknown("no answer") } },
      });
      const hosts = facts.hosts.map((host) => ({
        ...host,
        cluster: host.cluster.known
          ? known({
              ...host.cluster.value,
              options: { ...host.cluster.value.options, fencingEnabled: enabled },
            })
          : host.cluster,
      }));
      return switchPlan({ ...facts, hosts, profile: { ...facts.profile, acceptSplitBrainRisk } }).checks.find(
        (check) => check.name === "fencing",
      )?.ok;
    };
    expect(fencing(false, false)).toBe(false);
    expect(fencing(undefined, false)).toBe(false);
    expect(fencing(undefined, true)).toBe(false);
    expect(fencing(false, true)).toBe(true);
  });
});

test("to where they are already: nothing to do, which is no refusal", () => {
  expect(switchPlan(pairFacts("healthy"), "db1")).toMatchObject({ alreadyThere: true, moves: [] });
});
