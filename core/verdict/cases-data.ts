import { unreachableHost } from "../../fixtures/captured/pair.ts";
import { known, unknown } from "../cluster/known.ts";
import type { Case } from "./cases.ts";

const off = unreachableHost("no route to host");

const stoppedUnits = known(
  new Map([
    ["corosync", "active"],
    ["pacemaker", "inactive"],
    ["docker", "active"],
  ]),
);

/** States of the two copies and of the connection between them. */
export const DATA_CASES: readonly Case[] = [
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
    next: "stonith_admin --confirm db1",
  },
  {
    name: "peer lost, fencing fails, writes not frozen",
    state: "fencing-failed",
    options: { drbd: { db2: "peer-off" }, change: { db1: off } },
    expected: ["critical", "yes", "one-copy", 0],
    first: "host.unclean",
    next: "stonith_admin --confirm db1",
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
    name: "the file system is not mounted",
    state: "healthy",
    options: { change: { active: { mounted: known(undefined) } } },
    expected: ["critical", "yes", "yes", 1],
    first: "data.not-mounted",
  },
];
