import { PATH_PATTERN, PATH_TEXT } from "../container/data-directory.ts";
import { containerParameters } from "../container/parameters.ts";
import { checkSettings } from "../container/settings.ts";
import { checkTls, tlsParameters } from "../container/tls.ts";
import { defineParameters, type ValuesOf } from "../ocf/table.ts";
import type { Problem } from "../ocf/values.ts";

/** Parameters of ocf:skyha:redis: the container's and the server's. */
export const redisParameters = defineParameters({
  ...containerParameters,
  data_directory: {
    type: "string",
    required: true,
    uniqueGroup: "data_directory",
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "Directory with the data",
    long: "Directory on this host with the server's data; the agent mounts it into the container. It has to exist, and start refuses an empty one unless initialize allows it.",
  },
  container_data: {
    type: "string",
    default: "/data",
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "Directory in the container",
    long: "Where the container finds data_directory.",
  },
  initialize: {
    type: "boolean",
    default: false,
    reloadable: true,
    short: "Allow an empty data directory",
    long: "Lets start begin with an empty data_directory, provided that the sentinel file proves the place: at the top of the volume that mount_check names, or in the directory itself.",
  },
  port: {
    type: "integer",
    default: 6379,
    min: 1,
    max: 65535,
    short: "TCP port",
    long: "Port on which the server listens, and which monitor asks at monitor_host. Unless run_opts has --network or --publish, the container uses the host's network.",
  },
  password_file: {
    type: "string",
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "File with the password",
    long: "File on this host (mode 0600) with the password and nothing else. The server demands it of its clients and the agent logs in with it. It wins over requirepass of config_file.",
  },
  config_file: {
    type: "string",
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "Configuration file of the server",
    long: "File on this host in the server's own format, mounted read-only and given to the server, whose user in the container has to be able to read it. The agent logs in with its requirepass. Port, directory and persistence are the parameters' all the same. Without it the server gets no more than these.",
  },
  appendonly: {
    type: "boolean",
    default: true,
    short: "Append-only file",
    long: "Writes every change to the append-only file. Without it, what came after the last snapshot is lost with the host. Start refuses a directory whose data the server would pass over because of this setting.",
  },
  appendfsync: {
    type: "string",
    default: "always",
    oneOf: ["always", "everysec", "no"],
    short: "When a change is on disk",
    long: "always: before the client is answered, so that no acknowledged change is lost. everysec may lose the last second, no leaves it to the kernel.",
  },
  ...tlsParameters,
  tls: {
    ...tlsParameters.tls,
    short: "TLS of the server and of the agent's connection",
    long: `Anything but disable makes the server listen on port with TLS and nowhere without; its own tls-cert-file, tls-key-file and so on stand in config_file, as the container sees them. For the agent: ${tlsParameters.tls.long}`,
  },
  server: {
    type: "string",
    default: "auto",
    oneOf: ["auto", "redis-server", "valkey-server"],
    short: "Program in the image",
    long: "The server's program. auto: valkey-server when the image's name holds valkey, else redis-server.",
  },
  run_cmd: {
    ...containerParameters.run_cmd,
    long: "Command and arguments the container runs instead of the agent's own, with POSIX quoting and without a shell. The parameters that make up the agent's own (port, tls, appendonly, config_file and so on) then have no effect on the server.",
  },
});

export type RedisTable = typeof redisParameters;

/** Everything that can be wrong with the values without looking at a host. */
export function checkRedis(values: ValuesOf<RedisTable>): readonly Problem[] {
  const problems = [...checkSettings(values), ...checkTls(values)];
  if (values.tls !== "disable" && values.run_cmd === undefined && values.config_file === undefined) {
    const text = `config_file must be set for tls=${values.tls}: it names the server's own tls-cert-file and tls-key-file`;
    problems.push({ parameter: "config_file", text });
  }
  return problems;
}
