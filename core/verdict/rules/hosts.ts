import { say } from "../../texts/say.ts";
import type { HostState, PairFacts } from "../facts.ts";
import { commands, critical, type Finding, info, notKnown, warning } from "../finding.ts";
import { type ClusterView, clusterView, commandHost, hasFencingFailed, isMember, nodeOf } from "../view.ts";

/** Clock difference from which logs and lease times of the two hosts no longer fit together, seconds. */
const CLOCK_TOLERANCE = 5;

/** Whether each host is there, takes part, and is allowed to run services. */
export function hostFindings(facts: PairFacts): Finding[] {
  return [...facts.hosts.flatMap((host) => presence(facts, host)), ...clocks(facts)];
}

function presence(facts: PairFacts, host: HostState): Finding[] {
  const view = clusterView(facts);
  const on = commandHost(facts);
  const node = view.known ? nodeOf(view.value.status, host.name) : undefined;
  if (view.known && node?.unclean) return [lost(view.value, host.name)];
  if (host.unreachable !== undefined) {
    if (node === undefined) {
      return [
        notKnown("host.unreachable", say`${host.name} does not answer SSH: ${host.unreachable}`, {
          host: host.name,
          next: commands.ssh(host.address),
        }),
      ];
    }
    if (!isMember(node)) {
      return [
        warning("host.off", say`${host.name} is off or cut off: no SSH, and not in the cluster`, {
          host: host.name,
          next: commands.recover(
            say`once ${host.name} has power and network: brings it back and waits for its data`,
          ),
        }),
      ];
    }
    return [
      warning(
        "host.no-ssh",
        say`${host.name} takes part in the cluster, but does not answer SSH: ${host.unreachable}`,
        {
          host: host.name,
          next: commands.ssh(host.address),
        },
      ),
    ];
  }
  return [...stack(host, !view.known || isMember(node)), ...duties(host, on, node)];
}

/** To say "it is off" by hand is right only when the cluster could not find out by itself. */
function lost({ status, from }: ClusterView, name: string): Finding {
  const text = say`${name} is lost and not proven off: what ran there stays down until it is fenced`;
  const next = hasFencingFailed(status, name)
    ? commands.confirmOff(name, from)
    : commands.show(say`the cluster is powering it off: look again in a few seconds`);
  return critical("host.unclean", text, { host: name, next });
}

/**
 * The cluster programs on a host that answers.
 * @param member false: the cluster was asked, and says that the host does not take part
 */
function stack(host: HostState, member: boolean): Finding[] {
  if (!host.units.known)
    return [notKnown("host.units", `${host.name}: ${host.units.why}`, { host: host.name })];
  const down = ["corosync", "pacemaker"].filter(
    (unit) => host.units.known && host.units.value.get(unit) !== "active",
  );
  const [first] = down;
  if (first !== undefined) {
    return [
      warning(
        "host.cluster-stopped",
        down.length > 1
          ? say`${down.join(say` and `)} do not run on ${host.name}`
          : say`${first} does not run on ${host.name}`,
        {
          host: host.name,
          next: commands.startNode(host.name),
        },
      ),
    ];
  }
  if (member) return [];
  return [
    warning("host.not-member", say`${host.name} runs Pacemaker, but is no member of the cluster (yet)`, {
      host: host.name,
      next: commands.links(host.name),
    }),
  ];
}

function duties(host: HostState, on: string | undefined, node: ReturnType<typeof nodeOf>): Finding[] {
  // A pending node is printed as standby; that is not somebody's intention.
  if (!node || !isMember(node)) return [];
  return [
    ...(node.standby
      ? [
          warning("host.standby", say`${host.name} is in standby: it will not take over`, {
            host: host.name,
            next: commands.unstandby(host.name, on),
          }),
        ]
      : []),
    ...(node.maintenance
      ? [
          warning("host.maintenance", say`${host.name} is in maintenance: the cluster leaves it alone`, {
            host: host.name,
            next: commands.unmaintain(host.name, on),
          }),
        ]
      : []),
  ];
}

function clocks(facts: PairFacts): Finding[] {
  const [first, second] = facts.hosts;
  if (!first?.clockOffset.known || !second?.clockOffset.known) return [];
  const apart = Math.abs(first.clockOffset.value - second.clockOffset.value);
  if (apart <= CLOCK_TOLERANCE) return [];
  const text = say`the clocks of ${first.name} and ${second.name} are ${Math.round(apart)} s apart`;
  return apart > 60
    ? [warning("host.clock", text, { next: commands.clock(second.name) })]
    : [info("host.clock", text, { next: commands.clock(second.name) })];
}
