import type { Argv } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { TimeLimitError } from "../ocf/deadline.ts";
import { OcfError } from "../ocf/outcome.ts";
import type { ParameterTable } from "../ocf/table.ts";

/** Runs a program; undefined when it ended well, else what went wrong, for those who have another way. */
export async function attempt(
  context: Context<ParameterTable>,
  argv: Argv,
  limitMs?: number,
): Promise<string | undefined> {
  const what = argv.join(" ");
  try {
    const { code, stdout, stderr } = await context.run(argv, limitMs === undefined ? {} : { limitMs });
    if (code === 0) return undefined;
    const said = (stderr.trim() || stdout.trim()).split("\n").slice(0, 3).join(" / ").slice(0, 400);
    return `${what} ended with code ${code}${said ? `: ${said}` : ""}`;
  } catch (error) {
    // It hangs or cannot be started: both mean that it is not done.
    return `${what}: ${messageOf(error)}`;
  }
}

/** Runs a systemctl verb on a unit. @throws OcfError */
export async function systemctl(
  context: Context<ParameterTable>,
  verb: "restart" | "stop",
  unit: string,
): Promise<void> {
  const problem = await attempt(context, ["systemctl", verb, unit]);
  if (problem) throw new OcfError(Ocf.generic, `${problem} (journalctl -u ${unit} tells more)`);
}

/** @throws OcfError with code 5 when a unit is masked or not installed. */
export async function requireUnits(
  context: Context<ParameterTable>,
  units: readonly string[],
): Promise<void> {
  for (const unit of units) {
    const state = await loadState(context, unit);
    if (state === "loaded") continue;
    const why =
      state === "masked"
        ? `is masked on this host: systemctl unmask ${unit}`
        : state === "not-found"
          ? "is not installed on this host (package nfs-kernel-server)"
          : `cannot be used on this host: systemd calls it "${state}"`;
    throw new OcfError(Ocf.installed, `${unit} ${why}`);
  }
}

async function loadState(context: Context<ParameterTable>, unit: string): Promise<string> {
  const argv: Argv = ["systemctl", "show", "--property=LoadState", "--value", unit];
  try {
    const { stdout, stderr } = await context.run(argv);
    const state = stdout.trim();
    // systemd not answering is no word about the unit, and no reason to ban this host for good.
    if (!state) throw new OcfError(Ocf.generic, `systemd says nothing of ${unit}: ${stderr.trim()}`);
    return state;
  } catch (error) {
    if (error instanceof OcfError || error instanceof TimeLimitError) throw error;
    throw new OcfError(Ocf.installed, `systemctl cannot be run: ${messageOf(error)}`);
  }
}
