import { defineAgent } from "../ocf/define.ts";
import { success } from "../ocf/outcome.ts";
import { monitorFilesystem } from "./monitor.ts";
import { checkOptions, filesystemParameters } from "./parameters.ts";
import { requirePlaces, startFilesystem } from "./start.ts";
import { stopFilesystem } from "./stop.ts";

export const filesystemAgent = defineAgent({
  name: "filesystem",
  version: "0.1.0",
  short: "Mounts a file system of a block device",
  long: `Mounts a file system, watches it and unmounts it. Everything it says it has read in the kernel's table of mounts: start succeeds when the device is mounted at the directory (and, with sentinel, is the right volume), stop when it is no longer, after ending the processes that held it; unmounting is neither lazy nor forced.

Monitor runs no program at level 0: a wrong device at the directory and a file system that the kernel made read-only are failures. With OCF_CHECK_LEVEL 10 it reads from the volume, with 20 it also writes a small file to disk, reads it back and removes it. Once an hour a monitor notes in /var/lib/skyha/space-RESOURCE how much of the volume is used, 30 days long; whatever goes wrong with that is not its result.`,
  parameters: filesystemParameters,
  operations: [
    { name: "start", timeout: 60 },
    { name: "stop", timeout: 60 },
    { name: "monitor", timeout: 30, interval: 20, depth: 0 },
    { name: "monitor", timeout: 30, interval: 60, depth: 10 },
    { name: "monitor", timeout: 30, interval: 300, depth: 20 },
  ],
  actions: { start: startFilesystem, stop: stopFilesystem, monitor: monitorFilesystem },
  check: checkOptions,
  checkHost: async (context) => {
    requirePlaces(context);
    return success;
  },
});
