import { splitWords, WordsError } from "../../core/words.ts";
import { PATH_PATTERN, PATH_TEXT } from "../container/data-directory.ts";
import { containerParameters } from "../container/parameters.ts";
import { checkSettings } from "../container/settings.ts";
import { checkTls, tlsParameters } from "../container/tls.ts";
import { defineParameters, type ValuesOf } from "../ocf/table.ts";
import type { Problem } from "../ocf/values.ts";

/** Parameters of ocf:skyha:mysql: the container's and the server's. */
export const mysqlParameters = defineParameters({
  ...containerParameters,
  dialect: {
    type: "string",
    default: "auto",
    oneOf: ["auto", "mysql", "mariadb"],
    short: "Family of the server",
    long: "mysql stands for Oracle's MySQL and for Percona Server. auto: by the image's name, else by the variables it sets. A data directory of the other family is refused.",
  },
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
    default: "/var/lib/mysql",
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
    long: "Lets the image make a new database in an empty data_directory, provided that the sentinel file proves the place: at the top of the volume that mount_check names, or in the directory itself. Needs the password of root. A making that was interrupted is refused at the next start, because nobody knows what is missing from it.",
  },
  port: {
    type: "integer",
    default: 3306,
    min: 1,
    max: 65535,
    short: "TCP port",
    long: "Port on which the server listens, and on which monitor asks at monitor_host. Unless run_opts has --network or --publish, the container uses the host's network.",
  },
  user: {
    type: "string",
    default: "root",
    reloadable: true,
    pattern: /^[\p{L}\p{N}_.@-]{1,80}$/u,
    patternText: "a user name of letters, digits, _ . @ -",
    short: "User the agent logs in as",
    long: "Account of the server for monitor. One of its own is better than root: CREATE USER skyha@'%' IDENTIFIED BY '…'; GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON skyha.* TO skyha@'%'. The schema skyha is for the write test alone.",
  },
  password_file: {
    type: "string",
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "File with the user's password",
    long: "File on this host (mode 0600) with the password of user and nothing else. Without it monitor only looks whether the server greets, which some servers log as an aborted connection.",
  },
  root_password_file: {
    type: "string",
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "File with the password of root",
    long: "File on this host (mode 0600) with the password that root gets when a new database is made. Without it password_file, when user is root.",
  },
  ...tlsParameters,
  tls: {
    ...tlsParameters.tls,
    reloadable: true,
    long: `For a server with require_secure_transport, or one whose password is not to cross a network in the clear. MariaDB before 11.4 answers "access denied" to whoever comes without. ${tlsParameters.tls.long} What the server itself needs for TLS stands in config_file or settings. Without password_file monitor only reads the greeting, which comes before TLS.`,
  },
  config_file: {
    type: "string",
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "Configuration file of the server",
    long: "File on this host in the server's own format, mounted read-only at config_target. Without it the server gets its port and data directory, and settings.",
  },
  config_target: {
    type: "string",
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "Configuration file in the container",
    long: "Where the server in the image looks for config_file. Without it /etc/mysql/conf.d/skyha.cnf, for Percona's images /etc/my.cnf.d/skyha.cnf.",
  },
  settings: {
    type: "string",
    short: "Settings of the server",
    long: "Options for the server's command line, NAME=VALUE separated by blanks, with POSIX quoting, for example innodb_buffer_pool_size=4G max_connections=500. They win over config_file.",
  },
  run_cmd: {
    ...containerParameters.run_cmd,
    long: "Command and arguments the container runs instead of the agent's own, with POSIX quoting and without a shell. port, container_data and settings then have no effect on the server.",
  },
  stop_timeout: {
    ...containerParameters.stop_timeout,
    default: 300,
    long: "Time between SIGTERM, on which the server writes out what it holds in memory, and SIGKILL. Shortened where needed, so that SIGKILL and removal fit into the operation's time-out.",
  },
});

export type MysqlTable = typeof mysqlParameters;

/** What the agent sets itself, or what would make the server another than the one that is watched. */
const OWN_SETTINGS = [
  "datadir",
  "port",
  "defaults-file",
  "defaults-extra-file",
  "no-defaults",
  "initialize",
  "initialize-insecure",
  "skip-grant-tables",
  "skip-networking",
];

/** Words of settings as options of the command line. @throws WordsError */
export function settingOptions({ settings }: ValuesOf<MysqlTable>): readonly string[] {
  return splitWords(settings ?? "").map((word) => {
    const [, name] = /^([A-Za-z][A-Za-z0-9_.-]*)(?:=.*)?$/s.exec(word) ?? [];
    if (name === undefined) throw new WordsError(`must hold NAME=VALUE, not "${word}"`);
    const plain = name.toLowerCase().replaceAll("_", "-");
    if (OWN_SETTINGS.includes(plain.replace(/^(loose-|maximum-)+/, ""))) {
      throw new WordsError(`must not hold ${name}: the agent decides about it`);
    }
    return `--${word}`;
  });
}

/** Everything that can be wrong with the values without looking at a host. */
export function checkMysql(values: ValuesOf<MysqlTable>): readonly Problem[] {
  const problems = [...checkSettings(values), ...checkTls(values)];
  try {
    settingOptions(values);
  } catch (error) {
    if (!(error instanceof WordsError)) throw error;
    problems.push({ parameter: "settings", text: `settings ${error.message}` });
  }
  return problems;
}
