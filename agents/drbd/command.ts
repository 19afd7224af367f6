import type { Argv } from "../../core/host.ts";
import { parseMountinfo } from "../host/mounts.ts";
import { listText, type Named, named, namesIn, pidsOf, targetOf, textOf } from "../host/processes.ts";
import { type DrbdContext, isUp, requireState } from "./state.ts";

/** Runs a tool; `text` is what it complained about, in one piece. */
export async function command(
  context: DrbdContext,
  argv: Argv,
): Promise<{ readonly code: number; readonly text: string }> {
  const result = await context.run(argv);
  const text = [result.stderr, result.stdout].map((part) => part.trim()).find((part) => part !== "");
  return { code: result.code, text: text ?? `code ${result.code}` };
}

const NAMED = 5;

/** "held open by postgres (4711), …" or "mounted on /drbd"; undefined when nothing is seen to hold the device. */
export async function holdersText(context: DrbdContext): Promise<string | undefined> {
  const { device } = context.parameters;
  const state = await requireState(context);
  if (device === undefined || !isUp(state)) return undefined;
  const { procDir } = context.system;
  const mounted = new Map<string, number>();
  const open: Named[] = [];
  for (const pid of pidsOf(procDir)) {
    for (const { source, point } of parseMountinfo(textOf(`${procDir}/${pid}/mountinfo`))) {
      if (source === device && !mounted.has(point)) mounted.set(point, pid);
    }
    const fds = `${procDir}/${pid}/fd`;
    if (namesIn(fds).some((fd) => targetOf(`${fds}/${fd}`) === device)) open.push(named(procDir, pid));
  }
  const mounts = [...mounted].map(([point, pid]) => `${point} (process ${pid} and others)`);
  if (mounts.length > 0) return `mounted on ${mounts.slice(0, NAMED).join(", ")}`;
  return open.length > 0 ? `held open by ${listText(open)}` : undefined;
}
