import type { Context } from "../ocf/context.ts";
import { defineAgent } from "../ocf/define.ts";
import { type Outcome, success } from "../ocf/outcome.ts";
import { requireUnits } from "./commands.ts";
import { parseExports } from "./exports.ts";
import { SERVER_UNIT, TRACKER_UNIT } from "./host.ts";
import { monitorNfs } from "./monitor.ts";
import { checkParameters, type NfsTable, nfsParameters } from "./parameters.ts";
import { reloadNfs, startNfs } from "./start.ts";
import { stopNfs } from "./stop.ts";
import { requireDirectories } from "./volume.ts";

export const nfsAgent = defineAgent({
  name: "nfs",
  version: "0.1.0",
  short: "Serves directories of a volume by NFSv4",
  long: `Starts, watches and stops the kernel's NFS server together with its exports: one resource in place of ocf:heartbeat:nfsserver and ocf:heartbeat:exportfs. Start succeeds when the server answers and every directory is exported; stop succeeds when no thread, no export and no nfsdcld is left that could keep the volume busy; monitor starts no program.

A host has one NFS server, so a cluster should have one such resource; its parameter exports takes any number of directories. The units nfs-server.service and nfsdcld.service must not be enabled at boot. Versions, lease and grace time are set in nfs.conf. Nothing is mounted over /var/lib/nfs: what NFSv4 has to remember over a switch is the client database of nfsdcld, and state_directory puts it onto the volume.

A server on this host that the resource has not started, and that exports none of its directories, is "not running" to a probe and left alone by stop; start takes it over.`,
  parameters: nfsParameters,
  operations: [
    { name: "start", timeout: 40 },
    { name: "stop", timeout: 40 },
    { name: "monitor", timeout: 20, interval: 10, depth: 0 },
    { name: "reload-agent", timeout: 20 },
  ],
  actions: {
    start: startNfs,
    stop: stopNfs,
    monitor: monitorNfs,
    "reload-agent": reloadNfs,
  },
  check: checkParameters,
  checkHost,
});

/** What a host lacks to run this resource. The volume need not be here, it may be mounted elsewhere just now. */
async function checkHost(context: Context<NfsTable>): Promise<Outcome> {
  const { state_directory: tracked, mount_check: volume, exports } = context.parameters;
  await requireUnits(context, tracked ? [SERVER_UNIT, TRACKER_UNIT] : [SERVER_UNIT]);
  if (!volume) {
    const directories = parseExports(exports).map(({ directory }) => directory);
    await requireDirectories(context, "exports", directories);
  }
  return success;
}
