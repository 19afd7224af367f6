import type { ApplyContext, Change } from "../../core/change.ts";
import { parseCrmMon } from "../../core/cluster/crm-mon.ts";
import { type Argv, type Host, run } from "../../core/host.ts";
import { readDrbd } from "../drbd/state.ts";
import { DRBD, IDS, PATHS } from "../names.ts";
import { clusterHost } from "../recover/changes.ts";
import { groupRunsOn } from "../steps/cluster-state.ts";
import { waitFor } from "../steps/tools.ts";
import { OURS } from "./look.ts";

/** The single things that take a cluster off; each looks again before it is done. */

const STATUS: Argv = ["crm_mon", "-1", "--output-as=xml", "--inactive"];
const STOP_LIMIT_MS = 30 * 60_000;

/** Ids of what the cluster still runs, its fence devices apart: those it keeps to be able to fence. */
async function stillRunning(host: Host): Promise<string[]> {
  const status = parseCrmMon(await run(host, STATUS));
  if (!status.known) throw new Error(`${host.name} does not say what runs: ${status.why}`);
  const active = status.value.resources.filter(
    ({ active: is, agent }) => is && !agent.startsWith("stonith:"),
  );
  return [...new Set(active.map(({ id }) => id))];
}

/** In the cluster's own order: the last started first, DRBD after what is on it. */
export function stopServices(): Change {
  const argv: Argv = [
    "crm_attribute",
    "--type",
    "crm_config",
    "--name",
    "stop-all-resources",
    "--update",
    "true",
  ];
  return {
    id: "stop/cluster/services",
    step: "stop",
    host: "cluster",
    title: "stop all services, in order",
    risk: "interrupts",
    preview: [argv.join(" "), "wait until nothing runs"],
    async apply(context) {
      const host = await clusterHost(context);
      await run(host, argv, { timeoutMs: 60_000 });
      let said = "";
      await waitFor("all services stopped", STOP_LIMIT_MS, async () => {
        const left = await stillRunning(host).catch(() => undefined);
        if (left?.length === 0) return true;
        const text = left === undefined ? "the cluster is asked again" : `still running: ${left.join(", ")}`;
        if (text !== said) context.progress(text);
        said = text;
        return undefined;
      });
    },
    async verify(context) {
      const left = await stillRunning(await clusterHost(context));
      return left.length === 0 ? undefined : `${left.join(", ")} did not stop`;
    },
  };
}

const LEAVE: Argv = ["systemctl", "disable", "--now", "pacemaker.service", "corosync.service"];

/** @param other the host that goes on with the services; undefined: nobody does */
export function leaveCluster(name: string, vip: string, other?: string): Change {
  return {
    id: `leave/${name}/stop`,
    step: "leave",
    host: name,
    title: other === undefined ? "stop the cluster, now and at boot" : `leave the cluster; ${other} goes on`,
    risk: "restarts",
    preview: [LEAVE.join(" ")],
    async apply(context) {
      await run(context.host(name), LEAVE, { timeoutMs: 15 * 60_000 });
      // Who had the VIP has it no more; what is remembered would keep the next installation from it.
      if (other === undefined) await context.host(name).exec(["ip", "neigh", "flush", "to", vip]);
    },
    async verify(context) {
      const host = context.host(name);
      const state = await unitStates(host);
      if (state.some((word) => !["inactive", "failed"].includes(word)))
        return `the cluster still runs: ${state.join(", ")}`;
      const { role } = await readDrbd(host);
      if (role === "Primary") return `DRBD is still Primary on ${name}`;
      return other === undefined ? undefined : goesOn(context, other);
    },
  };
}

async function unitStates(host: Host): Promise<string[]> {
  const asked = await run(host, [
    "systemctl",
    "show",
    "-P",
    "ActiveState",
    "pacemaker.service",
    "corosync.service",
  ]);
  return asked.split("\n").filter((line) => line !== "");
}

async function goesOn(context: ApplyContext, other: string): Promise<string | undefined> {
  const shown = await run(context.host(other), STATUS);
  return groupRunsOn(shown, IDS.group) === other ? undefined : `the services do not run on ${other}`;
}

export function takeDrbdDown(name: string): Change {
  const argv: Argv = ["drbdadm", "down", DRBD.resource];
  return {
    id: `down/${name}/drbd`,
    step: "down",
    host: name,
    title: "take DRBD down",
    risk: "restarts",
    preview: [argv.join(" ")],
    async apply(context) {
      const host = context.host(name);
      const { disk, role } = await readDrbd(host);
      if (role === "Primary") throw new Error("it is Primary: something still uses the volume");
      if (disk !== "absent") await run(host, argv, { timeoutMs: 60_000 });
    },
    async verify(context) {
      const { disk } = await readDrbd(context.host(name));
      return disk === "absent" ? undefined : `its disk is still attached (${disk})`;
    },
  };
}

const ASIDE =
  'set -eu; umask 077; mkdir -p -- "$2"; find "$1" -mindepth 1 -maxdepth 1 -exec mv -t "$2" -- {} +';

/** The cluster's configuration and its older versions, out of the way and not lost. */
export function setCibAside(name: string, stamp: string): Change {
  const to = `${PATHS.state}/removed/cib-${stamp}`;
  return {
    id: `cib/${name}/aside`,
    step: "cib",
    host: name,
    title: "remove the cluster's configuration (CIB); it is kept",
    risk: "restarts",
    preview: [`mv ${PATHS.cibDirectory}/* ${to}/`],
    async apply(context) {
      await run(context.host(name), ["sh", "-c", ASIDE, "aside", PATHS.cibDirectory, to]);
    },
    async verify(context) {
      return (await context.host(name).read(OURS.cib)) === undefined
        ? undefined
        : `${OURS.cib} is still there`;
    },
  };
}

const UNLINK =
  'set -eu; t=$1; shift; for l; do [ "$(readlink -- "$l")" = "$t" ] || continue; rm -f -- "$l"; done';

/** The names under which the cluster calls skyha; a link that leads elsewhere is somebody else's. */
export function removeLinks(name: string, links: readonly string[]): Change {
  return {
    id: `links/${name}/agents`,
    step: "links",
    host: name,
    title: "remove the resource agents' names",
    risk: "safe",
    preview: links.map((link) => `rm ${link}`),
    async apply(context) {
      const host = context.host(name);
      await run(host, ["sh", "-c", UNLINK, "unlink", PATHS.program, ...links]);
      // Only when it is empty.
      await host.exec(["rmdir", PATHS.agentDirectory]);
    },
    async verify(context) {
      for (const link of links) {
        const asked = await context.host(name).exec(["readlink", "--", link]);
        if (asked.stdout.trim() === PATHS.program) return `${link} is still there`;
      }
      return undefined;
    },
  };
}
