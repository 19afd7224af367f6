import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../../core/message.ts";
import { textOf } from "../host/processes.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { seconds } from "../ocf/deadline.ts";
import { OcfError, type Outcome, success } from "../ocf/outcome.ts";
import { attempt, requireUnits, systemctl } from "./commands.ts";
import { type Export, parseExports, renderExports } from "./exports.ts";
import {
  exportsFile,
  holdsOpen,
  notExported,
  SERVER_UNIT,
  TRACKER_UNIT,
  threadCount,
  trackers,
} from "./host.ts";
import { servingProblem } from "./monitor.ts";
import type { NfsTable } from "./parameters.ts";
import { makeStateDirectory, requireDirectories, requireVolume } from "./volume.ts";

const LOOK_MS = 50;
/** nfsdcld opens its database right after it has gone into the background. */
const TRACKER_MS = 5000;
/** One unanswered call must not use up the whole start: the first may come before the server listens. */
const CALL_MS = 3000;

/** Returns success only when the server answers and exports every directory. */
export async function startNfs(context: Context<NfsTable>): Promise<Outcome> {
  const { parameters, system, log } = context;
  const began = system.now();
  const exports = parseExports(parameters.exports);
  const directories = exports.map(({ directory }) => directory);
  const tracked = parameters.state_directory;
  await requireVolume(context);
  await requireDirectories(context, "exports", directories);
  await requireUnits(context, tracked ? [SERVER_UNIT, TRACKER_UNIT] : [SERVER_UNIT]);
  if (tracked) await makeStateDirectory(context, tracked);
  // Before the threads: a client that returns to a server without the export is told that its files are gone for good.
  writeExports(context, exports);
  if (tracked) await track(context, tracked);
  const said = await serve(context, directories);
  const problem = await waitUntilServing(context);
  if (problem !== undefined) {
    const reason = `the NFS server was started but does not serve: ${problem}${said ? ` (${said})` : ""}`;
    return { code: Ocf.generic, reason };
  }
  log.info(`NFS serves ${directories.join(", ")}, ${seconds(system.now() - began)} after start was called`);
  return success;
}

/** Takes a change of the parameter exports over into the running server. */
export async function reloadNfs(context: Context<NfsTable>): Promise<Outcome> {
  const { parameters, system } = context;
  if (threadCount(system) === 0) {
    return { code: Ocf.notRunning, reason: "no thread of the NFS server is left on this host" };
  }
  const exports = parseExports(parameters.exports);
  const directories = exports.map(({ directory }) => directory);
  await requireVolume(context);
  await requireDirectories(context, "exports", directories);
  writeExports(context, exports);
  const problem = await attempt(context, ["exportfs", "-r"]);
  const missing = notExported(system, directories);
  if (missing.length === 0) return success;
  const reason = `not exported: ${missing.join(", ")}${problem ? ` (${problem})` : ""}`;
  return { code: Ocf.generic, reason };
}

/** Atomic, because whoever else calls exportfs meanwhile would end the exports of half a file. @throws OcfError */
function writeExports(context: Context<NfsTable>, exports: readonly Export[]): void {
  const file = exportsFile(context);
  const content = renderExports(exports);
  if (textOf(file) === content) return;
  // exportfs reads only names that end in ".exports".
  const draft = `${file}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(draft, content, { mode: 0o644 });
    renameSync(draft, file);
  } catch (error) {
    throw new OcfError(Ocf.generic, `cannot write ${file}: ${messageOf(error)}`);
  }
}

/**
 * Sees to it that nfsdcld keeps its database on the volume. One that was started before the volume was mounted has
 * another, and a server that has started with that one knows the wrong clients: it starts anew.
 * @throws OcfError
 */
async function track(context: Context<NfsTable>, directory: string): Promise<void> {
  const { system, log } = context;
  const holds = () => trackers(system).some((pid) => holdsOpen(system, pid, directory));
  if (holds()) return;
  if (threadCount(system) > 0) {
    log.warn("an NFS server runs without the client database on the volume: starting it anew");
    await systemctl(context, "stop", SERVER_UNIT);
  }
  await systemctl(context, "restart", TRACKER_UNIT);
  const until = system.now() + Math.min(TRACKER_MS, context.deadline.remainingMs() / 2);
  while (system.now() < until) {
    if (holds()) return;
    await system.sleep(LOOK_MS);
  }
  if (trackers(system).length === 0) {
    throw new OcfError(Ocf.generic, `nfsdcld ended at once (journalctl -u ${TRACKER_UNIT} tells why)`);
  }
  throw new OcfError(
    Ocf.installed,
    `nfsdcld does not keep its database in ${directory}: set storagedir in the section [nfsdcld] of a file in /etc/nfs.conf.d`,
  );
}

/** Starts the threads or tells a running server of our exports. Returns what exportfs complained about. */
async function serve(
  context: Context<NfsTable>,
  directories: readonly string[],
): Promise<string | undefined> {
  const ran = threadCount(context.system) > 0;
  // Not "start": systemd counts the unit as active, and would do nothing, also after its threads were closed.
  if (!ran) await systemctl(context, "restart", SERVER_UNIT);
  if (!ran && notExported(context.system, directories).length === 0) return undefined;
  // It also fails over exports of others; what counts is what is exported then.
  return attempt(context, ["exportfs", "-r"]);
}

async function waitUntilServing(context: Context<NfsTable>): Promise<string | undefined> {
  const { deadline, system } = context;
  for (;;) {
    const problem = await servingProblem(context, Math.min(CALL_MS, deadline.remainingMs() / 2));
    if (problem === undefined || deadline.remainingMs() < LOOK_MS * 4) return problem;
    await system.sleep(LOOK_MS);
  }
}
