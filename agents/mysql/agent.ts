import { checkHost as checkContainerHost } from "../container/agent.ts";
import { monitorServer, readyForStart } from "../container/question.ts";
import { degradedWithoutRoom } from "../container/room.ts";
import { forgetPrivately, readHostFile, readPassword } from "../container/secret-file.ts";
import { startContainer } from "../container/start.ts";
import { stopContainer } from "../container/stop.ts";
import { readTls } from "../container/tls.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { defineAgent } from "../ocf/define.ts";
import { type Outcome, success } from "../ocf/outcome.ts";
import { markFinished, requireMysqlData } from "./data.ts";
import { checkMysql, type MysqlTable, mysqlParameters } from "./parameters.ts";
import { askMysql, serverName } from "./ready.ts";
import { prepare, SECRET_KIND, writeSecrets } from "./spec.ts";

export const mysqlAgent = defineAgent({
  name: "mysql",
  version: "0.1.0",
  short: "Runs one MySQL, Percona or MariaDB server in a container",
  long: `Runs one server of MySQL 8.0 and later, Percona Server or MariaDB 10.6 and later in a container of docker or podman, with its data in a directory of this host that may be on a shared or replicated volume: one server at a time, not replication. The image has to follow the conventions of the official ones. Everything ocf:skyha:container says about the container holds here too.

The agent speaks the server's protocol. Start waits through crash recovery; before it starts anything it refuses a directory that is empty, not mounted, of the other family, or no database. Monitor fails when the server hangs or is read-only, and says "degraded" when it refuses the agent's password or TLS, fails the agent's look at its certificate, or has no connection left, which a restart would not mend. With OCF_CHECK_LEVEL 20 it also writes a row into the table skyha.write_test and reads it back, and says "degraded" when the disk is nearly full (16 MiB). Stop is the server's clean shutdown, which may take minutes: give its operation a time-out to match stop_timeout.`,
  parameters: mysqlParameters,
  operations: [
    { name: "start", timeout: 300 },
    { name: "stop", timeout: 330 },
    { name: "monitor", timeout: 30, interval: 10, depth: 0 },
    { name: "monitor", timeout: 30, interval: 60, depth: 20 },
    { name: "reload-agent", timeout: 20 },
  ],
  actions: {
    start: startMysql,
    stop: stopMysql,
    monitor: monitorMysql,
    // Reloadable parameters are read afresh by every action: there is nothing to tell the server.
    "reload-agent": async () => success,
  },
  check: checkMysql,
  checkHost,
});

async function startMysql(context: Context<MysqlTable>): Promise<Outcome> {
  const outcome = await startContainer(context, {
    prepare: prepare(context),
    admit: async (engine) => {
      await readTls(context);
      await writeSecrets(context);
      await requireMysqlData(context, engine);
    },
    ready: readyForStart(context, serverName(context), (limitMs) => askMysql(context, limitMs)),
  });
  if (outcome.code === Ocf.success) await markFinished(context);
  return outcome;
}

async function monitorMysql(context: Context<MysqlTable>): Promise<Outcome> {
  const outcome = await monitorServer(context, serverName(context), (limitMs) => askMysql(context, limitMs));
  return degradedWithoutRoom(context, context.parameters.data_directory, outcome);
}

async function stopMysql(context: Context<MysqlTable>): Promise<Outcome> {
  const outcome = await stopContainer(context);
  if (outcome.code === Ocf.success) forgetPrivately(context, SECRET_KIND);
  return outcome;
}

async function checkHost(context: Context<MysqlTable>): Promise<Outcome> {
  const { password_file, root_password_file, config_file } = context.parameters;
  if (password_file) await readPassword(context, "password_file", password_file);
  if (root_password_file) await readPassword(context, "root_password_file", root_password_file);
  if (config_file) await readHostFile(context, "config_file", config_file);
  await readTls(context);
  return checkContainerHost(context);
}
