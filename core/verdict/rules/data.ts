import { isPaused } from "../../drbd/model.ts";
import { say } from "../../texts/say.ts";
import type { HostState, PairFacts } from "../facts.ts";
import { commands, critical, type Finding, notKnown, warning } from "../finding.ts";
import { activeHost, clusterView, drbdOf, hasFencingFailed, nodeOf, peerOf } from "../view.ts";

/** State of the two copies of the data and of the connection between them. */
export function dataFindings(facts: PairFacts): Finding[] {
  const split = splitBrain(facts);
  if (split) return [split];
  return [...facts.hosts.flatMap((host) => copy(facts, host)), ...connection(facts), ...mounts(facts)];
}

/**
 * Two copies that both changed while apart. Certain when both hosts are primary. Very likely when either one
 * stands alone with the peer running: DRBD drops the connection for good only when it was told to, or when it
 * found that both had changed.
 */
export function splitBrain(facts: PairFacts): Finding | undefined {
  const states = facts.hosts.map((host) => ({ host, state: drbdOf(host) }));
  if (states.length > 1 && states.every(({ state }) => state?.role === "Primary")) {
    return critical(
      "data.both-primary",
      say`both hosts are primary: two copies are being written, apart from each other`,
      {
        next: commands.brain(),
      },
    );
  }
  const alone = states.find(({ state }) => state?.connection === "StandAlone");
  const peer = states.find((other) => other !== alone)?.state;
  const bothUp = peer !== undefined && peer.connection !== "Unconfigured" && peer.connection !== "Connected";
  // A copy that knows it is outdated or half copied has nothing of its own: that is a plain disconnection.
  const mayDiffer = [alone?.state, peer].every(
    (state) => state?.disk === "UpToDate" || state?.disk === "Consistent",
  );
  if (!alone || !bothUp || !mayDiffer) return undefined;
  return critical(
    "data.split-brain",
    say`DRBD on ${alone.host.name} refuses its peer (StandAlone): the copies may both have changed (split brain)`,
    { host: alone.host.name, next: commands.brain() },
  );
}

function copy(facts: PairFacts, host: HostState): Finding[] {
  if (host.unreachable !== undefined) return [];
  if (!host.drbd.known)
    return [notKnown("data.unknown", `${host.name}: ${host.drbd.why}`, { host: host.name })];
  const state = host.drbd.value;
  const { resource } = facts.profile.drbd;
  const at = { host: host.name };
  if (state.connection === "Unconfigured") {
    const next = commands.recover(say`attaches the copy of ${host.name} and resyncs it`);
    return [
      warning("data.down", say`DRBD ${resource} is not up on ${host.name}: changes are not copied`, {
        ...at,
        next,
      }),
    ];
  }
  const found: Finding[] = [];
  if (state.disk === "Failed" || state.disk === "Diskless" || state.disk === "Detaching") {
    const next = commands.recover(
      say`after the disk of ${host.name} was checked or replaced: attaches it again`,
    );
    found.push(
      warning(
        "data.no-disk",
        say`${host.name} has lost its disk (${state.disk}): it works over the network`,
        {
          ...at,
          next,
        },
      ),
    );
  }
  if (state.disk === "Inconsistent" && state.sync === undefined) {
    const next = commands.recover(say`reconnects the copies, so that the good one is copied over`);
    found.push(
      warning("data.inconsistent", say`the copy on ${host.name} is half copied, and no resync runs`, {
        ...at,
        next,
      }),
    );
  }
  if (state.suspended) found.push(suspended(facts, host));
  if (state.sync && isPaused(state.replication)) {
    found.push(
      warning("data.resync-paused", say`the resync is paused on ${host.name}`, {
        ...at,
        next: commands.resumeSync(resource, host.name),
      }),
    );
  } else if (state.sync?.stalled && state.sync.direction === "to-here") {
    const next = commands.recover(say`reconnects the copies, so that the resync starts again`);
    found.push(
      warning("data.resync-stalled", say`the resync to ${host.name} makes no progress`, { ...at, next }),
    );
  }
  return found;
}

/**
 * Writes are held back while the peer is not proven off. The way out is that proof, which lets them go on by itself;
 * letting them go on without it is for the case that the cluster has no such doubt.
 */
function suspended(facts: PairFacts, host: HostState): Finding {
  const text = say`DRBD on ${host.name} holds back all writes until the other host is proven off`;
  const view = clusterView(facts);
  const peer = peerOf(facts, host.name)?.name ?? "";
  const node = view.known ? nodeOf(view.value.status, peer) : undefined;
  if (!view.known || node?.unclean) {
    const failed = view.known && hasFencingFailed(view.value.status, peer);
    const next = failed
      ? commands.confirmOff(peer, view.value.from)
      : commands.show(say`the other host is being powered off: look again in a few seconds`);
    return critical("data.suspended", text, { host: host.name, next });
  }
  return critical("data.suspended", text, {
    host: host.name,
    next: commands.resumeIo(facts.profile.drbd.resource, host.name),
  });
}

/** Both hosts have DRBD up, but it is not connected. */
function connection(facts: PairFacts): Finding[] {
  const [first, second] = facts.hosts;
  const [here, there] = [drbdOf(first), drbdOf(second)];
  if (!first || !second || !here || !there) return lonely(facts);
  const up = [here, there].every((state) => state.connection !== "Unconfigured");
  if (!up || (here.connection === "Connected" && there.connection === "Connected")) return [];
  return [
    warning(
      "data.disconnected",
      say`DRBD is up on both hosts, but not connected (${first.name}: ${here.connection}, ${second.name}: ${there.connection})`,
      { next: commands.recover(say`reconnects the copies and waits for the resync`) },
    ),
  ];
}

/** Only one host can be asked: its connection may have been dropped by hand. */
function lonely(facts: PairFacts): Finding[] {
  const host = facts.hosts.find((item) => item.drbd.known);
  if (drbdOf(host)?.connection !== "StandAlone" || !host) return [];
  return [
    warning("data.standalone", say`DRBD on ${host.name} does not look for its peer (StandAlone)`, {
      host: host.name,
      next: commands.recover(say`reconnects the copies when that is safe, else names the split brain`),
    }),
  ];
}

/** The file system has to be mounted where the cluster says so, or services would write beneath it. */
function mounts(facts: PairFacts): Finding[] {
  const view = clusterView(facts);
  const name = activeHost(facts);
  const host = facts.hosts.find((item) => item.name === name);
  if (!view.known || !host?.mounted.known || nodeOf(view.value.status, host.name)?.unclean) return [];
  const resource = view.value.status.resources.find((item) => item.id === facts.profile.ids.filesystem);
  if (resource?.role !== "Started" || !resource.nodes.includes(host.name)) return [];
  if (host.mounted.value !== undefined) return [];
  return [
    critical(
      "data.not-mounted",
      say`${facts.profile.mount} is not mounted on ${host.name}, although the cluster thinks so`,
      {
        host: host.name,
        next: commands.cleanup(facts.profile.ids.filesystem, view.value.from),
      },
    ),
  ];
}
