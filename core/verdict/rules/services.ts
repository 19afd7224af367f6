import {
  ageOf,
  type ClusterResource,
  type ClusterStatus,
  type FailedAction,
  INFINITY_SCORE,
} from "../../cluster/model.ts";
import { say } from "../../texts/say.ts";
import type { PairFacts } from "../facts.ts";
import { commands, critical, type Finding, info, warning } from "../finding.ts";
import { activeHost, type ClusterView, clusterView, isMember, nodeOf } from "../view.ts";

/** Resources that do not run as they should, past failures, the VIP, the container engine. */
export function serviceFindings(facts: PairFacts): Finding[] {
  const view = clusterView(facts);
  return [
    ...(view.known ? missing(facts, view.value.status) : []),
    ...(view.known ? view.value.status.resources.flatMap((item) => judge(facts, view.value, item)) : []),
    ...(view.known ? pastFailures(view.value) : []),
    ...vip(facts),
    ...engine(facts),
  ];
}

/** What the configuration of skyha has, and that of the cluster has not: an installation that is not complete. */
function missing(facts: PairFacts, status: ClusterStatus): Finding[] {
  const { ids, services } = facts.profile;
  const wanted = [ids.drbd, ids.filesystem, ids.vip, ...services.flatMap((service) => service.resources)];
  const absent = wanted.filter((id) => !status.resources.some((resource) => resource.id === id));
  if (absent.length === 0 || status.dc === undefined) return [];
  return [
    critical(
      "service.not-configured",
      say`the cluster has no ${absent.join(", ")}: it is not installed completely`,
      {
        next: commands.install(say`adds what is missing, and touches nothing that is as it should be`),
      },
    ),
  ];
}

const isFenceDevice = (resource: ClusterResource): boolean => resource.agent.startsWith("stonith:");

function judge(facts: PairFacts, { status, from }: ClusterView, resource: ClusterResource): Finding[] {
  if (isFenceDevice(resource) || resource.orphaned) return [];
  // An instance of the clone that is stopped belongs to a node that is away; the host's finding says so.
  if (resource.clone !== undefined && !resource.failed && !resource.blocked)
    return unpromoted(facts, status, resource);
  const { id } = resource;
  const failure = latestFailure(status.failures, id);
  const cause = failure ? `: ${describeFailure(failure)}` : "";
  const where = resource.nodes[0];
  if (resource.blocked) {
    return [
      critical(
        "service.blocked",
        say`${id} is blocked${where ? say` on ${where}` : ""}: the cluster will not touch it any more${cause}`,
        {
          host: where,
          next: commands.cleanup(id, from),
        },
      ),
    ];
  }
  if (resource.failed) {
    return [
      critical("service.failed", say`${id} has failed${where ? say` on ${where}` : ""}${cause}`, {
        host: where,
        next: commands.cleanup(id, from),
      }),
    ];
  }
  if (!resource.active) return stopped(facts, { status, from }, resource, failure);
  const unmanaged =
    !resource.managed &&
    !status.options.maintenance &&
    !(where !== undefined && nodeOf(status, where)?.maintenance);
  return unmanaged
    ? [
        warning("service.unmanaged", say`${id} is not managed: the cluster will not restart or move it`, {
          host: where,
          next: isResting(facts, id) ? commands.wake(id, from) : commands.manage(id, from),
        }),
      ]
    : [];
}

/** In maintenance by itself, as a restore that was broken off leaves it. */
function isResting(facts: PairFacts, id: string): boolean {
  const view = clusterView(facts);
  return view.known && view.value.cib.known && view.value.cib.value.resting.includes(id);
}

/** Nobody is promoted: reported once, with the first instance. */
function unpromoted(facts: PairFacts, status: ClusterStatus, resource: ClusterResource): Finding[] {
  const { ids, drbd } = facts.profile;
  const instances = status.resources.filter((item) => item.id === resource.id);
  if (resource.id !== ids.drbd || instances[0] !== resource) return [];
  if (instances.some((item) => item.role === "Promoted")) return [];
  const failure = latestFailure(status.failures, resource.id);
  return [
    critical(
      "service.not-promoted",
      say`DRBD ${drbd.resource} is promoted nowhere: no service can start${failure ? `: ${describeFailure(failure)}` : ""}`,
      {
        next: commands.recover(say`finds out which copy may be promoted`),
      },
    ),
  ];
}

function stopped(
  facts: PairFacts,
  { status, from }: Pick<ClusterView, "status" | "from">,
  resource: ClusterResource,
  failure: FailedAction | undefined,
): Finding[] {
  const { id } = resource;
  if (resource.targetRole?.toLowerCase() === "stopped") {
    return [
      critical("service.disabled", say`${id} was disabled by hand`, { next: commands.enable(id, from) }),
    ];
  }
  if (failure) {
    return [
      critical("service.cannot-start", say`${id} does not run: ${describeFailure(failure)}`, {
        host: failure.node,
        next: commands.cleanup(id, from),
      }),
    ];
  }
  // Members of a group start in order: what stops the first one that is down stops the rest.
  const group = status.resources.filter((item) => item.group !== undefined && item.group === resource.group);
  const first = group.find((item) => !item.active);
  const promoted = status.resources.some(
    (item) => item.id === facts.profile.ids.drbd && item.role === "Promoted",
  );
  if ((first && first.id !== id) || !promoted || status.options.stopAll) {
    return [info("service.waiting", say`${id} waits for what has to start before it`)];
  }
  if (isAtWork(status)) {
    const next = commands.show(say`the cluster is at work: look again in a few seconds`);
    return [critical("service.starting", say`${id} does not run yet`, { next })];
  }
  return [
    critical("service.stopped", say`${id} does not run anywhere, and the cluster names no failure`, {
      next: commands.journal(id, from),
    }),
  ];
}

/** Something is under way, or was begun so recently that more is likely to follow. */
function isAtWork(status: ClusterStatus): boolean {
  const steps = status.histories.flatMap((history) => history.operations);
  return (
    status.resources.some((resource) => resource.pending !== undefined) ||
    steps.some(({ task, at }) => /^(start|promote)$/.test(task) && (ageOf(status, at) ?? 60) < 60)
  );
}

/** Failures the cluster has recovered from: they count towards the limit at which it moves the services away. */
function pastFailures({ status, from }: ClusterView): Finding[] {
  return status.histories.flatMap((history) => {
    const resource = status.resources.find(
      (item) =>
        item.id === history.resource && (item.clone === undefined || item.nodes.includes(history.node)),
    );
    if (
      history.failCount === 0 ||
      !resource ||
      isFenceDevice(resource) ||
      !resource.active ||
      resource.failed ||
      resource.blocked
    )
      return [];
    const failure = status.failures.find(
      (item) => item.resource === history.resource && item.node === history.node,
    );
    const times = history.failCount >= INFINITY_SCORE ? say`for good` : say`${history.failCount}×`;
    const limit = history.migrationThreshold;
    const left =
      limit === undefined || limit >= INFINITY_SCORE || history.failCount >= limit
        ? ""
        : say` (moves away at ${limit})`;
    return [
      warning(
        "service.was-failed",
        say`${history.resource} failed ${times} on ${history.node}${left}${failure ? `: ${describeFailure(failure)}` : ""}`,
        {
          host: history.node,
          next: commands.cleanup(history.resource, from),
        },
      ),
    ];
  });
}

const latestFailure = (failures: readonly FailedAction[], id: string): FailedAction | undefined =>
  failures.find((failure) => failure.resource === id && failure.task === "start") ??
  failures.find((failure) => failure.resource === id);

/** "start on db2: image redis:7 is not on this host (not installed), 2026-11-21 11:11:48Z" */
export function describeFailure(failure: FailedAction): string {
  const said = failure.reason === "" ? failure.exitStatus : `${failure.reason} (${failure.exitStatus})`;
  return say`${failure.task} on ${failure.node}: ${said}${failure.at === undefined ? "" : `, ${failure.at}`}`;
}

/** The address clients use: exactly one host has it. */
function vip(facts: PairFacts): Finding[] {
  const { vip: address, ids } = facts.profile;
  const holders = facts.hosts.filter(
    (host) => host.addresses.known && host.addresses.value.includes(address),
  );
  if (holders.length > 1) {
    const names = holders.map((host) => host.name).join(say` and `);
    return [
      critical("vip.duplicate", say`${names} both have the address ${address}: clients reach either one`, {
        next: commands.brain(),
      }),
    ];
  }
  const view = clusterView(facts);
  const resource = view.known ? view.value.status.resources.find((item) => item.id === ids.vip) : undefined;
  const claimed = resource?.active
    ? facts.hosts.find((host) => resource.nodes.includes(host.name))
    : undefined;
  if (
    !view.known ||
    holders.length > 0 ||
    !claimed?.addresses.known ||
    !isMember(nodeOf(view.value.status, claimed.name))
  )
    return [];
  return [
    critical("vip.missing", say`${claimed.name} does not have ${address}, although the cluster thinks so`, {
      host: claimed.name,
      next: commands.cleanup(ids.vip, view.value.from),
    }),
  ];
}

function engine(facts: PairFacts): Finding[] {
  // podman has no daemon that could be down.
  if (facts.profile.engine !== "docker") return [];
  const active = activeHost(facts);
  return facts.hosts.flatMap((host) => {
    if (!host.units.known || host.units.value.get("docker") === "active" || !host.units.value.has("docker"))
      return [];
    const text = say`docker does not run on ${host.name}`;
    const extra = { host: host.name, next: commands.startUnit("docker", host.name) };
    return host.name === active
      ? [critical("engine.stopped", say`${text}: containers there cannot be watched or started`, extra)]
      : [warning("engine.stopped", say`${text}: it could not take over`, extra)];
  });
}
