import type { ExecResult } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import type { RunOptions } from "../ocf/context.ts";
import { TimeLimitError } from "../ocf/deadline.ts";
import { readImageVariables, readInspected } from "./inspected.ts";
import { parseJson } from "./json.ts";
import { type ContainerSpec, type Engine, EngineRefusal, EngineSilence, ImageMissing } from "./types.ts";

/** podman's own code for "could not do it", as opposed to a code of the command inside the container. */
const PODMAN_FAILED = 125;
/** `podman container exists` and `podman image exists`: there is none. */
const ABSENT = 1;
const STOP_SLACK_MS = 10_000;

type Run = (argv: readonly [string, ...string[]], options?: RunOptions) => Promise<ExecResult>;

/** podman needs no daemon: one call of its program per question. */
export function createPodman(run: Run): Engine {
  const podman = async (args: readonly string[], options?: RunOptions): Promise<ExecResult> => {
    try {
      return await run(["podman", ...args], options);
    } catch (error) {
      if (error instanceof TimeLimitError) throw new EngineSilence(error.message);
      const why = messageOf(error);
      throw new EngineSilence(`podman could not be started: ${why}`);
    }
  };
  const must = async (args: readonly string[], options?: RunOptions): Promise<ExecResult> => {
    const result = await podman(args, options);
    if (result.code !== 0) throw refusal(args, result);
    return result;
  };
  /** Proof of absence is an exit code of its own; inspect has only a sentence for it. */
  const isAbsent = async (name: string, limit: RunOptions): Promise<boolean> => {
    const args = ["container", "exists", name];
    const result = await podman(args, limit);
    if (result.code === 0 || result.code === ABSENT) return result.code === ABSENT;
    throw refusal(args, result);
  };
  const inspect: Engine["inspect"] = async (name, { limitMs, expectAbsent = false } = {}) => {
    const limit = limitMs === undefined ? {} : { limitMs };
    if (expectAbsent && (await isAbsent(name, limit))) return undefined;
    const args = ["container", "inspect", "--format", "json", name];
    // Twice, because a container may appear between the two questions.
    for (let attempt = 0; ; attempt += 1) {
      const result = await podman(args, limit);
      const parsed = parseJson(result.stdout);
      const container = result.code === 0 && Array.isArray(parsed) ? readInspected(parsed[0]) : undefined;
      if (container) return container;
      if (await isAbsent(name, limit)) return undefined;
      if (attempt > 0) throw refusal(args, result);
    }
  };
  const hasImage = async (image: string) => {
    const result = await podman(["image", "exists", image]);
    if (result.code === 0 || result.code === ABSENT) return result.code === 0;
    throw refusal(["image", "exists"], result);
  };
  return {
    kind: "podman",
    title: "podman",
    inspect,
    hasImage,
    async imageVariables(image) {
      const result = await podman(["image", "inspect", image]);
      const parsed = result.code === 0 ? parseJson(result.stdout) : [];
      return Array.isArray(parsed) ? readImageVariables(parsed[0]) : {};
    },
    async launch(spec) {
      const result = await podman(runArguments(spec));
      if (result.code === 0) return /^[0-9a-f]{64}$/m.exec(result.stdout)?.[0];
      if (!(await hasImage(spec.image))) throw new ImageMissing(refusal(["run"], result).message);
      throw refusal(["run"], result);
    },
    async unpause(name) {
      await must(["unpause", name]);
    },
    async remove(name, { graceSeconds, volumes }) {
      const options = ["--force", "--ignore", "--time", String(graceSeconds)];
      await must(["rm", ...options, ...(volumes ? ["--volumes"] : []), name], {
        limitMs: graceSeconds * 1000 + STOP_SLACK_MS,
      });
    },
    async exec(name, argv) {
      const result = await podman(["exec", name, ...argv]);
      if (result.code === PODMAN_FAILED) throw refusal(["exec"], result);
      return { code: result.code, output: result.stdout + result.stderr };
    },
    async logs(name, lines) {
      const result = await must(["logs", "--tail", String(lines), name]);
      return result.stdout + result.stderr;
    },
    async loadImage(archive) {
      await must(["load", "--quiet", "--input", archive]);
    },
    loadCommand: (archive) => `podman load -i ${archive}`,
  };
}

/** `podman run` with the options as they were given; those it must not have were refused before. */
export function runArguments(spec: ContainerSpec): readonly string[] {
  const labels = Object.entries(spec.labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
  const options = spec.options
    .filter(({ name }) => name !== "env-file")
    .map(({ name, value }) => `--${name}=${value}`);
  return [
    "run",
    "--detach",
    "--pull=never",
    "--restart=no",
    `--name=${spec.name}`,
    ...options,
    ...spec.envFiles.map((file) => `--env-file=${file.path}`),
    ...labels,
    ...(spec.stopSignal ? [`--stop-signal=${spec.stopSignal}`] : []),
    spec.image,
    ...spec.command,
  ];
}

function refusal(args: readonly string[], result: ExecResult): EngineRefusal {
  const said = (result.stderr || result.stdout).trim().split("\n").at(-1) ?? "";
  return new EngineRefusal(
    `podman ${args.slice(0, 2).join(" ")} failed (code ${result.code}): ${said || "no reason given"}`,
  );
}
