import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { DrbdState } from "../../core/drbd/model.ts";
import { scoreOf } from "./judge.ts";
import type { DrbdContext } from "./state.ts";

/** Pacemaker forgets transient attributes when a host leaves without rebooting; a score is said again after this. */
const TRUST_MS = 300_000;

/**
 * Tells Pacemaker how good a place for the promoted role this host is. A program per monitor would cost more than
 * the monitor, so the last score is remembered under /run and only a change is told.
 */
export async function publishScore(context: DrbdContext, state: DrbdState): Promise<void> {
  const { score_both: both, score_alone: alone, score_peer_only: peerOnly } = context.parameters;
  const score = scoreOf(state, { both, alone, peerOnly });
  if (score === "keep") return;
  if (!context.environment.isProbe && remembered(context) === String(score)) return;
  await tell(context, score === undefined ? ["--delete"] : ["--update", String(score)]);
  remember(context, String(score));
}

/** No score is left: after a stop, and when nothing runs. */
export async function removeScore(context: DrbdContext): Promise<void> {
  if (!context.environment.isProbe && remembered(context) === NONE) return;
  await tell(context, ["--delete"]);
  remember(context, NONE);
}

/** Whether this resource was ever up on this host since it booted. */
export const wasSeen = (context: DrbdContext): boolean => existsSync(path(context));

/** Promotion score of the deleted kind; what scoreOf gives for "never". */
const NONE = String(undefined);

async function tell(context: DrbdContext, words: readonly string[]): Promise<void> {
  const { instance } = context.environment;
  // Called by hand: no cluster to tell.
  if (instance === undefined) return;
  const result = await context.run(
    ["crm_attribute", `--promotion=${instance}`, "--lifetime=reboot", ...words],
    {
      limitMs: 10_000,
    },
  );
  // Deleting what is not there is no trouble; a probe can come before the attribute daemon is up.
  if (result.code !== 0 && words[0] !== "--delete") {
    forget(context);
    context.log.warn(
      `promotion score not set: ${result.stderr.trim() || `crm_attribute ended with ${result.code}`}`,
    );
    throw new Error("the cluster did not take the promotion score");
  }
}

const path = (context: DrbdContext): string => `${context.system.stateDir}/drbd-${context.instance}.score`;

function remembered(context: DrbdContext): string | undefined {
  try {
    const age = Date.now() - statSync(path(context)).mtimeMs;
    return age < 0 || age > TRUST_MS ? undefined : readFileSync(path(context), "utf8").trim();
  } catch {
    return undefined;
  }
}

function remember(context: DrbdContext, score: string): void {
  mkdirSync(context.system.stateDir, { recursive: true, mode: 0o755 });
  const file = path(context);
  writeFileSync(`${file}.new`, `${score}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function forget(context: DrbdContext): void {
  rmSync(path(context), { force: true });
}
