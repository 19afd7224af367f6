import type { Change } from "../../core/change.ts";
import { type Argv, run } from "../../core/host.ts";
import { PATHS } from "../names.ts";
import { OURS, type ResetHost } from "./look.ts";

/** The single things that end a copy of the data. */

/** Where the copy that is kept goes, beside the backing file, with the passwords that belong to it. */
export interface Kept {
  readonly directory: string;
  readonly image: string;
}

export const keptIn = (dataDir: string, stamp: string): Kept => ({
  directory: `${dataDir}/recover/reset-${stamp}`,
  image: `${dataDir}/recover/reset-${stamp}/drbd.img`,
});

const KEEP = [
  "set -eu",
  "umask 077",
  'mkdir -p -- "$1"',
  'if [ -d "$3" ]; then cp -a -- "$3" "$1/skyha"; rm -rf -- "$1/skyha/ssh" "$1"/skyha/secrets/fence-*; fi',
  'mv -n -- "$2" "$1/drbd.img"',
  '[ ! -e "$2" ]',
  'sync -- "$1/drbd.img"',
].join("\n");

/** A renamed file: the same blocks, no room needed. */
export function keepVolume({ name, facts }: ResetHost, kept: Kept): Change {
  const { path } = facts.backing;
  return {
    id: `keep/${name}/volume`,
    step: "keep",
    host: name,
    title: `give the replicated volume up; it is kept in ${kept.image}`,
    risk: "destroys",
    preview: [
      `mv ${path} ${kept.image}`,
      `cp -a ${OURS.settings} ${kept.directory}/skyha   without the fence devices' passwords`,
    ],
    async apply(context) {
      await run(context.host(name), ["sh", "-c", KEEP, "keep", kept.directory, path, OURS.settings], {
        timeoutMs: 10 * 60_000,
      });
    },
    async verify(context) {
      const host = context.host(name);
      if ((await host.exec(["test", "-s", kept.image])).code !== 0) return `there is no ${kept.image}`;
      return (await host.exec(["test", "-e", path])).code === 1 ? undefined : `${path} is still there`;
    },
  };
}

/** @param remains what is known to remain of the data elsewhere */
export function removeVolume({ name, facts }: ResetHost, remains: string): Change {
  const { kind, path } = facts.backing;
  // Signatures only: DRBD's, and that of the file system inside, which would stop the next installation.
  const argv: Argv =
    kind === "file"
      ? ["rm", "-f", "--", path]
      : ["env", `HOME=${PATHS.state}`, "wipefs", "--all", "--backup", path];
  return {
    id: `volume/${name}/remove`,
    step: "volume",
    host: name,
    title: `destroy the copy of the data in ${path}${remains}`,
    risk: "destroys",
    preview: [argv.join(" ")],
    async apply(context) {
      const host = context.host(name);
      if (kind === "device") await run(host, ["install", "-d", "-m", "700", PATHS.state]);
      // DRBD's metadata is at the end of the device, the file system's at its start: once is not enough for both.
      await run(host, argv, { timeoutMs: 10 * 60_000 });
      if (kind === "device") await run(host, argv, { timeoutMs: 10 * 60_000 });
    },
    async verify(context) {
      const host = context.host(name);
      if (kind === "file")
        return (await host.exec(["test", "-e", path])).code === 1 ? undefined : `${path} is still there`;
      const left = await host.exec(["blkid", "-p", path]);
      return left.code === 2 && left.stdout.trim() === "" ? undefined : `${path} still has a signature`;
    },
  };
}

const STORAGE_UNIT = "skyha-storage.service";

/** Only when it is backed by a file of ours, under whatever name it has now. */
const DETACH =
  'f=$(losetup -n -O BACK-FILE "$1" 2>/dev/null) || exit 0; case $f in "$2"/*) losetup -d "$1";; esac';

export function detachLoop(name: string, device: string, dataDir: string): Change {
  const argv: Argv = ["systemctl", "disable", "--now", STORAGE_UNIT];
  return {
    id: `detach/${name}/loop`,
    step: "detach",
    host: name,
    title: `detach ${device}, now and at boot`,
    risk: "safe",
    preview: [argv.join(" ")],
    async apply(context) {
      const host = context.host(name);
      await run(host, argv, { timeoutMs: 60_000 });
      // The unit detaches what it has attached; somebody may have done it by hand.
      await run(host, ["sh", "-c", DETACH, "detach", device, dataDir]);
    },
    async verify(context) {
      const listed = await run(context.host(name), ["losetup", "-n", "-O", "NAME", "-l"]);
      return listed.split("\n").some((line) => line.trim() === device)
        ? `${device} is still attached`
        : undefined;
    },
  };
}

/** Containers that a stop has left behind: ours by their label, and none of them runs. */
export function removeContainers(name: string, engine: string, containers: readonly string[]): Change {
  const argv = [engine, "rm", ...containers] as const;
  return {
    id: `containers/${name}/remove`,
    step: "containers",
    host: name,
    title: `remove the stopped containers ${containers.join(", ")}`,
    risk: "safe",
    preview: [argv.join(" ")],
    async apply(context) {
      // Without force: one that runs is not removed.
      await run(context.host(name), argv, { timeoutMs: 120_000 });
    },
    async verify(context) {
      const listed = await run(context.host(name), [engine, "ps", "--all", "--format", "{{.Names}}"]);
      const left = containers.filter((container) => listed.split("\n").includes(container));
      return left.length === 0 ? undefined : `${left.join(", ")} still there`;
    },
  };
}

/** An image that another container uses is left by the engine, and stays. */
export function removeImages(name: string, engine: string, images: readonly string[]): Change {
  return {
    id: `images/${name}/remove`,
    step: "images",
    host: name,
    title: `remove ${images.length} images that no other container uses`,
    risk: "safe",
    preview: images.map((image) => `${engine} rmi ${image}`),
    async apply(context) {
      for (const image of images)
        await context.host(name).exec([engine, "rmi", image], { timeoutMs: 120_000 });
    },
    async verify(context) {
      const answers = await context.host(name).exec([engine, "images", "-q"]);
      return answers.code === 0 ? undefined : `${engine} does not answer`;
    },
  };
}
