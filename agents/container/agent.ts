import { selectEngine } from "../engine/select.ts";
import { EngineRefusal, EngineSilence } from "../engine/types.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { defineAgent } from "../ocf/define.ts";
import { type Outcome, success } from "../ocf/outcome.ts";
import { monitorContainer } from "./monitor.ts";
import { type ContainerTable, containerParameters } from "./parameters.ts";
import { readEnvFiles, requireBindSources } from "./places.ts";
import { checkSettings } from "./settings.ts";
import { startContainer } from "./start.ts";
import { stopContainer } from "./stop.ts";

export const containerAgent = defineAgent({
  name: "container",
  version: "0.1.0",
  short: "Runs one container of docker or podman",
  long: `Starts, watches and stops one container. Start succeeds when the container runs and every check that is configured passes; stop succeeds when no process of it is left; monitor says "not running" only when that is proven, also while the engine's daemon is down.

Every stop removes the container and every start makes a new one, so a change of parameters always takes effect; data belongs on volumes. The engine's own restart policy is off. The agent recognises its container by the label skyha.resource and leaves every other container alone: while one of them holds the name, start fails and tells so, monitor says "not running" and stop succeeds, because a name exists only once and ours is therefore proven absent.`,
  parameters: containerParameters,
  operations: [
    { name: "start", timeout: 90 },
    { name: "stop", timeout: 90 },
    { name: "monitor", timeout: 30, interval: 10, depth: 0 },
    { name: "reload-agent", timeout: 20 },
  ],
  actions: {
    start: (context) => startContainer(context),
    stop: stopContainer,
    monitor: (context) => monitorContainer(context),
    // Reloadable parameters are read afresh by every action: there is nothing to tell the container.
    "reload-agent": async () => success,
  },
  check: checkSettings,
  checkHost,
});

/** What a host lacks to run this resource. The volume need not be here, it may be mounted elsewhere just now. */
export async function checkHost(context: Context<ContainerTable>): Promise<Outcome> {
  const { engine: wanted, engine_host: host, image, image_archive: archive } = context.parameters;
  const engine = await selectEngine({ engine: wanted, host, last: undefined }, context);
  if (!engine) return { code: Ocf.installed, reason: "the container engine is not installed on this host" };
  await readEnvFiles(context);
  if (!context.parameters.mount_check) await requireBindSources(context);
  try {
    if (archive || (await engine.hasImage(image))) return success;
    return {
      code: Ocf.installed,
      reason: `image ${image} is missing on this host: ${engine.loadCommand("ARCHIVE.tar")}`,
    };
  } catch (error) {
    if (!(error instanceof EngineSilence || error instanceof EngineRefusal)) throw error;
    return { code: Ocf.generic, reason: error.message };
  }
}
