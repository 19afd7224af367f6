import { access } from "node:fs/promises";
import { checkHost as checkContainerHost } from "../container/agent.ts";
import { monitorContainer } from "../container/monitor.ts";
import { degradedWithoutRoom } from "../container/room.ts";
import { startContainer } from "../container/start.ts";
import { stopContainer } from "../container/stop.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { defineAgent } from "../ocf/define.ts";
import { OcfError, type Outcome, success } from "../ocf/outcome.ts";
import { warnOfUncleanEnd } from "./control.ts";
import { findCredentials, readCredentials, warnOfOpenSecret } from "./credentials.ts";
import { admitDirectory, layoutOf } from "./directory.ts";
import { type PostgresTable, postgresParameters } from "./parameters.ts";
import { readyForMonitor, readyForStart } from "./ready.ts";
import { asContainer, checkPostgres } from "./settings.ts";
import { withServer } from "./spec.ts";

export const postgresAgent = defineAgent({
  name: "postgres",
  version: "0.1.0",
  short: "Runs a PostgreSQL server in a container, with its data on shared or replicated storage",
  long: `Runs one PostgreSQL server in a container of docker or podman, with its data directory on a volume that only one host has mounted (DRBD, a SAN). The image has to follow the conventions of the official one: PGDATA, POSTGRES_PASSWORD_FILE, "postgres" as its command. Replication between servers is not there yet.

Start looks at the data directory first and refuses an empty one (unless initialize allows it), one of another major version, one that is set up as a standby, and one that another server works in. It succeeds when the server accepts a session and is not in recovery; crash recovery is waited for. Stop is PostgreSQL's fast shutdown.

Monitor asks the engine once and the server over one connection: not running, not answering, or in recovery is a failure. What a restart would not mend is "degraded" instead: no connection left for the agent, a password or certificate that does not match. With OCF_CHECK_LEVEL 20 it also writes a row into a table of its own; a server that is read-only or cannot write fails then, and one whose disk is nearly full (16 MiB) is degraded.`,
  parameters: postgresParameters,
  operations: [
    { name: "start", timeout: 300 },
    { name: "stop", timeout: 120 },
    { name: "monitor", timeout: 30, interval: 10, depth: 0 },
    { name: "monitor", timeout: 30, interval: 60, depth: 20 },
    { name: "reload-agent", timeout: 20 },
  ],
  actions: {
    start,
    stop,
    monitor,
    // Reloadable parameters are read afresh by every action: there is nothing to tell the server.
    "reload-agent": async () => success,
  },
  check: checkPostgres,
  checkHost,
});

async function start(context: Context<PostgresTable>): Promise<Outcome> {
  await requireFiles(context);
  const credentials = await readCredentials(context);
  await warnOfOpenSecret(context);
  const layout = await layoutOf(context);
  return startContainer(asContainer(context), {
    prepare: (spec) => withServer(spec, context.parameters, layout),
    admit: (engine, existing) => admitDirectory(context, engine, existing),
    ready: readyForStart(context, credentials),
  });
}

async function monitor(context: Context<PostgresTable>): Promise<Outcome> {
  const { ready, degradation } = readyForMonitor(context, await findCredentials(context));
  const outcome = await monitorContainer(asContainer(context), { ready });
  const reason = degradation();
  if (outcome.code === Ocf.success && reason !== undefined) return { code: Ocf.degraded, reason };
  return degradedWithoutRoom(context, context.parameters.data_directory, outcome);
}

async function stop(context: Context<PostgresTable>): Promise<Outcome> {
  const outcome = await stopContainer(asContainer(context));
  if (outcome.code === Ocf.success && context.problems.length === 0) await warnOfUncleanEnd(context);
  return outcome;
}

async function checkHost(context: Context<PostgresTable>): Promise<Outcome> {
  await requireFiles(context);
  await readCredentials(context);
  return checkContainerHost(asContainer(context));
}

/** Files that go into the container as they are. @throws OcfError with code 2 */
async function requireFiles({ parameters, deadline }: Context<PostgresTable>): Promise<void> {
  const { config_file: path } = parameters;
  if (path === undefined) return;
  await deadline
    .during(path, () => access(path))
    .catch((error: unknown) => {
      if (!(error instanceof Error && "code" in error)) throw error;
      throw new OcfError(
        Ocf.arguments,
        `config_file ${path} cannot be read on this host: ${String(error.code)}`,
      );
    });
}
