import { keepPrivately, privatePath, readHostFile, readPassword } from "../container/secret-file.ts";
import type { OptionWord } from "../engine/options.ts";
import type { ContainerSpec } from "../engine/types.ts";
import type { Context } from "../ocf/context.ts";
import type { ValuesOf } from "../ocf/table.ts";
import type { RedisTable } from "./parameters.ts";

/** Where the container finds what the agent mounts besides the data. */
const CONFIG = "/run/skyha/redis.conf";
const SECRET_CONFIG = "/run/skyha/redis-secret.conf";
/** Kind of the file that {@link keepPrivately} keeps. */
export const SECRET_KIND = "redis.conf";

/** The configuration the server is started with, "" for none; undefined when run_cmd decides. */
export function configFileOf({
  run_cmd,
  password_file,
  config_file,
}: ValuesOf<RedisTable>): string | undefined {
  if (run_cmd !== undefined) return undefined;
  if (password_file !== undefined) return SECRET_CONFIG;
  return config_file === undefined ? "" : CONFIG;
}

/**
 * Adds data, configuration and command to what is created. Depends on parameters alone: another answer would make a
 * second start replace the container. Secrets go by files.
 */
export function prepare(context: Context<RedisTable>): (spec: ContainerSpec) => ContainerSpec {
  const { parameters } = context;
  const { data_directory, container_data, config_file, password_file, run_cmd } = parameters;
  const mounts = [bind(data_directory, container_data)];
  if (config_file) mounts.push(bind(config_file, CONFIG, "readonly"));
  if (password_file) mounts.push(bind(privatePath(context, SECRET_KIND), SECRET_CONFIG, "readonly"));
  return (spec) => {
    const isPlaced = spec.options.some(({ name }) => name === "network" || name === "publish");
    const network: readonly OptionWord[] = isPlaced ? [] : [{ name: "network", value: "host" }];
    return {
      ...spec,
      options: [...network, ...spec.options, ...mounts],
      command: run_cmd === undefined ? commandOf(parameters) : spec.command,
    };
  };
}

/** --mount and not --volume, which would make a missing source as an empty directory. */
function bind(source: string, target: string, ...more: readonly string[]): OptionWord {
  return { name: "mount", value: ["type=bind", `source=${source}`, `target=${target}`, ...more].join(",") };
}

function commandOf(parameters: ValuesOf<RedisTable>): readonly string[] {
  const config = configFileOf(parameters);
  return [
    serverOf(parameters),
    ...(config ? [config] : []),
    ...listening(parameters),
    ...["--dir", parameters.container_data],
    ...["--appendonly", parameters.appendonly ? "yes" : "no"],
    ...["--appendfsync", parameters.appendfsync],
  ];
}

/** On the command line, where a port of the configuration file cannot stay open beside it. */
function listening({ port, tls }: ValuesOf<RedisTable>): readonly string[] {
  return tls === "disable" ? ["--port", String(port)] : ["--port", "0", "--tls-port", String(port)];
}

function serverOf({ server, image }: ValuesOf<RedisTable>): string {
  if (server !== "auto") return server;
  return /valkey/i.test(image) ? "valkey-server" : "redis-server";
}

/**
 * The password the agent logs in with; undefined when no parameter leads to one.
 * @throws OcfError with code 2 when a file cannot be read
 */
export async function passwordOf(context: Context<RedisTable>): Promise<string | undefined> {
  const { password_file, config_file } = context.parameters;
  if (password_file !== undefined) return readPassword(context, "password_file", password_file);
  if (config_file === undefined) return undefined;
  const password = requirepassOf(await readHostFile(context, "config_file", config_file));
  if (password !== undefined) context.secrets.add(password);
  return password;
}

/** Writes what a start needs on this host. @throws OcfError */
export async function writeSecrets(context: Context<RedisTable>): Promise<void> {
  const password = await passwordOf(context);
  const { password_file, config_file } = context.parameters;
  if (password_file === undefined || password === undefined) return;
  // Of two settings of one name the server heeds the last.
  const include = config_file === undefined ? "" : `include ${CONFIG}\n`;
  keepPrivately(context, SECRET_KIND, `${include}requirepass ${quoted(password)}\n`);
}

/** The last requirepass of a configuration, which is the one the server heeds; files it includes are not read. */
export function requirepassOf(config: string): string | undefined {
  const values = config.split("\n").flatMap((line) => {
    const [, value] = /^\s*requirepass[ \t]+(.*?)\s*$/i.exec(line) ?? [];
    return value === undefined ? [] : [unquoted(value)];
  });
  return values.at(-1) || undefined;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };

/** As the server reads a word: "…" with escapes, '…' where only \' is one, or plain. */
function unquoted(word: string): string {
  if (/^".*"$/.test(word)) {
    return word
      .slice(1, -1)
      .replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_all, hex?: string, letter?: string) =>
        hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (ESCAPES[letter ?? ""] ?? letter ?? ""),
      );
  }
  return /^'.*'$/.test(word) ? word.slice(1, -1).replaceAll("\\'", "'") : word;
}

function quoted(word: string): string {
  return `"${word.replace(/["\\]/g, "\\$&")}"`;
}
