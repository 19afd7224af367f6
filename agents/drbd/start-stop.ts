import type { DrbdState } from "../../core/drbd/model.ts";
import { Ocf } from "../ocf/codes.ts";
import { seconds } from "../ocf/deadline.ts";
import { OcfError, type Outcome, success } from "../ocf/outcome.ts";
import { command, holdersText } from "./command.ts";
import { publishScore, removeScore, wasSeen } from "./score.ts";
import { type DrbdContext, isUp, nameOf, requireState } from "./state.ts";

const LOOK_MS = 100;

/** Attaches and connects; ends as a secondary whose disk state is settled. */
export async function start(context: DrbdContext): Promise<Outcome> {
  const before = await requireState(context);
  // `up` on a resource that is half up completes it.
  if (!isUp(before) || before.disk === "Diskless" || before.connection === "StandAlone") {
    if (before.version === undefined) await loadModule(context);
    const up = await command(context, ["drbdadm", isUp(before) ? "adjust" : "up", nameOf(context)]);
    if (up.code !== 0) return { code: Ocf.generic, reason: `drbdadm up ${nameOf(context)}: ${up.text}` };
  }
  const state = await settled(context);
  if (state.disk === "Diskless" && state.connection !== "Connected") {
    return { code: Ocf.generic, reason: `${nameOf(context)} is up without its disk; see journalctl -k` };
  }
  await publishScore(context, state);
  context.log.info(`${nameOf(context)} is up: ${state.disk}, ${state.connection}`);
  return success;
}

/** @throws OcfError */
async function loadModule(context: DrbdContext): Promise<void> {
  const loaded = await command(context, ["modprobe", "drbd"]);
  if (loaded.code !== 0)
    throw new OcfError(Ocf.installed, `the drbd kernel module cannot be loaded: ${loaded.text}`);
}

/** Waits until the disk has been read, and for a while for the peer. */
async function settled(context: DrbdContext): Promise<DrbdState> {
  const { system, parameters, deadline } = context;
  const until = system.now() + parameters.connect_timeout * 1000;
  for (;;) {
    const state = await requireState(context);
    const reading = state.disk === "Attaching" || state.disk === "Negotiating";
    const alone = state.connection !== "Connected" && state.connection !== "StandAlone";
    if (isUp(state) && !reading && (!alone || system.now() >= until)) return state;
    if (deadline.remainingMs() < LOOK_MS * 4) {
      throw new OcfError(Ocf.generic, `${nameOf(context)} is still ${state.connection}, ${state.disk}`);
    }
    await system.sleep(LOOK_MS);
  }
}

/** Succeeds when the kernel no longer has the resource. */
export async function stop(context: DrbdContext): Promise<Outcome> {
  const { deadline, system } = context;
  const [wrongName] = context.problems.filter(({ parameter }) => parameter === "drbd_resource");
  if (wrongName) {
    if (!wasSeen(context)) return success;
    return { code: Ocf.generic, reason: `${wrongName.text}: what was started here cannot be found` };
  }
  await removeScore(context);
  let text = "";
  for (;;) {
    const state = await requireState(context);
    if (!isUp(state)) return success;
    if (deadline.remainingMs() < LOOK_MS * 10) break;
    const down = await command(context, ["drbdadm", "down", nameOf(context)]);
    if (down.code !== 0) {
      text = down.text;
      context.log.trace(`down: ${text}`);
      await system.sleep(LOOK_MS * 5);
    }
  }
  const held = await holdersText(context);
  const reason = `${nameOf(context)} is still up after ${seconds(context.environment.timeoutMs ?? 0)}: ${held ?? text}`;
  return { code: Ocf.generic, reason };
}
