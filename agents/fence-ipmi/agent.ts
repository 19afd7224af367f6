import { spawn } from "node:child_process";
import { messageOf } from "../../core/message.ts";
import { createRedactor } from "../../core/redact.ts";
import { oneLine } from "../ocf/log.ts";
import { realSystem, type System } from "../ocf/system.ts";
import type { ValuesOf } from "../ocf/table.ts";
import { readValues } from "../ocf/values.ts";
import { type Input, InputError, parseArguments, parseLines } from "./input.ts";
import { type Bmc, createBmc, NoIpmitool } from "./ipmitool.ts";
import { fenceMetadata, fenceUsage } from "./metadata.ts";
import { type FenceTable, fenceParameters, NAME } from "./parameters.ts";
import { withPassword } from "./password.ts";
import { askTwice, drive } from "./power.ts";
import { DIRECTORIES } from "./private-file.ts";

/** Exit codes of the fence agent API; `off` only as the answer of `status`. */
export const FENCE = { success: 0, failed: 1, off: 2 } as const;
export type FenceCode = (typeof FENCE)[keyof typeof FENCE];

/** Far more than any device has; what is longer is no list of parameters. */
const INPUT_LIMIT = 64 * 1024;

/** One call by Pacemaker's fencer or by a person: @returns the exit code. */
export async function fenceIpmi(args: readonly string[], env: NodeJS.ProcessEnv): Promise<FenceCode> {
  return runFence(args, readStandardInput, realSystem(env), { powerOnLater });
}

export interface FenceOptions {
  /** Where temporary files for ipmitool may be: a password from standard input, its commands. */
  readonly directories?: readonly string[];
  /**
   * Lets another process power the host on again, given the parameters of this call as lines, and resolves when
   * it has them. Without it a reboot waits for the power to be on.
   */
  readonly powerOnLater?: (lines: string) => Promise<void>;
}

/** @param readInput is not called when there are arguments, so that a call by hand never waits for input. */
export async function runFence(
  args: readonly string[],
  readInput: () => Promise<string>,
  system: System,
  options: FenceOptions = {},
): Promise<FenceCode> {
  const { directories = DIRECTORIES } = options;
  const redactor = createRedactor();
  const say = (text: string) => system.stderr(`${NAME}: ${oneLine(redactor.redact(text))}\n`);
  const warn = (text: string) => say(`WARNING: ${text}`);
  try {
    const input = args.length > 0 ? parseArguments(args) : parseLines(await readInput());
    if (input === undefined) {
      system.stdout(fenceUsage());
      return FENCE.success;
    }
    if (input.given.get("action") === "metadata") {
      system.stdout(fenceMetadata());
      return FENCE.success;
    }
    redactor.add(input.given.get("password") ?? "");
    const values = check(input);
    if (input.ignored.length > 0) warn(`ignored, not a parameter: ${input.ignored.join(", ")}`);
    if (values.action === "validate-all") return FENCE.success;
    return await withPassword(
      { passwordFile: values.password_file, password: values.password },
      { redactor, warn, directories },
      (passwordFile) =>
        act(
          createBmc(system, values, { passwordFile, directories }),
          values,
          system,
          warn,
          laterOf(input, options),
        ),
    );
  } catch (error) {
    // A reason in one line for everything: Pacemaker logs what stands here and nothing else.
    const expected = error instanceof InputError || error instanceof NoIpmitool || error instanceof Failure;
    const text = messageOf(error);
    say(expected ? text : `failed unexpectedly: ${text}`);
    return FENCE.failed;
  }
}

class Failure extends Error {}

/** The call that is left to another process: the same parameters, another action. */
function laterOf(input: Input, { powerOnLater: start }: FenceOptions): (() => Promise<void>) | undefined {
  if (start === undefined) return undefined;
  const given = [...input.given].filter(([key]) => key !== "action" && key !== "delay");
  return () => start([...given, ["action", "on"]].map(([key, value]) => `${key}=${value}\n`).join(""));
}

/**
 * A process of its own, so that the cluster need not wait for the host to be on before it starts the services of a
 * host that is proven off.
 */
async function powerOnLater(lines: string): Promise<void> {
  const child = spawn(process.execPath, process.argv[1]?.endsWith(".ts") ? [process.argv[1]] : [], {
    argv0: NAME,
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.on("error", () => {});
  child.unref();
  // This process ends right after: what is still in its memory then would be lost.
  await new Promise<void>((resolve) => {
    child.stdin.on("error", () => resolve());
    child.stdin.end(lines, () => resolve());
  });
}

/** @throws InputError for the first thing that is wrong, before anything is contacted. */
function check(input: Input): ValuesOf<FenceTable> {
  const env = Object.fromEntries([...input.given].map(([key, value]) => [`OCF_RESKEY_${key}`, value]));
  const { values, problems } = readValues(fenceParameters, env);
  if (problems[0]) throw new InputError(problems[0].text);
  if (values.password_file === undefined && values.password === undefined) {
    throw new InputError("password_file is required and not set");
  }
  return values;
}

async function act(
  bmc: Bmc,
  values: ValuesOf<FenceTable>,
  system: System,
  warn: (text: string) => void,
  later: (() => Promise<void>) | undefined,
): Promise<FenceCode> {
  const { action, ip } = values;
  if ((action === "off" || action === "reboot") && values.delay > 0) await system.sleep(values.delay * 1000);
  const deadline = system.now() + values.power_timeout * 1000;
  const within = `within ${values.power_timeout} s`;

  if (action === "status" || action === "monitor") {
    const power = await askTwice(bmc, system, deadline);
    if (!power.known) throw new Failure(`the BMC ${ip} gave no power status: ${power.why}`);
    if (action === "monitor") return FENCE.success;
    system.stdout(`Status: ${power.value.toUpperCase()}\n`);
    return power.value === "on" ? FENCE.success : FENCE.off;
  }

  if (action === "on") {
    const why = await drive(bmc, "on", system, deadline);
    if (why !== undefined) throw new Failure(`${ip} was not proven to be on ${within}: ${why}`);
    system.stdout("Success: Powered ON\n");
    return FENCE.success;
  }

  const why = await drive(bmc, "off", system, deadline);
  if (why !== undefined) throw new Failure(`${ip} was not proven to be off ${within}: ${why}`);
  if (action === "reboot" && later !== undefined) await later();
  else if (action === "reboot") await startAgain(bmc, values, system, deadline, warn);
  system.stdout(`Success: ${action === "reboot" ? "Rebooted" : "Powered OFF"}\n`);
  return FENCE.success;
}

/**
 * The second half of a reboot. The host is proven off, so the cluster may go on whatever happens in here; a failure
 * reported now would make it wait for a fencing that has long been done.
 */
async function startAgain(
  bmc: Bmc,
  values: ValuesOf<FenceTable>,
  system: System,
  deadline: number,
  warn: (text: string) => void,
): Promise<void> {
  const latest = Math.max(deadline, system.now() + values.timeout * 1000);
  let why: string | undefined;
  try {
    why = await drive(bmc, "on", system, latest);
  } catch (error) {
    why = messageOf(error);
  }
  if (why !== undefined)
    warn(`${values.ip} is fenced (proven off), but was not proven to come on again: ${why}`);
}

async function readStandardInput(): Promise<string> {
  if (process.stdin.isTTY) throw new InputError("no parameters; see --help");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > INPUT_LIMIT) throw new InputError("the input is too long to be a list of parameters");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}
