import { existsSync, rmSync } from "node:fs";
import { messageOf } from "../../core/message.ts";
import { textOf } from "../host/processes.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError, type Outcome, success } from "../ocf/outcome.ts";
import { attempt } from "./commands.ts";
import { directoriesIn } from "./exports.ts";
import {
  type Exported,
  exportsFile,
  exportTable,
  holdsOpen,
  isNfsdMounted,
  SERVER_UNIT,
  TRACKER_UNIT,
  threadCount,
  trackers,
} from "./host.ts";
import { knownExports, type NfsTable } from "./parameters.ts";

const LOOK_MS = 50;
/** Parts of the time that is left, for each step that may hang; what comes after needs some too. */
const SERVER_SHARE = 0.45;
const ESCALATION_SHARE = 0.5;
const DRAIN_SHARE = 0.5;
const TRACKER_SHARE = 0.5;

/**
 * Returns success only when nothing of the server keeps the volume busy any more.
 *
 * The server goes first: a client that finds nobody listening tries again until the other host serves it, one that
 * finds a server without the export is told that its files are gone for good.
 */
export async function stopNfs(context: Context<NfsTable>): Promise<Outcome> {
  const { system, log, problems, parameters, instance } = context;
  for (const problem of problems) log.warn(`stopping all the same: ${problem.text}`);
  const file = exportsFile(context);
  // What was exported under other parameters is ours as well.
  const directories = new Set([
    ...directoriesIn(textOf(file)),
    ...knownExports(parameters).map(({ directory }) => directory),
  ]);
  const ours = () => exportTable(system).filter(({ directory }) => directories.has(directory));
  const started = existsSync(file) || ours().length > 0;
  if (started) await stopServer(context);
  const foreign = threadCount(system) > 0;
  if (foreign) log.warn(`an NFS server that ${instance} has not started runs on this host: left alone`);
  removeExports(file);
  await unexport(context, ours);
  await stopTracker(context, { started, foreign });
  if (started) log.info("the NFS server is stopped and exports nothing");
  return success;
}

/** @throws OcfError when a thread is left. */
async function stopServer(context: Context<NfsTable>): Promise<void> {
  const { deadline, system, log } = context;
  const part = (share: number) => deadline.remainingMs() * share;
  // Also without any thread: a start that was given up may still be under way in systemd.
  const problem = await attempt(context, ["systemctl", "stop", SERVER_UNIT], part(SERVER_SHARE));
  if (problem) log.warn(problem);
  if (threadCount(system) === 0) return;
  log.warn("closing the threads of the NFS server without systemd");
  const refusal = await attempt(context, ["rpc.nfsd", "0"], part(ESCALATION_SHARE));
  if (refusal) log.warn(refusal);
  const until = system.now() + part(DRAIN_SHARE);
  while (threadCount(system) > 0 && system.now() < until) await system.sleep(LOOK_MS);
  const left = threadCount(system);
  if (left > 0) {
    const why = [problem, refusal].filter(Boolean).join("; ");
    throw new OcfError(
      Ocf.generic,
      `${left} threads of the NFS server still run${why ? ` (${why})` : " after rpc.nfsd 0"}`,
    );
  }
}

/** Only after the last thread: as long as the file is there, a server counts as ours. @throws OcfError */
function removeExports(file: string): void {
  try {
    rmSync(`${file}.new`, { force: true });
    rmSync(file, { force: true });
  } catch (error) {
    throw new OcfError(Ocf.generic, `cannot remove ${file}: ${messageOf(error)}`);
  }
}

/** @throws OcfError when something of ours stays in the table of exports. */
async function unexport(context: Context<NfsTable>, ours: () => readonly Exported[]): Promise<void> {
  const { log, system } = context;
  for (const { directory, client } of ours()) {
    const problem = await attempt(context, ["exportfs", "-u", `${clientArgument(client)}:${directory}`]);
    if (problem) log.warn(problem);
  }
  // What the kernel remembers of an export keeps the volume busy, also without any thread.
  if (isNfsdMounted(system)) {
    const problem = await attempt(context, ["exportfs", "-f"]);
    if (problem) log.warn(problem);
  }
  const [left] = ours();
  if (left) throw new OcfError(Ocf.generic, `${left.directory} is still exported to ${left.client}`);
}

/** exportfs splits at the first colon, unless an address of IPv6 stands in brackets: `[fd00::]/64:/directory`. */
function clientArgument(client: string): string {
  return client.includes(":") ? client.replace(/^([^/]*)/, "[$1]") : client;
}

/** Ends nfsdcld, whose open database would keep the volume busy. @throws OcfError when it lives on. */
async function stopTracker(
  context: Context<NfsTable>,
  { started, foreign }: { readonly started: boolean; readonly foreign: boolean },
): Promise<void> {
  const { parameters, problems, system, deadline, log } = context;
  const directory = parameters.state_directory;
  // A value that is wrong now may have been a right one when the daemon was started.
  const isWrong = problems.some(({ parameter }) => parameter === "state_directory");
  if (!directory && !isWrong) return;
  // Somebody else's server may need it, but not with its database on our volume.
  const busy = () =>
    trackers(system).filter((pid) => !foreign || (directory && holdsOpen(system, pid, directory)));
  if (busy().length === 0 && (!started || foreign)) return;
  const problem = await attempt(
    context,
    ["systemctl", "stop", TRACKER_UNIT],
    deadline.remainingMs() * TRACKER_SHARE,
  );
  if (problem) log.warn(problem);
  const until = system.now() + deadline.remainingMs() * TRACKER_SHARE;
  for (let pids = busy(); pids.length > 0; pids = busy()) {
    if (system.now() > until) {
      throw new OcfError(
        Ocf.generic,
        `nfsdcld (process ${pids[0]}) still runs and keeps the volume busy${problem ? ` (${problem})` : ""}`,
      );
    }
    // Its database survives that; systemd would wait longer for it than Pacemaker waits for us.
    for (const pid of pids) kill(pid);
    await system.sleep(LOOK_MS);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
