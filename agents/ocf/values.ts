import type { Parameter, ParameterTable, ValuesOf } from "./table.ts";

type Scalar = string | number | boolean;

/** A parameter whose value no host could use. */
export interface Problem {
  readonly parameter: string;
  /** Starts with the parameter's name. */
  readonly text: string;
}

export interface ReadValues<T extends ParameterTable> {
  /** Where there is a problem: the default, or an empty value of the type. Never use it before looking. */
  readonly values: ValuesOf<T>;
  readonly problems: readonly Problem[];
}

/** Reads `OCF_RESKEY_<name>` for each parameter of the table. Pure: looks at nothing but `env`. */
export function readValues<T extends ParameterTable>(table: T, env: NodeJS.ProcessEnv): ReadValues<T> {
  const problems: Problem[] = [];
  const values: Record<string, Scalar | undefined> = {};
  for (const [name, parameter] of Object.entries(table)) {
    const text = env[`OCF_RESKEY_${name}`];
    const read = text === undefined || text === "" ? absent(parameter) : readValue(parameter, text);
    if ("value" in read) {
      values[name] = read.value;
    } else {
      problems.push({ parameter: name, text: `${name} ${read.problem}` });
      values[name] = parameter.default ?? EMPTY[parameter.type];
    }
  }
  // Filled key by key from the very table the type is derived from, which the compiler cannot follow.
  return { values: values as ValuesOf<T>, problems };
}

const EMPTY = { string: "", integer: 0, boolean: false } as const;

type Read = { readonly value: Scalar | undefined } | { readonly problem: string };

function absent(parameter: Parameter): Read {
  if (parameter.default !== undefined) return { value: parameter.default };
  return parameter.required ? { problem: "is required and not set" } : { value: undefined };
}

function readValue(parameter: Parameter, text: string): Read {
  if (/[\n\r\0]/.test(text)) return { problem: "must be one line" };
  switch (parameter.type) {
    case "boolean":
      return readBoolean(text);
    case "integer": {
      const digits = parameter.unit === "s" ? text.trim().replace(/s(ec)?$/i, "") : text.trim();
      const number = Number(digits);
      const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = parameter;
      if (!/^-?\d+$/.test(digits) || number < min || number > max)
        return { problem: integerProblem(parameter, text) };
      return { value: number };
    }
    case "string":
      if (parameter.oneOf && !parameter.oneOf.includes(text)) {
        return { problem: `must be one of ${parameter.oneOf.join(", ")}, not "${text}"` };
      }
      if (parameter.pattern && !parameter.pattern.test(text)) {
        return { problem: `must be ${parameter.patternText ?? String(parameter.pattern)}, not "${text}"` };
      }
      return { value: text };
  }
}

function integerProblem(parameter: { min?: number; max?: number }, text: string): string {
  const { min, max } = parameter;
  const range =
    min !== undefined && max !== undefined
      ? ` from ${min} to ${max}`
      : min !== undefined
        ? ` of at least ${min}`
        : "";
  return `must be a whole number${range}, not "${text}"`;
}

/** The spellings Pacemaker itself accepts. */
function readBoolean(text: string): Read {
  const word = text.trim().toLowerCase();
  if (["true", "yes", "on", "y", "1"].includes(word)) return { value: true };
  if (["false", "no", "off", "n", "0"].includes(word)) return { value: false };
  return { problem: `must be true or false, not "${text}"` };
}
