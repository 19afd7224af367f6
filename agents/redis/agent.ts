import { checkHost as checkContainerHost } from "../container/agent.ts";
import { monitorServer, readyForStart } from "../container/question.ts";
import { degradedWithoutRoom } from "../container/room.ts";
import { forgetPrivately } from "../container/secret-file.ts";
import { startContainer } from "../container/start.ts";
import { stopContainer } from "../container/stop.ts";
import { readTls } from "../container/tls.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { defineAgent } from "../ocf/define.ts";
import { type Outcome, success } from "../ocf/outcome.ts";
import { passwordOf, prepare, SECRET_KIND, writeSecrets } from "./config.ts";
import { requireRedisData } from "./data.ts";
import { checkRedis, type RedisTable, redisParameters } from "./parameters.ts";
import { askRedis, serverName } from "./ready.ts";

export const redisAgent = defineAgent({
  name: "redis",
  version: "0.1.0",
  short: "Runs one Redis or Valkey server in a container",
  long: `Runs one Redis or Valkey server in a container of docker or podman, with its data in a directory of this host that may be on a shared or replicated volume: one server at a time, not replication. Everything ocf:skyha:container says about the container holds here too.

The agent speaks the server's protocol. Start returns when the data is loaded; before it starts anything it refuses a directory that is empty, not mounted, another server's, or whose data these settings would not load. Monitor fails when the server hangs, refuses writes, or is a replica, and says "degraded" when it refuses the password or the TLS of the agent, fails the agent's look at its certificate, or has no connection left (maxclients), which a restart would not mend. With OCF_CHECK_LEVEL 20 it also writes the key skyha:write-test, which lives for a minute, and reads it back, and says "degraded" when the disk is nearly full (16 MiB). Stop is the server's clean shutdown.`,
  parameters: redisParameters,
  operations: [
    { name: "start", timeout: 120 },
    { name: "stop", timeout: 90 },
    { name: "monitor", timeout: 30, interval: 10, depth: 0 },
    { name: "monitor", timeout: 30, interval: 60, depth: 20 },
    { name: "reload-agent", timeout: 20 },
  ],
  actions: {
    start: startRedis,
    stop: stopRedis,
    monitor: monitorRedis,
    // Reloadable parameters are read afresh by every action: there is nothing to tell the server.
    "reload-agent": async () => success,
  },
  check: checkRedis,
  checkHost,
});

async function startRedis(context: Context<RedisTable>): Promise<Outcome> {
  return startContainer(context, {
    prepare: prepare(context),
    admit: async () => {
      await readTls(context);
      await requireRedisData(context);
      await writeSecrets(context);
    },
    ready: readyForStart(context, serverName(context), (limitMs) => askRedis(context, limitMs)),
  });
}

async function monitorRedis(context: Context<RedisTable>): Promise<Outcome> {
  const outcome = await monitorServer(context, serverName(context), (limitMs) => askRedis(context, limitMs));
  return degradedWithoutRoom(context, context.parameters.data_directory, outcome);
}

async function stopRedis(context: Context<RedisTable>): Promise<Outcome> {
  const outcome = await stopContainer(context);
  if (outcome.code === Ocf.success) forgetPrivately(context, SECRET_KIND);
  return outcome;
}

async function checkHost(context: Context<RedisTable>): Promise<Outcome> {
  await passwordOf(context);
  await readTls(context);
  return checkContainerHost(context);
}
