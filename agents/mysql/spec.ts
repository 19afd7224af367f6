import { keepPrivately, privatePath, readPassword } from "../container/secret-file.ts";
import type { OptionName, OptionWord } from "../engine/options.ts";
import type { ContainerSpec } from "../engine/types.ts";
import type { Context } from "../ocf/context.ts";
import type { ValuesOf } from "../ocf/table.ts";
import { DIALECTS, dialectOfName } from "./dialect.ts";
import { type MysqlTable, settingOptions } from "./parameters.ts";

/** Kind of the file that {@link keepPrivately} keeps. */
export const SECRET_KIND = "mysql.password";
const PASSWORD_TARGET = "/run/skyha/mysql-root.password";
const CONFIG_TARGET = "/etc/mysql/conf.d/skyha.cnf";
const PERCONA_CONFIG_TARGET = "/etc/my.cnf.d/skyha.cnf";

/**
 * Adds data, password, configuration and command to what is created. Depends on parameters alone: another answer
 * would make a second start replace the container.
 */
export function prepare(context: Context<MysqlTable>): (spec: ContainerSpec) => ContainerSpec {
  const { parameters } = context;
  const { data_directory, container_data, config_file, config_target, run_cmd, image, port } = parameters;
  const added = [bind(data_directory, container_data)];
  if (rootPassword(parameters)) {
    const dialect = dialectOfName(parameters.dialect, image);
    // The images of MariaDB heed the variable of MySQL too.
    const { imagePrefix } = DIALECTS[dialect ?? "mysql"];
    added.push(bind(privatePath(context, SECRET_KIND), PASSWORD_TARGET, "readonly"));
    added.push(option("env", `${imagePrefix}_ROOT_PASSWORD_FILE=${PASSWORD_TARGET}`));
  }
  if (config_file) {
    const usual = /percona/i.test(image) ? PERCONA_CONFIG_TARGET : CONFIG_TARGET;
    added.push(bind(config_file, config_target ?? usual, "readonly"));
  }
  // Without the program's name: the image's entry point knows it, and it is not the same in all versions.
  const command = [`--datadir=${container_data}`, `--port=${port}`, ...settingOptions(parameters)];
  return (spec) => {
    const isPlaced = spec.options.some(({ name }) => name === "network" || name === "publish");
    return {
      ...spec,
      options: [...(isPlaced ? [] : [option("network", "host")]), ...spec.options, ...added],
      command: run_cmd === undefined ? command : spec.command,
    };
  };
}

/** Parameter and path of the password that root gets with a new database. */
export function rootPassword({
  user,
  password_file,
  root_password_file,
}: ValuesOf<MysqlTable>): { readonly parameter: string; readonly path: string } | undefined {
  if (root_password_file) return { parameter: "root_password_file", path: root_password_file };
  return user === "root" && password_file ? { parameter: "password_file", path: password_file } : undefined;
}

/** Writes what a start needs on this host. @throws OcfError */
export async function writeSecrets(context: Context<MysqlTable>): Promise<void> {
  const { password_file } = context.parameters;
  if (password_file) await readPassword(context, "password_file", password_file);
  const root = rootPassword(context.parameters);
  if (!root) return;
  const password = await readPassword(context, root.parameter, root.path);
  keepPrivately(context, SECRET_KIND, `${password}\n`);
}

function option(name: OptionName, value: string): OptionWord {
  return { name, value };
}

/** --mount and not --volume, which would make a missing source as an empty directory. */
function bind(source: string, target: string, ...more: readonly string[]): OptionWord {
  return option("mount", ["type=bind", `source=${source}`, `target=${target}`, ...more].join(","));
}
