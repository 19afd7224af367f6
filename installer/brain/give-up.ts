import type { Change } from "../../core/change.ts";
import { type Argv, type Host, run } from "../../core/host.ts";
import type { Config } from "../config/schema.ts";
import { backingDevice } from "../drbd/resource-file.ts";
import { readDrbd } from "../drbd/state.ts";
import { backingFile, DRBD, IDS } from "../names.ts";
import { startCluster } from "../recover/changes.ts";
import { groupRunsOn } from "../steps/cluster-state.ts";
import { waitFor } from "../steps/tools.ts";

export interface Choice {
  /** The host whose copy is kept, and the one whose own changes are given up. */
  readonly keep: string;
  readonly giveUp: string;
  /** Whether the services run where the copy is given up. */
  readonly movesServices: boolean;
  /** Ids of the constraints with which DRBD's handler keeps the other copy from being promoted. */
  readonly fenceConstraints: readonly string[];
}

/** Where what is given up is kept. */
export interface SavedCopy {
  readonly host: string;
  readonly argv: Argv;
  /** File, or device of the snapshot. */
  readonly path: string;
  readonly isSnapshot: boolean;
  /** How to look into it later, without changing it. */
  readonly look: string;
}

const RESYNC_LIMIT_MS = 24 * 3600_000;
const MOVE_LIMIT_MS = 300_000;
const CONNECT_LIMIT_MS = 60_000;
const SAVE_LIMIT_MS = 24 * 3600_000;

/**
 * How one copy is saved, bit by bit, while DRBD is down there.
 * @param stamp makes the name unique: 20260102T030405
 * @param directory a file in there instead of beside the backing file, or instead of an LVM snapshot
 */
export function savedCopy(
  config: Config,
  giveUp: string,
  stamp: string,
  directory?: string,
): SavedCopy | undefined {
  const host = config.hosts.find(({ name }) => name === giveUp);
  if (host === undefined) return undefined;
  const name = `given-up-${giveUp}-${stamp}`;
  const device = backingDevice(config, host);
  if (host.backing?.lv !== undefined && directory === undefined) {
    const path = `${device.slice(0, device.lastIndexOf("/"))}/${name}`;
    const argv: Argv = ["lvcreate", "--snapshot", "--extents", "100%ORIGIN", "--name", name, device];
    return { host: giveUp, argv, path, isSnapshot: true, look: lookInto(config, path, "") };
  }
  const path = `${directory ?? config.data_dir}/${name}.img`;
  const look = lookInto(config, path, "loop,");
  const argv: Argv =
    host.backing === undefined
      ? ["cp", "--sparse=always", "--reflink=auto", backingFile(config.data_dir), path]
      : ["dd", `if=${device}`, `of=${path}`, "bs=4M", "conv=sparse,fsync", "status=none"];
  return { host: giveUp, argv, path, isSnapshot: false, look };
}

/** Without replaying the journal, which would write; XFS refuses a second volume of one UUID unless told. */
function lookInto(config: Config, path: string, loop: string): string {
  const type = config.drbd.filesystem;
  const options = type === "xfs" ? "norecovery,nouuid" : "noload";
  // With its type: DRBD's metadata at the end makes it ambiguous.
  return `mount -t ${type} -o ro,${loop}${options} ${path} /mnt`;
}

/** Everything that is done, in order; the first failure ends it, and nothing is lost before the fourth. */
export function giveUpChanges(choice: Choice, saved: SavedCopy): Change[] {
  return [
    leaveCluster(choice),
    takeDown(choice),
    save(saved),
    discard(choice),
    { ...startCluster([choice.giveUp]), id: `join/${choice.giveUp}/start`, step: "join" },
    resync(choice),
  ];
}

function leaveCluster({ keep, giveUp, movesServices, fenceConstraints }: Choice): Change {
  const allow = movesServices
    ? fenceConstraints.map((id): Argv => ["cibadmin", "--delete", "--xpath", `//rsc_location[@id='${id}']`])
    : [];
  const argv: Argv = ["systemctl", "stop", "pacemaker.service", "corosync.service"];
  const moves = movesServices ? `; the services start on ${keep}, from the copy that is kept` : "";
  return {
    id: `leave/${giveUp}/stop`,
    step: "leave",
    host: giveUp,
    title: `stop the cluster on ${giveUp}${moves}`,
    risk: movesServices ? "interrupts" : "restarts",
    preview: [argv.join(" "), ...allow.map((words) => `${words.join(" ")}   on ${keep}`)],
    async apply(context) {
      await run(context.host(giveUp), argv, { timeoutMs: 15 * 60_000 });
      if (!movesServices) return;
      for (const words of allow) await run(context.host(keep), words, { timeoutMs: 60_000 });
      context.progress(`waiting until everything runs on ${keep}`);
      const there = context.host(keep);
      await waitFor(`the services on ${keep}`, MOVE_LIMIT_MS, async () => {
        const shown = await there.exec(["crm_mon", "-1", "--output-as=xml", "--inactive"]);
        return (shown.code === 0 && groupRunsOn(shown.stdout, IDS.group) === keep) || undefined;
      });
    },
    async verify(context) {
      const asked = await context.host(giveUp).exec(["systemctl", "is-active", "pacemaker.service"]);
      return asked.code === 0 ? "Pacemaker still runs" : undefined;
    },
  };
}

function takeDown({ giveUp }: Choice): Change {
  const argv: Argv = ["drbdadm", "down", DRBD.resource];
  return {
    id: `down/${giveUp}/drbd`,
    step: "down",
    host: giveUp,
    title: `take DRBD down on ${giveUp}, so that nothing writes to its copy`,
    risk: "restarts",
    preview: [argv.join(" ")],
    async apply(context) {
      const host = context.host(giveUp);
      // The cluster has taken it down already when it stopped, unless it was in maintenance.
      if ((await readDrbd(host)).disk !== "absent") await run(host, argv, { timeoutMs: 60_000 });
    },
    async verify(context) {
      const { disk } = await readDrbd(context.host(giveUp));
      return disk === "absent" ? undefined : `its disk is still attached (${disk})`;
    },
  };
}

function save({ host: name, argv, path, isSnapshot }: SavedCopy): Change {
  return {
    id: `save/${name}/copy`,
    step: "save",
    host: name,
    title: `keep what is given up in ${path}`,
    risk: "safe",
    preview: [argv.join(" ")],
    async apply(context) {
      const host = context.host(name);
      const taken = await host.exec(["test", "-e", path]);
      if (taken.code === 0) throw new Error(`${path} exists already`);
      const copying = run(host, argv, { timeoutMs: SAVE_LIMIT_MS });
      const watching = isSnapshot ? undefined : watchFile(host, path, context.progress);
      try {
        await copying;
      } finally {
        watching?.();
      }
      if (!isSnapshot) await run(host, ["sync", path], { timeoutMs: 600_000 });
    },
    async verify(context) {
      const found = await context.host(name).exec(["blkid", "-p", "-o", "value", "-s", "TYPE", path]);
      // Code 8: the file system and DRBD's metadata at its end, which is what the device has.
      return found.code === 0 || found.code === 8 ? undefined : `${path} holds nothing that blkid knows`;
    },
  };
}

/** @returns what ends it */
function watchFile(host: Host, path: string, progress: (text: string) => void): () => void {
  const timer = setInterval(() => {
    void host.exec(["stat", "-c", "%s", path], { timeoutMs: 5000 }).then(
      ({ code, stdout }) => {
        if (code === 0) progress(`${Math.round(Number(stdout) / 1024 / 1024)} MiB`);
      },
      () => {},
    );
  }, 5000);
  return () => clearInterval(timer);
}

function discard({ keep, giveUp }: Choice): Change {
  const { resource } = DRBD;
  const steps: readonly Argv[] = [
    ["drbdadm", "up", resource],
    ["drbdadm", "disconnect", resource],
    ["drbdadm", "connect", "--discard-my-data", resource],
  ];
  const connect: Argv = ["drbdadm", "connect", resource];
  return {
    id: `discard/${giveUp}/connect`,
    step: "discard",
    host: "cluster",
    title: `overwrite the copy of ${giveUp} with that of ${keep}`,
    risk: "destroys",
    preview: [
      ...steps.map((argv) => `${argv.join(" ")}   on ${giveUp}`),
      `${connect.join(" ")}   on ${keep}`,
    ],
    async apply(context) {
      const [loses, wins] = [context.host(giveUp), context.host(keep)];
      const good = await readDrbd(wins);
      if (good.disk !== "UpToDate") throw new Error(`the copy of ${keep} is ${good.disk}, not UpToDate`);
      for (const argv of steps) await run(loses, argv, { timeoutMs: 60_000 });
      // One that still waits for its peer has no need to be told.
      if ((await readDrbd(wins)).connection === "StandAlone") await run(wins, connect, { timeoutMs: 60_000 });
      await waitFor("both hosts connected", CONNECT_LIMIT_MS, async () => {
        const [own, other] = await Promise.all([readDrbd(loses), readDrbd(wins)]);
        if (own.connection === "StandAlone") throw new Error(`DRBD on ${giveUp} refuses to connect`);
        return isFollowing(own.connection) && other.connection !== "StandAlone" ? true : undefined;
      });
    },
    async verify(context) {
      const { connection } = await readDrbd(context.host(giveUp));
      return isFollowing(connection) ? undefined : `${giveUp} is ${connection}`;
    },
  };
}

/** The copy that was given up is receiving the other one, or has it. */
const isFollowing = (connection: string): boolean =>
  /^(Connected|SyncTarget|PausedSyncT|WFBitMapT|WFSyncUUID)$/.test(connection);

function resync({ keep, giveUp }: Choice): Change {
  return {
    id: "resync/cluster/wait",
    step: "resync",
    host: "cluster",
    title: "wait until both copies are the same",
    risk: "safe",
    preview: ["cat /proc/drbd"],
    async apply(context) {
      let said = "";
      await waitFor("both copies up to date", RESYNC_LIMIT_MS, async () => {
        const { disk, peerDisk, connection, percent } = await readDrbd(context.host(keep));
        if (disk === "UpToDate" && peerDisk === "UpToDate") return true;
        const text = percent === undefined ? connection : `${percent} % copied to ${giveUp}`;
        if (text !== said) context.progress(text);
        said = text;
        await new Promise((resolve) => setTimeout(resolve, 2000));
        return undefined;
      });
    },
    async verify(context) {
      const { disk, peerDisk } = await readDrbd(context.host(keep));
      const both = disk === "UpToDate" && peerDisk === "UpToDate";
      return both ? undefined : `the copies are ${disk} and ${peerDisk}`;
    },
  };
}
