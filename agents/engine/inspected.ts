import { asNumber, asObject, asText, asTexts } from "./json.ts";
import type { Container, ContainerState } from "./types.ts";

/** Both engines' words for a state. What is not here is "unknown", which no action takes for stopped. */
const STATES: Readonly<Record<string, ContainerState>> = {
  created: "created",
  configured: "created",
  initialized: "created",
  running: "running",
  paused: "paused",
  restarting: "restarting",
  stopping: "stopping",
  removing: "removing",
  exited: "exited",
  stopped: "exited",
  dead: "dead",
};

/** One element of `inspect` output, of docker's API or of `podman container inspect`; undefined if it is none. */
export function readInspected(inspected: unknown): Container | undefined {
  const container = asObject(inspected);
  const id = asText(container["Id"]);
  if (id === "" || container["State"] === undefined) return undefined;
  const state = asObject(container["State"]);
  // Older podman calls it Healthcheck.
  const health = asObject(state["Health"] ?? state["Healthcheck"]);
  return {
    id,
    state: STATES[asText(state["Status"]).toLowerCase()] ?? "unknown",
    pid: asNumber(state["Pid"]),
    exitCode: asNumber(state["ExitCode"]),
    oomKilled: state["OOMKilled"] === true,
    error: asText(state["Error"]),
    health: readHealth(asText(health["Status"])),
    healthOutput: lastHealthOutput(health["Log"]),
    labels: asTexts(asObject(container["Config"])["Labels"]),
  };
}

/** The `KEY=VALUE` list in an inspected image, of docker's API or an element of `podman image inspect`. */
export function readImageVariables(inspected: unknown): Readonly<Record<string, string>> {
  const list: unknown = asObject(asObject(inspected)["Config"])["Env"];
  const lines = Array.isArray(list) ? list.map(asText) : [];
  return Object.fromEntries(
    lines.map((line) => [line.replace(/=.*/s, ""), line.slice(line.indexOf("=") + 1)]),
  );
}

function readHealth(status: string): Container["health"] {
  return status === "starting" || status === "healthy" || status === "unhealthy" ? status : "none";
}

function lastHealthOutput(log: unknown): string {
  const last: unknown = Array.isArray(log) ? log.at(-1) : undefined;
  return asText(asObject(last)["Output"]).trim();
}
