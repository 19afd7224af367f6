import type { Change } from "../../core/change.ts";
import { type Argv, type Host, run } from "../../core/host.ts";
import type { Config } from "../config/schema.ts";
import { DRBD, IDS, PATHS, SERVICE_OWNER } from "../names.ts";
import type { Step } from "../plan/plan.ts";

/** The file system on the replicated device, its sentinel and the services' directories. */
export const makeFilesystem: Step = {
  id: "filesystem",
  title: "File system",
  after: ["drbd"],
  plan(config, facts) {
    // A cluster that manages the mount has everything; a run that was interrupted before that repeats the harmless part.
    if (facts.hosts.some((host) => host.mounted || host.cib?.includes(`id="${IDS.filesystem}"`) === true))
      return [];
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
      : `complete the directories on ${DRBD.device}`,
    risk: "safe",
    preview: [
      ...(blank ? [mkfs.join(" ")] : []),
      `mount ${DRBD.device} ${PATHS.mount}`,
      `write ${PATHS.sentinel}`,
    ],
    async apply(context) {
      const host = context.host(first);
      await Promise.all(context.hosts.map((each) => run(each, ["mkdir", "-p", PATHS.mount])));
      await run(host, ["drbdadm", "primary", DRBD.resource]);
      try {
        if (blank) {
          await proveBlank(host);
          await run(host, mkfs, { stdin: "", timeoutMs: 10 * 60_000 });
        }
        await run(host, ["mount", "-t", type, DRBD.device, PATHS.mount]);
        try {
          await makeDirectories(host);
        } finally {
          await run(host, ["umount", PATHS.mount]);
        }
      } finally {
        await run(host, ["drbdadm", "secondary", DRBD.resource]);
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
        await run(host, ["drbdadm", "secondary", DRBD.resource]);
      }
    },
  };
}

async function proveBlank(host: Host): Promise<void> {
  const found = await host.exec(["blkid", "-p", DRBD.device]);
  if (found.code !== 2)
    throw new Error(`${DRBD.device} is not blank: ${found.stdout.trim() || found.stderr.trim()}`);
}

async function makeDirectories(host: Host): Promise<void> {
  const owned = ["postgres", "redis", "beanstalkd"].map((name) => `${PATHS.mount}/${name}`);
  await run(host, ["mkdir", "-p", ...owned, PATHS.exports, PATHS.nfsInfo]);
  await run(host, ["chown", SERVICE_OWNER, ...owned]);
  await run(host, ["chmod", "700", ...owned]);
  await run(host, ["chown", "nobody:nogroup", PATHS.exports]);
  await host.write(
    PATHS.sentinel,
    "the replicated volume of the pair; services refuse to start where this is missing\n",
  );
}
