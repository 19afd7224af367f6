import { splitWords, WordsError } from "../../core/words.ts";
import { createBody } from "../engine/docker-create.ts";
import { OptionsError, type OptionWord, parseOptions } from "../engine/options.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import type { ValuesOf } from "../ocf/table.ts";
import type { Problem } from "../ocf/values.ts";
import type { ContainerTable } from "./parameters.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** The container's name. @throws OcfError when the resource's own name cannot be one. */
export function containerName({ parameters, instance }: Context<ContainerTable>): string {
  const name = parameters.name ?? instance;
  if (!NAME.test(name)) {
    throw new OcfError(Ocf.configured, `name is not set and "${instance}" cannot be the name of a container`);
  }
  return name;
}

/** @throws WordsError | OptionsError */
export function runOptions(values: ValuesOf<ContainerTable>): readonly OptionWord[] {
  return parseOptions(splitWords(values.run_opts ?? ""));
}

/** Paths of mount_check. */
export function mountPaths(values: ValuesOf<ContainerTable>): readonly string[] {
  return (values.mount_check ?? "")
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((path) => path.replace(/(?<=.)\/+$/, ""));
}

/** All files with environment variables: the parameter's and the options'. */
export function envFilePaths(values: ValuesOf<ContainerTable>): readonly string[] {
  const fromOptions = runOptions(values)
    .filter(({ name }) => name === "env-file")
    .map(({ value }) => value);
  return [...(values.env_file ? [values.env_file] : []), ...fromOptions];
}

/** Decodes \r \n \t \\ \xHH. */
export function decodeEscapes(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_all, hex?: string, letter?: string) => {
    if (hex) return String.fromCharCode(Number.parseInt(hex, 16));
    return { r: "\r", n: "\n", t: "\t", "0": "\0" }[letter ?? ""] ?? letter ?? "";
  });
}

/** Everything that can be wrong with the values without looking at a host. */
export function checkSettings(values: ValuesOf<ContainerTable>): readonly Problem[] {
  const problems: Problem[] = [];
  const attempt = (parameter: keyof ContainerTable, work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof WordsError || error instanceof OptionsError)) throw error;
      problems.push({ parameter, text: `${parameter} ${error.message}` });
    }
  };
  const must = (parameter: keyof ContainerTable, holds: boolean, text: string) => {
    if (!holds) problems.push({ parameter, text: `${parameter} ${text}` });
  };
  attempt("run_opts", () => {
    const options = runOptions(values);
    createBody({
      name: "",
      image: "",
      labels: {},
      options,
      command: [],
      envFiles: [],
      stopSignal: undefined,
    });
  });
  attempt("run_cmd", () => splitWords(values.run_cmd ?? ""));
  attempt("monitor_cmd", () => {
    must("monitor_cmd", !values.monitor_cmd || splitWords(values.monitor_cmd).length > 0, "is empty");
  });
  for (const path of mountPaths(values)) {
    must(
      "mount_check",
      /^\/(?!.*(?:^|\/)\.\.?(?:\/|$))/.test(path),
      `must hold absolute paths, not "${path}"`,
    );
  }
  const needsPort = values.monitor_send !== undefined || values.monitor_expect !== undefined;
  must(
    "monitor_port",
    !needsPort || values.monitor_port !== undefined,
    "must be set for monitor_send and monitor_expect",
  );
  return problems;
}
