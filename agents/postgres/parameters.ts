import { PATH_PATTERN, PATH_TEXT } from "../container/data-directory.ts";
import { containerParameters } from "../container/parameters.ts";
import { defineParameters } from "../ocf/table.ts";

/** How the server is told to stop is `shutdown` here; the signal follows from it. */
const { stop_signal: _signal, ...container } = containerParameters;

const ROLE_PATTERN = /^[\p{L}\p{N}_][\p{L}\p{N}_.@$-]{0,62}$/u;
const ROLE_TEXT = "a name of letters, digits, _ . @ $ - and at most 63 characters";

/**
 * Parameters of ocf:skyha:postgres: the container's and the server's. They describe one primary on shared storage;
 * replication will add a `mode` whose default is this one, and parameters of its own.
 */
export const postgresParameters = defineParameters({
  ...container,
  data_directory: {
    type: "string",
    required: true,
    uniqueGroup: "data_directory",
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "Directory with the data",
    long: "Directory on this host, mounted into the container by the agent: PGDATA itself when the file PG_VERSION is in it, else the directory that holds PGDATA under the last name of pgdata. With data_directory=/drbd/postgres and the default of pgdata the data are in /drbd/postgres or in /drbd/postgres/pgdata.",
  },
  pgdata: {
    type: "string",
    default: "/var/lib/postgresql/data/pgdata",
    pattern: /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+){2,}$/,
    patternText: "an absolute path below another directory",
    short: "PGDATA in the container",
    long: "Where the server in the container finds its data; PGDATA is set to it, and no configuration file can lead the server elsewhere.",
  },
  initialize: {
    type: "boolean",
    default: false,
    reloadable: true,
    short: "Allow an empty data directory",
    long: "Lets the image make a new database in an empty data directory, provided that the sentinel file proves the place: at the top of the volume that mount_check names, or in data_directory itself. Without it an empty or missing directory is refused. It changes nothing for a directory that holds a database.",
  },
  port: {
    type: "integer",
    default: 5432,
    min: 1,
    max: 65535,
    short: "TCP port",
    long: "Port on which the server listens (it is started with it) and to which the agent connects. Unless run_opts has --network or --publish, the container uses the host's network.",
  },
  monitor_host: {
    ...container.monitor_host,
    short: "Address to connect to",
    long: "Address to which start and every monitor connect. The cluster's own address makes the check the one a client would make; many images trust 127.0.0.1 without asking for a password.",
  },
  user: {
    type: "string",
    default: "postgres",
    reloadable: true,
    pattern: ROLE_PATTERN,
    patternText: ROLE_TEXT,
    short: "Role the agent logs in as",
    long: "Any role that may log in will do; the write test also needs the right to create a schema in database, or its schema and table made beforehand. A new database is made with the image's superuser, postgres unless run_opts sets POSTGRES_USER.",
  },
  database: {
    type: "string",
    default: "postgres",
    reloadable: true,
    pattern: ROLE_PATTERN,
    patternText: ROLE_TEXT,
    short: "Database the agent connects to",
    long: "Holds the table of the write test.",
  },
  password_file: {
    type: "string",
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "File with the password",
    long: "File on this host (mode 0600) with the password of user and nothing else. The agent logs in with it, and it is mounted read-only into the container as POSTGRES_PASSWORD_FILE, whose entry point has to be able to read it and uses it for a new database only. Without it a server that asks for a password counts as ready, and whether it accepts writes stays unknown.",
  },
  config_file: {
    type: "string",
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "Configuration file of the server",
    long: "File on this host that takes the place of postgresql.conf, mounted read-only; the server's user in the container has to be able to read it. pg_hba.conf stays the one in PGDATA. A change of its content takes effect when the server is reloaded or restarted.",
  },
  settings: {
    type: "string",
    short: "Settings of the server",
    long: "Settings as name=value with POSIX quoting, for example: shared_buffers=2GB log_line_prefix='%m %p '. They win over the configuration file.",
  },
  tls: {
    type: "string",
    default: "disable",
    oneOf: ["disable", "prefer", "require", "verify-full"],
    reloadable: true,
    short: "TLS of the agent's connection",
    long: "As libpq's sslmode. prefer goes on without TLS when the server offers none; verify-full checks the certificate against tls_ca_file and its name against monitor_host.",
  },
  tls_ca_file: {
    type: "string",
    reloadable: true,
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "Certificates that are trusted",
    long: "PEM file on this host for tls=verify-full.",
  },
  shutdown: {
    type: "string",
    default: "fast",
    oneOf: ["fast", "smart"],
    short: "How the server is asked to stop",
    long: "fast ends the clients' sessions and writes a checkpoint. smart waits for every client to leave, and one that stays leads to SIGKILL after stop_timeout and to crash recovery at the next start. An immediate shutdown is that crash and therefore not on offer.",
  },
  write_test: {
    type: "boolean",
    default: true,
    reloadable: true,
    short: "Write test of the deepest monitor",
    long: "With OCF_CHECK_LEVEL 20, monitor writes one row into a table of its own (write_test in the schema write_test_schema, both made when missing).",
  },
  write_test_schema: {
    type: "string",
    default: "skyha",
    reloadable: true,
    pattern: /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/,
    patternText: "a schema name of small letters, digits and _ that does not begin with pg_",
    short: "Schema of the write test",
    long: "Schema in database for the table of the write test.",
  },
});

export type PostgresTable = typeof postgresParameters;
