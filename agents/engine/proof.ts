import { readFile } from "node:fs/promises";
import { asObject, asText, asTexts, parseJson } from "./json.ts";
import { containerProcesses, isAlive, startTimeOf } from "./processes.ts";

/** The last container of a resource that was seen running on this host. */
export interface RecordedContainer {
  readonly id: string;
  readonly pid: number;
  readonly startTime: string;
}

/** Which container is meant. */
export interface Wanted {
  readonly name: string;
  /** Key and value of the label that makes a container ours. */
  readonly label: readonly [key: string, value: string];
  readonly recorded: RecordedContainer | undefined;
  /** Ids whose processes were seen running before: a monitor that is left of them starts nothing. */
  readonly seen?: readonly string[];
}

export type Verdict =
  /** The kernel shows that nothing of it runs. */
  | { readonly kind: "stopped" }
  /** It runs. `processes` are the ones inside, the first one of the container first; `ids` its containers. */
  | { readonly kind: "running"; readonly processes: readonly number[]; readonly ids: readonly string[] }
  /** There are containers that might be ours. */
  | { readonly kind: "unknown"; readonly why: string };

/** Where the kernel and the engines show things: `/proc` and `/var/lib`. */
export interface ProofPlaces {
  readonly procDir: string;
  readonly libDir: string;
}

/** A directory per container of docker's, with its name and labels. */
const dockerFile = ({ libDir }: ProofPlaces, id: string) =>
  `${libDir}/docker/containers/${id}/config.v2.json`;
/** podman's list of containers with their names. */
const podmanFile = ({ libDir }: ProofPlaces) =>
  `${libDir}/containers/storage/overlay-containers/containers.json`;

/**
 * Whether a container runs, found out without its engine: by the recorded process, and by every process on this
 * host that sits in a container's control group or watches over a container. "Stopped" only when none is left
 * that could be ours; whose a container is comes from the engines' own files.
 */
export async function proveWithoutEngine(wanted: Wanted, places: ProofPlaces): Promise<Verdict> {
  const { recorded, seen = [] } = wanted;
  const alive = containerProcesses(places.procDir);
  const ours: string[] = [];
  for (const id of new Set(alive.map((process) => process.id))) {
    const owner = await ownerOf(id, wanted, places);
    if (owner === "unknown") {
      return { kind: "unknown", why: `container ${id.slice(0, 12)} runs, and its owner is not known` };
    }
    if (owner === "ours") ours.push(id);
  }
  const belonging = alive.filter((process) => ours.includes(process.id));
  const inside = belonging.filter((process) => !process.isMonitor).map(({ pid }) => pid);
  if (recorded && isAlive(places.procDir, recorded.pid, recorded.startTime)) {
    return {
      kind: "running",
      processes: [...new Set([recorded.pid, ...inside])],
      ids: [recorded.id, ...ours],
    };
  }
  if (inside.length > 0) {
    const age = (pid: number) => Number(startTimeOf(places.procDir, pid) ?? 0);
    return { kind: "running", processes: inside.sort((a, b) => age(a) - age(b)), ids: ours };
  }
  // A monitor without processes is what a dead daemon has not cleaned up yet, or a start that is under way.
  const starting = belonging.find(({ id }) => id !== recorded?.id && !seen.includes(id));
  if (!starting) return { kind: "stopped" };
  return {
    kind: "unknown",
    why: `process ${starting.pid} watches over container ${starting.id.slice(0, 12)}`,
  };
}

type Owner = "ours" | "other" | "unknown";

async function ownerOf(id: string, { name, label, recorded }: Wanted, places: ProofPlaces): Promise<Owner> {
  if (id === recorded?.id) return "ours";
  const docker = asObject(parseJson(await textOf(dockerFile(places, id))));
  const dockerName = asText(docker["Name"]).replace(/^\//, "");
  if (dockerName !== "") {
    const labels = asTexts(asObject(docker["Config"])["Labels"]);
    return dockerName === name && labels[label[0]] === label[1] ? "ours" : "other";
  }
  const podman = parseJson(await textOf(podmanFile(places)));
  const entry = Array.isArray(podman) ? podman.map(asObject).find((item) => item["id"] === id) : undefined;
  const names: unknown = entry?.["names"];
  // podman's list has no labels, so the name can only rule a container out.
  if (Array.isArray(names)) return names.includes(name) ? "unknown" : "other";
  // With a record, ours is the recorded one; without, a container of unknown name could be ours.
  return recorded ? "other" : "unknown";
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return "";
  }
}
