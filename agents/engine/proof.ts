import { readFile } from "node:fs/promises";
import { asObject, asText, parseJson } from "./json.ts";
import { type ContainerProcess, containerProcesses, isAlive } from "./processes.ts";

/** The last container of a resource that was seen running on this host. */
export interface RecordedContainer {
  readonly id: string;
  readonly pid: number;
  readonly startTime: string;
}

export type Verdict =
  /** The kernel shows that nothing of it runs. */
  | { readonly kind: "stopped" }
  /** It runs; `processes` are the ones inside. */
  | { readonly kind: "running"; readonly processes: readonly number[] }
  /** There are containers that might be ours. */
  | { readonly kind: "unknown"; readonly why: string };

export interface ProofPlaces {
  readonly procDir: string;
  /** Where docker keeps a directory per container, with its name in config.v2.json. */
  readonly dockerContainers: string;
  /** podman's list of containers with their names. */
  readonly podmanContainers: string;
}

export const PROOF_PLACES = {
  dockerContainers: "/var/lib/docker/containers",
  podmanContainers: "/var/lib/containers/storage/overlay-containers/containers.json",
} as const;

/**
 * Whether a container runs, found out without its engine: by the recorded process, and by every process on this
 * host that sits in a container's control group or watches over a container. "Stopped" only when none is left
 * that could be ours; names come from the engines' own files, and what has no name could be ours.
 */
export async function proveWithoutEngine(
  name: string,
  recorded: RecordedContainer | undefined,
  places: ProofPlaces,
): Promise<Verdict> {
  const alive = containerProcesses(places.procDir);
  const ids = [...new Set(alive.map((process) => process.id))];
  const ours: string[] = [];
  for (const id of ids) {
    const owner = id === recorded?.id ? name : await nameOf(id, places);
    // With a record, ours is the recorded one; without, a container of unknown name could be ours.
    if (owner === undefined && !recorded) {
      return { kind: "unknown", why: `container ${id.slice(0, 12)} runs and its name is not known` };
    }
    if (owner === name) ours.push(id);
  }
  const inside = alive.filter((process) => ours.includes(process.id) && !process.isMonitor);
  if (recorded && isAlive(places.procDir, recorded.pid, recorded.startTime)) {
    return { kind: "running", processes: unique([recorded.pid, ...inside.map(({ pid }) => pid)]) };
  }
  if (inside.length > 0) return { kind: "running", processes: inside.map(({ pid }) => pid) };
  return leftOver(
    alive.filter((process) => ours.includes(process.id)),
    recorded,
  );
}

/**
 * A monitor without processes to watch: of the recorded container it is what the dead daemon has not cleaned up
 * yet; of any other id it may be a start that is under way.
 */
function leftOver(monitors: readonly ContainerProcess[], recorded: RecordedContainer | undefined): Verdict {
  const starting = monitors.find((monitor) => monitor.id !== recorded?.id);
  if (!starting) return { kind: "stopped" };
  return {
    kind: "unknown",
    why: `process ${starting.pid} watches over container ${starting.id.slice(0, 12)}`,
  };
}

async function nameOf(id: string, places: ProofPlaces): Promise<string | undefined> {
  const docker = asObject(parseJson(await textOf(`${places.dockerContainers}/${id}/config.v2.json`)));
  const dockerName = asText(docker["Name"]).replace(/^\//, "");
  if (dockerName) return dockerName;
  const podman = parseJson(await textOf(places.podmanContainers));
  const entry = Array.isArray(podman) ? podman.map(asObject).find((item) => item["id"] === id) : undefined;
  const names = entry?.["names"];
  return Array.isArray(names) ? asText(names[0]) || undefined : undefined;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return "";
  }
}

function unique(pids: readonly number[]): readonly number[] {
  return [...new Set(pids)];
}
