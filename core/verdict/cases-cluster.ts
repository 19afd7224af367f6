import { unreachableHost } from "../../fixtures/captured/pair.ts";
import { known } from "../cluster/known.ts";
import type { Case } from "./cases.ts";

const off = unreachableHost("no route to host");

/** States of hosts, cluster, services and space. */
export const CLUSTER_CASES: readonly Case[] = [
  { name: "healthy", state: "healthy", expected: ["ok", "yes", "yes", 1] },
  { name: "peer came back", state: "peer-back", expected: ["ok", "yes", "yes", 1] },
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
    next: "crm_resource --cleanup --resource redis",
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
    next: "crm_resource --cleanup --resource postgres",
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
    next: "skyha maintenance off",
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
    next: "crm_standby --delete --node db1",
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
