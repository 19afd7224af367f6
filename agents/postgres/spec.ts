import type { OptionName, OptionWord } from "../engine/options.ts";
import type { ContainerSpec } from "../engine/types.ts";
import { Ocf } from "../ocf/codes.ts";
import { OcfError } from "../ocf/outcome.ts";
import type { ValuesOf } from "../ocf/table.ts";
import type { Layout } from "./directory.ts";
import type { PostgresTable } from "./parameters.ts";
import { parentOf as parent, serverSettings } from "./settings.ts";

const PASSWORD_TARGET = "/run/secrets/postgres.password";
const CONFIG_TARGET = "/etc/postgresql/postgresql.conf";

/**
 * The container with the server's data, password, configuration and command. Depends on nothing that changes while
 * the server runs: another answer would make a second start replace the container.
 * @throws OcfError when a file with environment variables overrules PGDATA.
 */
export function withServer(
  spec: ContainerSpec,
  parameters: ValuesOf<PostgresTable>,
  layout: Layout,
): ContainerSpec {
  const { pgdata, port, password_file: password, config_file: config } = parameters;
  if (spec.envFiles.some(({ variables }) => variables.some((line) => line.startsWith("PGDATA=")))) {
    throw new OcfError(Ocf.arguments, "env_file must not hold PGDATA: the parameter pgdata gives it");
  }
  const isPlaced = spec.options.some(({ name }) => name === "network" || name === "publish");
  const settings = [
    // On the command line, where no configuration file can overrule them.
    `data_directory=${pgdata}`,
    `port=${port}`,
    ...(config === undefined ? [] : [`config_file=${CONFIG_TARGET}`]),
    ...serverSettings(parameters),
  ];
  return {
    ...spec,
    options: [
      ...(isPlaced ? [] : [option("network", "host")]),
      ...spec.options,
      bind(parameters.data_directory, layout.isParent ? parent(pgdata) : pgdata),
      option("env", `PGDATA=${pgdata}`),
      ...(password === undefined
        ? []
        : [
            bind(password, PASSWORD_TARGET, "readonly"),
            option("env", `POSTGRES_PASSWORD_FILE=${PASSWORD_TARGET}`),
          ]),
      ...(config === undefined ? [] : [bind(config, CONFIG_TARGET, "readonly")]),
    ],
    command: [
      ...(spec.command.length > 0 ? spec.command : ["postgres"]),
      ...settings.flatMap((setting) => ["-c", setting]),
    ],
  };
}

function option(name: OptionName, value: string): OptionWord {
  return { name, value };
}

/** --mount and not --volume, which would make a missing source as an empty directory. */
function bind(source: string, target: string, ...more: readonly string[]): OptionWord {
  return option("mount", ["type=bind", `source=${source}`, `target=${target}`, ...more].join(","));
}
