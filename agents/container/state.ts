import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { asNumber, asObject, asText, parseJson } from "../engine/json.ts";
import { startTimeOf } from "../engine/processes.ts";
import type { RecordedContainer } from "../engine/proof.ts";
import type { Container, EngineKind } from "../engine/types.ts";
import type { Context } from "../ocf/context.ts";
import type { ParameterTable } from "../ocf/table.ts";

/**
 * What this host knows of a resource since it booted. Nothing but a short cut: without the file the engine is asked,
 * and without the engine a proof takes more.
 */
export interface Memory {
  readonly engine: EngineKind;
  /** The parameter engine_host. */
  readonly host: string | undefined;
  readonly name: string;
  /** Absent while a start is under way. */
  readonly container: RecordedContainer | undefined;
}

export async function recall(context: Context<ParameterTable>): Promise<Memory | undefined> {
  const file = asObject(parseJson(await readFile(path(context), "utf8").catch(() => "")));
  const engine = asText(file["engine"]);
  const name = asText(file["name"]);
  if ((engine !== "docker" && engine !== "podman") || !name) return undefined;
  const id = asText(file["id"]);
  const pid = asNumber(file["pid"]);
  const startTime = asText(file["startTime"]);
  const host = asText(file["host"]) || undefined;
  return { engine, host, name, container: id && pid && startTime ? { id, pid, startTime } : undefined };
}

/** Before a start: from here on a container may come into being whose id nobody has told us yet. */
export async function rememberStart(context: Context<ParameterTable>, memory: Identity): Promise<void> {
  await save(context, memory);
}

type Identity = Pick<Memory, "engine" | "host" | "name">;

/** Writes only when it is not known yet. Returns what is known now. */
export async function rememberRunning(
  context: Context<ParameterTable>,
  { engine, host, name }: Identity,
  { id, pid }: Container,
  known: Memory | undefined,
): Promise<Memory | undefined> {
  const old = known?.container;
  if (pid === 0 || (old?.id === id && old.pid === pid && known?.engine === engine)) return known;
  const startTime = await startTimeOf(context.system.procDir, pid);
  if (!startTime) return known;
  await save(context, { engine, host, name, id, pid, startTime });
  return { engine, host, name, container: { id, pid, startTime } };
}

export async function forget(context: Context<ParameterTable>): Promise<void> {
  await rm(path(context), { force: true }).catch(() => undefined);
}

function path(context: Context<ParameterTable>): string {
  return `${context.system.stateDir}/container-${encodeURIComponent(context.instance)}.json`;
}

async function save(context: Context<ParameterTable>, content: object): Promise<void> {
  const target = path(context);
  try {
    await mkdir(context.system.stateDir, { recursive: true, mode: 0o755 });
    await writeFile(`${target}.new`, `${JSON.stringify(content)}\n`, { mode: 0o600 });
    await rename(`${target}.new`, target);
  } catch (error) {
    // The service matters more than the short cut.
    context.log.warn(`cannot write ${target}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
