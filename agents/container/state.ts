import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { messageOf } from "../../core/message.ts";
import { asNumber, asObject, asText, parseJson } from "../engine/json.ts";
import { startTimeOf } from "../engine/processes.ts";
import type { RecordedContainer } from "../engine/proof.ts";
import type { Container, EngineKind } from "../engine/types.ts";
import type { Context } from "../ocf/context.ts";
import type { ParameterTable } from "../ocf/table.ts";

/**
 * What this host knows of a resource since it booted. Nothing but a short cut: without the file the engine is asked,
 * and without the engine a proof takes more. Read and written synchronously: it is a small file in memory, and the
 * thread pool behind promises takes longer to start than all of a monitor's file work.
 */
export interface Memory {
  readonly engine: EngineKind;
  /** The parameter engine_host. */
  readonly host: string | undefined;
  readonly name: string;
  /** Absent while a start is under way. */
  readonly container: RecordedContainer | undefined;
}

export function recall(context: Context<ParameterTable>): Memory | undefined {
  const file = asObject(parseJson(contentOf(path(context))));
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
export function rememberStart(context: Context<ParameterTable>, memory: Identity): void {
  save(context, memory);
}

type Identity = Pick<Memory, "engine" | "host" | "name">;

/** Writes only when it is not known yet. Returns what is known now. */
export function rememberRunning(
  context: Context<ParameterTable>,
  { engine, host, name }: Identity,
  { id, pid }: Pick<Container, "id" | "pid">,
  known: Memory | undefined,
): Memory | undefined {
  const old = known?.container;
  if (pid === 0 || (old?.id === id && old.pid === pid && known?.engine === engine)) return known;
  const startTime = startTimeOf(context.system.procDir, pid);
  if (!startTime) return known;
  save(context, { engine, host, name, id, pid, startTime });
  return { engine, host, name, container: { id, pid, startTime } };
}

export function forget(context: Context<ParameterTable>): void {
  try {
    rmSync(path(context), { force: true });
  } catch {
    // What is left in it proves itself wrong: no process fits it.
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function path(context: Context<ParameterTable>): string {
  return `${context.system.stateDir}/container-${encodeURIComponent(context.instance)}.json`;
}

function save(context: Context<ParameterTable>, content: object): void {
  const target = path(context);
  try {
    mkdirSync(context.system.stateDir, { recursive: true, mode: 0o755 });
    writeFileSync(`${target}.new`, `${JSON.stringify(content)}\n`, { mode: 0o600 });
    renameSync(`${target}.new`, target);
  } catch (error) {
    // The service matters more than the short cut.
    context.log.warn(`cannot write ${target}: ${messageOf(error)}`);
  }
}
