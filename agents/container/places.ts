import { access, readFile } from "node:fs/promises";
import { messageOf } from "../../core/message.ts";
import type { EnvFile } from "../engine/types.ts";
import { parseMountinfo } from "../host/mounts.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import type { ContainerTable } from "./parameters.ts";
import { envFilePaths, mountPaths, runOptions } from "./settings.ts";

/**
 * Refuses to start a service on the empty directory under an unmounted volume.
 * @throws OcfError with code 1 when a path is not mounted (it may be a moment later), 5 when what is mounted there
 * is not the volume.
 */
export async function requireMounts(context: Context<ContainerTable>): Promise<void> {
  const paths = mountPaths(context.parameters);
  if (paths.length === 0) return;
  const mounted = mountPoints(await readFile(`${context.system.procDir}/self/mountinfo`, "utf8"));
  for (const path of paths) {
    if (!mounted.has(path)) {
      throw new OcfError(
        Ocf.generic,
        `${path} is not mounted: refusing to start on the empty directory under an unmounted volume`,
      );
    }
    const sentinel = `${path === "/" ? "" : path}/${context.parameters.sentinel}`;
    if (!(await exists(context, sentinel))) {
      throw new OcfError(
        Ocf.installed,
        `${path} is mounted but holds no ${context.parameters.sentinel}: it is not the volume this service belongs to (if it is: touch ${sentinel})`,
      );
    }
  }
}

/** Mount points out of /proc/self/mountinfo. */
export function mountPoints(mountinfo: string): ReadonlySet<string> {
  return new Set(parseMountinfo(mountinfo).map(({ point }) => point));
}

/**
 * docker would create a missing bind source as an empty directory.
 * @throws OcfError with code 2
 */
export async function requireBindSources(context: Context<ContainerTable>): Promise<void> {
  for (const { name, value } of runOptions(context.parameters)) {
    const source =
      name === "volume" ? volumeSource(value) : name === "mount" ? mountSource(value) : undefined;
    if (source && !(await exists(context, source))) {
      throw new OcfError(Ocf.arguments, `run_opts binds ${source}, which does not exist on this host`);
    }
  }
}

function volumeSource(value: string): string | undefined {
  const [source = "", target] = value.split(":");
  return target !== undefined && source.startsWith("/") ? source : undefined;
}

function mountSource(value: string): string | undefined {
  const fields = value.split(",");
  if (!fields.includes("type=bind")) return undefined;
  return fields
    .map((field) => /^(?:source|src)=(.*)$/.exec(field)?.[1])
    .find((source) => source !== undefined);
}

/**
 * Files with environment variables; what they hold counts as secret from here on.
 * @throws OcfError with code 2 when one cannot be read.
 */
export async function readEnvFiles(context: Context<ContainerTable>): Promise<readonly EnvFile[]> {
  const files: EnvFile[] = [];
  for (const path of envFilePaths(context.parameters)) {
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      const why = messageOf(error);
      throw new OcfError(Ocf.arguments, `env_file ${path} cannot be read on this host: ${why}`);
    });
    const lines = text.split("\n").map((line) => line.trim());
    const variables = lines.filter((line) => line !== "" && !line.startsWith("#") && line.includes("="));
    for (const variable of variables) context.secrets.add(variable.slice(variable.indexOf("=") + 1));
    files.push({ path, variables });
  }
  return files;
}

/** Bounded, because looking at a path on a suspended volume may take for ever. */
async function exists(context: Context<ContainerTable>, path: string): Promise<boolean> {
  return context.deadline.during(path, () =>
    access(path).then(
      () => true,
      () => false,
    ),
  );
}
