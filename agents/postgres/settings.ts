import { splitWords, WordsError } from "../../core/words.ts";
import type { ContainerTable } from "../container/parameters.ts";
import { checkSettings, runOptions } from "../container/settings.ts";
import type { OptionWord } from "../engine/options.ts";
import type { Context } from "../ocf/context.ts";
import type { ValuesOf } from "../ocf/table.ts";
import type { Problem } from "../ocf/values.ts";
import type { PostgresTable } from "./parameters.ts";

type Values = ValuesOf<PostgresTable>;

const SETTING = /^([A-Za-z_][A-Za-z0-9_.]*)=/;
/** Settings that parameters give, or that would lead the server away from the directory that was checked. */
const OWN_SETTINGS: Readonly<Record<string, string>> = {
  config_file: "the parameter config_file gives it",
  data_directory: "the parameters data_directory and pgdata give it",
  port: "the parameter port gives it",
};
const OWN_VARIABLES: Readonly<Record<string, string>> = {
  PGDATA: "the parameter pgdata gives it",
  POSTGRES_PASSWORD: "a password belongs into password_file",
  POSTGRES_PASSWORD_FILE: "the parameter password_file gives it",
};

/** SIGINT is PostgreSQL's fast shutdown, SIGTERM its smart one. */
const SIGNALS: Readonly<Record<Values["shutdown"], string>> = { fast: "SIGINT", smart: "SIGTERM" };

export function containerValues(values: Values): ValuesOf<ContainerTable> {
  return { ...values, stop_signal: SIGNALS[values.shutdown] };
}

/** The same run, as the container agent sees it. */
export function asContainer(context: Context<PostgresTable>): Context<ContainerTable> {
  return { ...context, parameters: containerValues(context.parameters) };
}

/** Words `name=value`. @throws WordsError */
export function serverSettings({ settings }: Pick<Values, "settings">): readonly string[] {
  const words = splitWords(settings ?? "");
  for (const word of words) {
    const name = SETTING.exec(word)?.[1]?.toLowerCase();
    if (name === undefined) throw new WordsError(`has "${word}" where name=value is expected`);
    const own = Object.hasOwn(OWN_SETTINGS, name) ? OWN_SETTINGS[name] : undefined;
    if (own !== undefined) throw new WordsError(`must not have ${name}: ${own}`);
  }
  return words;
}

/** Everything that can be wrong with the values without looking at a host. */
export function checkPostgres(values: Values): readonly Problem[] {
  const problems = [...checkSettings(containerValues(values))];
  try {
    serverSettings(values);
  } catch (error) {
    if (!(error instanceof WordsError)) throw error;
    problems.push({ parameter: "settings", text: `settings ${error.message}` });
  }
  if (values.tls === "verify-full" && values.tls_ca_file === undefined) {
    problems.push({ parameter: "tls_ca_file", text: "tls_ca_file must be set for tls=verify-full" });
  }
  if (problems.length > 0) return problems;
  return runOptions(containerValues(values)).flatMap((option) => {
    const why = conflict(option, values.pgdata);
    return why === undefined ? [] : [{ parameter: "run_opts", text: `run_opts must not have ${why}` }];
  });
}

/** What an option would take out of the agent's hands; its value may be a secret and is not repeated. */
function conflict({ name, value }: OptionWord, pgdata: string): string | undefined {
  if (name === "env") {
    const variable = value.replace(/=.*/s, "");
    return Object.hasOwn(OWN_VARIABLES, variable)
      ? `the variable ${variable}: ${OWN_VARIABLES[variable]}`
      : undefined;
  }
  const target = mountTarget(name, value)?.replace(/(?<=.)\/+$/, "");
  // What is mounted below PGDATA (pg_wal on a disk of its own) is fine, and above it too: ours lies on top of that.
  return target === pgdata || target === parentOf(pgdata)
    ? `a mount at ${target}: the parameter data_directory gives it`
    : undefined;
}

function mountTarget(name: OptionWord["name"], value: string): string | undefined {
  if (name === "tmpfs") return value.split(":")[0];
  if (name === "volume") {
    const [first, second] = value.split(":");
    return second ?? first;
  }
  if (name !== "mount") return undefined;
  const fields = value.split(",").map((field) => /^(?:target|dst|destination)=(.*)$/.exec(field)?.[1]);
  return fields.find((target) => target !== undefined);
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
