import { defineParameters, type ValuesOf } from "../ocf/table.ts";
import type { Problem } from "../ocf/values.ts";

/** Parameters of ocf:skyha:filesystem. */
export const filesystemParameters = defineParameters({
  device: {
    type: "string",
    required: true,
    identity: true,
    pattern: /^\/dev(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._:+@=\\-]+)+$/,
    patternText: "the path of a block device below /dev",
    short: "Block device",
    long: "Block device with the file system, for example /dev/drbd1. Links such as /dev/drbd/by-res/r0/0 are followed; devices are told apart by their numbers.",
  },
  directory: {
    type: "string",
    required: true,
    identity: true,
    uniqueGroup: "directory",
    pattern: /^(?:\/(?!\.{1,2}(?:\/|$))[\p{L}\p{N}._@:+,=%-]+)+\/?$/u,
    patternText: "an absolute path without blanks, and not /",
    short: "Mount point",
    long: "Directory on which the file system is mounted. It has to exist on every host. Whatever else is mounted there is never unmounted.",
  },
  fstype: {
    type: "string",
    required: true,
    pattern: /^[a-z][a-z0-9._-]*$/,
    patternText: "the name of a file system type such as xfs",
    short: "File system type",
    long: "Type of the file system, for example xfs or ext4. ext2, ext3 and ext4 are checked with e2fsck -p before they are mounted; xfs replays its log while it is mounted.",
  },
  options: {
    type: "string",
    default: "noatime",
    pattern: /^[A-Za-z0-9_][A-Za-z0-9_.,:=+@%/"-]*$/,
    patternText: "mount options separated by commas",
    short: "Mount options",
    long: "Options for mount. Unless they ask for ro, a file system that the kernel has made read-only is a failure.",
  },
  sentinel: {
    type: "string",
    pattern: /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/,
    patternText: "a file name",
    short: "Sentinel file",
    long: "Name of a file at the top of the right volume. A volume without it is unmounted again and start fails; the deeper monitors (OCF_CHECK_LEVEL 10 and 20) read it.",
  },
});

export type FilesystemTable = typeof filesystemParameters;

/** They do something else than mounting the device, which then would not be recognised as ours. */
const OTHER_DEEDS = ["bind", "rbind", "loop", "move", "remount"];

export function checkOptions({ options }: ValuesOf<FilesystemTable>): readonly Problem[] {
  const wrong = options.split(",").find((word) => OTHER_DEEDS.includes(word.replace(/=.*/s, "")));
  if (wrong === undefined) return [];
  return [{ parameter: "options", text: `options must not hold ${wrong}: the device itself is mounted` }];
}

/** The last of ro and rw counts, as it does for mount. */
export function wantsReadOnly(options: string): boolean {
  return (
    options
      .split(",")
      .filter((word) => word === "ro" || word === "rw")
      .at(-1) === "ro"
  );
}
