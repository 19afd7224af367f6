import type { LocationConstraint } from "../../cluster/cib.ts";
import { epochOf } from "../../cluster/model.ts";
import { say } from "../../texts/say.ts";
import type { PairFacts } from "../facts.ts";
import { commands, critical, type Finding, info, notKnown, warning } from "../finding.ts";
import { type ClusterView, clusterView, clusterViews, diskAt, isMember, nodeOf } from "../view.ts";

/** Quorum, links, cluster-wide switches, and constraints that earlier commands left behind. */
export function clusterFindings(facts: PairFacts): Finding[] {
  const view = clusterView(facts);
  if (!view.known) return [...silence(facts, view.why), ...links(facts)];
  return [
    ...partition(facts),
    ...switches(view.value),
    ...quorum(facts, view.value),
    ...links(facts),
    ...constraints(facts, view.value),
  ];
}

/** No cluster answers anywhere: with both hosts there, nothing looks after the services. */
function silence(facts: PairFacts, why: string): Finding[] {
  const answered = facts.hosts.filter((host) => host.unreachable === undefined);
  if (answered.length === 0)
    return [notKnown("cluster.unknown", say`the cluster could not be asked: ${why}`)];
  const stopped = answered.every(
    (host) => host.units.known && host.units.value.get("pacemaker") !== "active",
  );
  // Pacemaker that runs and does not answer is busy or hangs; there is nothing to start.
  const runs = answered.some((host) => host.units.known && host.units.value.get("pacemaker") === "active");
  const next = runs
    ? commands.show(say`Pacemaker runs, but did not answer in time: look again`)
    : commands.recover(say`starts the cluster where that is safe`);
  return stopped && answered.length === facts.hosts.length
    ? [
        critical("cluster.stopped", say`Pacemaker runs on neither host: nothing looks after the services`, {
          next,
        }),
      ]
    : [notKnown("cluster.unknown", say`the cluster does not answer: ${why}`, { next })];
}

/** Both hosts answer, and each is sure that the other one is gone. */
function partition(facts: PairFacts): Finding[] {
  const alone = clusterViews(facts).filter((view) => {
    const others = view.status.nodes.filter((node) => node.name !== view.from);
    return view.status.dc !== undefined && others.every((node) => !node.online);
  });
  if (alone.length < 2) return [];
  return [
    critical("cluster.partition", say`each host believes the other one is gone: the cluster links are cut`, {
      next: commands.links(alone[0]?.from ?? ""),
    }),
  ];
}

function switches({ status, from, cib }: ClusterView): Finding[] {
  return [
    ...(status.options.maintenance
      ? [warning("cluster.maintenance", maintenanceText(cib), { next: commands.maintenanceOff() })]
      : []),
    ...(status.options.stopAll
      ? [
          critical("cluster.stop-all", say`the cluster was told to stop everything (stop-all-resources)`, {
            next: commands.startAll(from),
          }),
        ]
      : []),
    ...(status.dc === undefined
      ? [notKnown("cluster.no-dc", say`the cluster is just forming: it has no designated controller yet`)]
      : []),
  ];
}

/** Who has done it is whom to ask before it is ended. */
function maintenanceText(cib: ClusterView["cib"]): string {
  const text = say`the cluster is in maintenance: nothing is watched, restarted or moved`;
  const asked = cib.known ? cib.value.maintenance : undefined;
  if (asked === undefined) return text;
  const { by = "?", since = "?", until, reason } = asked;
  return [
    text,
    say`; by ${by}, since ${since}`,
    ...(until === undefined ? [] : [say`, until ${until}`]),
    ...(reason === undefined ? [] : [say`: ${reason}`]),
  ].join("");
}

function quorum(facts: PairFacts, { status, from }: ClusterView): Finding[] {
  const device = facts.hosts.find((host) => host.quorum.known && host.quorum.value.device !== undefined);
  return [
    ...(status.quorate === false
      ? [
          critical("cluster.no-quorum", say`no quorum where ${from} is: it will not start or keep services`, {
            next: commands.recover(say`brings the other host or the quorum device back`),
          }),
        ]
      : []),
    ...(device?.quorum.known && device.quorum.value.device === false
      ? [
          warning(
            "cluster.no-quorum-device",
            say`the quorum device gives no vote: one more failure stops the services`,
            {
              next: commands.links(device.name),
            },
          ),
        ]
      : []),
  ];
}

/** Links to a node that is gone say nothing new; links to a member that is there do. */
function links(facts: PairFacts): Finding[] {
  const view = clusterView(facts);
  const bothThere = view.known && facts.hosts.every((host) => isMember(nodeOf(view.value.status, host.name)));
  if (!bothThere) return [];
  const seen = facts.hosts.flatMap((host) =>
    host.links.known ? host.links.value.map((link) => ({ host, link })) : [],
  );
  const down = seen.filter(({ link }) => link.peers.some((peer) => !peer.connected));
  const [first] = down;
  if (first) {
    const ids = [...new Set(down.map(({ link }) => link.id))].join(", ");
    return [
      warning("cluster.link-down", say`cluster link ${ids} is down: one more cut parts the hosts`, {
        next: commands.links(first.host.name),
      }),
    ];
  }
  const count = new Set(seen.map(({ link }) => link.id)).size;
  return count === 1
    ? [
        info(
          "cluster.one-link",
          say`there is only one cluster link: a cut cable makes one host power the other off`,
        ),
      ]
    : [];
}

function constraints(facts: PairFacts, view: ClusterView): Finding[] {
  if (!view.cib.known)
    return [notKnown("cluster.cib", say`the configuration could not be read: ${view.cib.why}`)];
  return view.cib.value.locations.flatMap((location) => {
    if (location.origin === "drbd-fence") return drbdFence(facts, location, view.from);
    if (location.origin === "configured") return [];
    return [leftover(facts, location, view.from)];
  });
}

/** A constraint of a move by hand: in force, or past its time and only clutter. */
function leftover(facts: PairFacts, location: LocationConstraint, on: string): Finding {
  const until = epochOf(location.until);
  const what =
    location.origin === "ban"
      ? say`${location.resource} may not ${location.role === "Promoted" ? say`be promoted` : say`run`} on ${location.node ?? "?"}`
      : say`${location.resource} is tied to ${location.node ?? "?"}`;
  const next = commands.clear(location.resource, on);
  if (until !== undefined && until <= facts.takenAt) {
    return info(
      "constraint.expired",
      say`a move left ${location.id} behind; its time is over, it has no effect`,
      { next },
    );
  }
  const end =
    until === undefined ? say`without an end` : say`for ${Math.ceil((until - facts.takenAt) / 60)} more min`;
  return warning("constraint.leftover", say`a move left ${location.id} behind: ${what}, ${end}`, { next });
}

/** DRBD's handler bans a host with an outdated copy, and lifts the ban after the resync. */
function drbdFence(facts: PairFacts, location: LocationConstraint, on: string): Finding[] {
  const kept = location.node ?? "?";
  const banned = facts.profile.hosts.filter((host) => (host.name !== kept) === location.exceptNode);
  const current = banned.every((host) => diskAt(facts, host.name) === "UpToDate");
  const names = banned.map((host) => host.name).join(", ");
  if (!current) {
    return [
      info(
        "constraint.drbd-fence",
        say`DRBD keeps ${names} from being promoted until its copy is up to date`,
      ),
    ];
  }
  return [
    warning(
      "constraint.drbd-fence",
      say`${names} may not be promoted (${location.id}), although its copy is up to date`,
      {
        next: {
          command: `cibadmin --delete --xpath "//*[@id='${location.id}']"`,
          on,
          why: say`DRBD's handler should have removed it after the resync`,
        },
      },
    ),
  ];
}
