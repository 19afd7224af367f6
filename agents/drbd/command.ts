import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Argv } from "../../core/host.ts";
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
  const mounted = new Set<string>();
  const open = new Set<string>();
  for (const pid of entries(procDir).filter((name) => /^\d+$/.test(name))) {
    for (const line of content(`${procDir}/${pid}/mountinfo`).split("\n")) {
      const [left = "", right = ""] = line.split(" - ");
      if (right.split(" ")[1] === device) mounted.add(`${left.split(" ")[4]} (process ${pid} and others)`);
    }
    for (const fd of entries(`${procDir}/${pid}/fd`)) {
      if (target(`${procDir}/${pid}/fd/${fd}`) === device) {
        open.add(`${content(`${procDir}/${pid}/comm`).trim()} (${pid})`);
      }
    }
  }
  const mounts = [...new Map([...mounted].map((text) => [text.split(" ")[0], text])).values()];
  if (mounts.length > 0) return `mounted on ${mounts.slice(0, NAMED).join(", ")}`;
  return open.size > 0 ? `held open by ${[...open].slice(0, NAMED).join(", ")}` : undefined;
}

// Processes come and go while they are looked at: what cannot be read holds nothing.
function entries(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function content(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function target(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
