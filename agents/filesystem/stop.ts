import { type Mount, mountsUpTo } from "../host/mounts.ts";
import { listText, maySignal, type Named } from "../host/processes.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { TimeLimitError } from "../ocf/deadline.ts";
import { type Outcome, success } from "../ocf/outcome.ts";
import { holdersOf, otherNamespacesWith } from "./holders.ts";
import type { FilesystemTable } from "./parameters.ts";
import { runTool, wordsOf } from "./tool.ts";
import { isOurs, look, type View } from "./volume.ts";

const RETRY_MS = 100;
/** Kept of the time for finding out, and telling, what holds a file system that stays. */
const RESERVE_SHARE = 0.1;
const RESERVE_MIN_MS = 150;

/** Returns success only when the kernel shows the device gone from the directory. Never lazy, never forced. */
export async function stopFilesystem(context: Context<FilesystemTable>): Promise<Outcome> {
  const { log, problems } = context;
  for (const problem of problems) log.warn(`stopping all the same: ${problem.text}`);
  if (problems.some(({ parameter }) => parameter === "device" || parameter === "directory")) {
    log.info(`${context.instance} was never started on this host with these parameters`);
    return success;
  }
  const first = look(context);
  const mount = first.mounts.findLast(
    (candidate) => candidate.point === first.volume.directory && isOurs(first.volume, candidate),
  );
  if (!mount) {
    if (first.at.kind === "foreign") {
      log.warn(
        `leaving ${first.at.mount.source} mounted at ${first.volume.directory}: it is not this resource's`,
      );
    }
    warnOfOthers(context, first, first.volume.number);
    return success;
  }
  const failure = await unmount(context, mount);
  if (failure) return failure;
  log.info(`${mount.source} is unmounted from ${mount.point}`);
  warnOfOthers(context, look(context), mount.number);
  return success;
}

/** Unmounts what is below and the mount itself, ending what holds it. undefined: it is gone. */
async function unmount(context: Context<FilesystemTable>, mount: Mount): Promise<Outcome | undefined> {
  const { deadline, system } = context;
  const giveUpAt = Math.max(RESERVE_MIN_MS, deadline.remainingMs() * RESERVE_SHARE);
  const hunt = createHunt(context, mount, giveUpAt);
  let said = "";
  for (;;) {
    const targets = targetsOf(look(context), mount);
    const [target] = targets;
    if (!target) return undefined;
    if (deadline.remainingMs() <= giveUpAt) return failed(await stayText(context, mount, said));
    try {
      // The last try, too, has to have its time, or a busy mount would look like a hung one.
      const limitMs = deadline.remainingMs() - giveUpAt / 2;
      const result = await runTool(context, ["umount", "--", target.point], { limitMs });
      if (result.code === 0) {
        if (targetsOf(look(context), mount).length < targets.length) continue;
        said = "it is done, but something mounts it again";
      } else {
        said = wordsOf(result);
        await hunt();
      }
    } catch (error) {
      if (!(error instanceof TimeLimitError)) throw error;
      // Processes are not the reason: umount itself waits for the disk.
      return failed(`${mount.point} stays mounted, the disk under it may hang: ${error.message}`);
    }
    await system.sleep(RETRY_MS);
  }
}

/** What has to be unmounted, deepest first, until ours is gone; empty when it is. */
function targetsOf({ mounts, volume }: View, ours: Mount): readonly Mount[] {
  const targets = mountsUpTo(mounts, ours.point);
  return targets.some((mount) => mount.point === ours.point && isOurs(volume, mount)) ? targets : [];
}

/** Each call asks new holders to end; after half of the time left at the first call it kills them. */
function createHunt(context: Context<FilesystemTable>, mount: Mount, giveUpAt: number): () => Promise<void> {
  const { deadline, log, system } = context;
  const asked = new Set<number>();
  const killed = new Set<number>();
  let killAt: number | undefined;
  return async () => {
    killAt ??= giveUpAt + (deadline.remainingMs() - giveUpAt) / 2;
    const kill = deadline.remainingMs() <= killAt;
    const holders = (await holdersOf(context, mount)).filter(({ pid }) => maySignal(system.procDir, pid));
    const done = kill ? killed : asked;
    const fresh = holders.filter(({ pid }) => !done.has(pid));
    if (fresh.length > 0) {
      log.warn(`${mount.point} is busy: ${kill ? "killing" : "ending"} ${listText(fresh)}`);
    }
    for (const { pid } of fresh) {
      done.add(pid);
      send(pid, kill ? "SIGKILL" : "SIGTERM");
    }
  };
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

async function stayText(context: Context<FilesystemTable>, mount: Mount, said: string): Promise<string> {
  const holders = await holdersOf(context, mount);
  const stays = `${mount.point} stays mounted`;
  if (holders.length > 0) return `${stays}, held by ${listText(holders)}`;
  const others = otherNamespacesWith(context.system.procDir, mount.number);
  return `${stays}, though no process of this host holds it (the kernel may: NFS exports, loop devices, swap)${namespaceText(others)}; umount says: ${said}`;
}

function namespaceText(others: readonly Named[]): string {
  return others.length > 0 ? `; also mounted in the mount namespaces of ${listText(others)}` : "";
}

/** What still keeps the device open does not concern this resource, but the one below it: DRBD cannot be demoted. */
function warnOfOthers(
  context: Context<FilesystemTable>,
  { mounts, volume }: View,
  number: string | undefined,
): void {
  const { device } = context.parameters;
  const places = mounts.filter((mount) => isOurs(volume, mount)).map(({ point }) => point);
  if (places.length > 0) context.log.warn(`${device} is still mounted at ${places.slice(0, 5).join(", ")}`);
  const others = number === undefined ? [] : otherNamespacesWith(context.system.procDir, number);
  if (others.length > 0) {
    context.log.warn(
      `${device} is still mounted in the mount namespaces of ${listText(others)}, which keep it open`,
    );
  }
}

function failed(reason: string): Outcome {
  return { code: Ocf.generic, reason };
}
