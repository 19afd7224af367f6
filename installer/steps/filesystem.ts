import { basename, dirname } from "node:path";
import type { Change } from "../../core/change.ts";
import { type Argv, type Host, run } from "../../core/host.ts";
import type { Config } from "../config/schema.ts";
import { clusterHas, type HostFacts } from "../facts/host.ts";
import { DRBD, IDS, PATHS, serviceDirectory } from "../names.ts";
import type { Step } from "../plan/plan.ts";
import { servicesOf } from "../services/list.ts";
import type { Service } from "../services/service.ts";
import { waitFor } from "./tools.ts";

/** The file system on the replicated device, its sentinel and the services' directories. */
export const makeFilesystem: Step = {
  id: "filesystem",
  title: "File system",
  // podman unpacks an image with a copy of all mounts of its own: one that is made meanwhile would stay in use until it ends.
  after: ["drbd", "images"],
  plan(config, facts) {
    const services = servicesOf(config);
    const managed = clusterHas(facts.hosts, IDS.filesystem);
    const mountedOn = facts.hosts.find((host) => host.mounted);
    // A cluster that manages the mount has the rest; a run that was interrupted before that repeats the harmless part.
    if (managed || mountedOn !== undefined) {
      const added = services.filter(({ resource }) => !clusterHas(facts.hosts, resource.id));
      return added.length === 0 || mountedOn === undefined ? [] : [addDirectories(added, mountedOn)];
    }
    return [
      make(
        config,
        facts.hosts.every((host) => host.volumeSignature === undefined),
      ),
    ];
  },
};

function make(config: Config, blank: boolean): Change {
  const first = config.hosts[0].name;
  const type = config.drbd.filesystem;
  // Neither is given its force option: both refuse a device on which they find anything.
  const mkfs: Argv = type === "xfs" ? ["mkfs.xfs", "-q", DRBD.device] : ["mkfs.ext4", "-q", DRBD.device];
  return {
    id: "filesystem/cluster/make",
    step: "filesystem",
    host: "cluster",
    title: blank
      ? `make ${type} on the blank ${DRBD.device}, with directories and sentinel`
      : `take up the data on ${DRBD.device} as it is, and complete its directories`,
    risk: "safe",
    preview: [
      ...(blank ? [mkfs.join(" ")] : []),
      `mount ${DRBD.device} ${PATHS.mount}`,
      `write ${PATHS.sentinel}`,
    ],
    async apply(context) {
      const host = context.host(first);
      await run(host, ["drbdadm", "primary", DRBD.resource]);
      try {
        if (blank) {
          await proveBlank(host);
          await run(host, mkfs, { stdin: "", timeoutMs: 10 * 60_000 });
        }
        await run(host, ["mount", "-t", type, DRBD.device, PATHS.mount]);
        try {
          if (!blank) await proveOurs(host, servicesOf(config));
          await makeDirectories(host, servicesOf(config));
        } finally {
          await run(host, ["umount", PATHS.mount]);
        }
      } finally {
        await giveUp(host);
      }
    },
    async verify(context) {
      const host = context.host(first);
      await run(host, ["drbdadm", "primary", DRBD.resource]);
      try {
        const tried = await host.exec(["blkid", "-p", "-o", "value", "-s", "TYPE", DRBD.device]);
        return tried.stdout.trim() === type
          ? undefined
          : `${DRBD.device} holds ${tried.stdout.trim() || "nothing"}`;
      } finally {
        await giveUp(host);
      }
    },
  };
}

const HELD_MS = 120_000;

/** Whoever copied the mounts at that moment holds the device a little longer than the mount. */
async function giveUp(host: Host): Promise<void> {
  await waitFor(`${DRBD.device} free again`, HELD_MS, async () => {
    await run(host, ["drbdadm", "secondary", DRBD.resource]);
    return true;
  });
}

async function proveBlank(host: Host): Promise<void> {
  const found = await host.exec(["blkid", "-p", DRBD.device]);
  if (found.code !== 2)
    throw new Error(`${DRBD.device} is not blank: ${found.stdout.trim() || found.stderr.trim()}`);
}

/**
 * A volume that was here before is taken up when it has the sentinel, or nothing but what an installation makes before it
 * writes the sentinel. Anything else is somebody's data under our device's name.
 */
async function proveOurs(host: Host, services: readonly Service[]): Promise<void> {
  if ((await host.read(PATHS.sentinel)) !== undefined) return;
  const listed = await run(host, ["ls", "-A1", PATHS.mount]);
  const own = ["lost+found", basename(dirname(PATHS.exports)), ...services.map(({ name }) => name)];
  const foreign = listed.split("\n").filter((name) => name !== "" && !own.includes(name));
  if (foreign.length > 0)
    throw new Error(
      `the volume has no ${basename(PATHS.sentinel)} and holds ${foreign.slice(0, 5).join(", ")}: it is not the pair's, nothing was written to it`,
    );
}

async function makeDirectories(host: Host, services: readonly Service[]): Promise<void> {
  await makeServiceDirectories(host, services);
  await run(host, ["mkdir", "-p", PATHS.exports, PATHS.nfsInfo]);
  await run(host, ["chown", "nobody:nogroup", PATHS.exports]);
  await host.write(
    PATHS.sentinel,
    "the replicated volume of the pair; services refuse to start where this is missing\n",
  );
}

/** A directory that is there keeps its owner and mode: it may hold data. */
async function makeServiceDirectories(host: Host, services: readonly Service[]): Promise<void> {
  for (const { name, owner } of services) {
    const [user = "", group = ""] = owner.split(":");
    const path = serviceDirectory(name);
    if ((await host.exec(["test", "-d", path])).code === 0) continue;
    await run(host, ["install", "-d", "-m", "700", "-o", user, "-g", group, path]);
  }
}

/** Services that the cluster does not know yet, on a volume that is in use. */
function addDirectories(services: readonly Service[], mountedOn: HostFacts): Change {
  const paths = services.map(({ name }) => serviceDirectory(name));
  return {
    id: `filesystem/${mountedOn.name}/directories`,
    step: "filesystem",
    host: mountedOn.name,
    title: `make ${paths.join(", ")} on the volume`,
    risk: "safe",
    preview: services.map(
      ({ name, owner }) => `${serviceDirectory(name)}: owner ${owner}, mode 0700, if missing`,
    ),
    async apply(context) {
      const host = context.host(mountedOn.name);
      // Between plan and apply the volume may have moved: nothing belongs into the empty directory below it.
      await run(host, ["mountpoint", "-q", PATHS.mount]);
      await makeServiceDirectories(host, services);
    },
    async verify(context) {
      const host = context.host(mountedOn.name);
      if ((await host.exec(["mountpoint", "-q", PATHS.mount])).code !== 0)
        return `${PATHS.mount} is no longer mounted on ${mountedOn.name}`;
      for (const path of paths) {
        if ((await host.exec(["test", "-d", path])).code !== 0) return `there is no ${path}`;
      }
      return undefined;
    },
  };
}
