interface Common {
  /** One sentence without a full stop, shown in lists. */
  readonly short: string;
  /** What it does, allowed values, what happens on trouble. */
  readonly long: string;
  readonly required?: true;
  /** Parameters of one group must be unique together among all resources of this agent. */
  readonly uniqueGroup?: string;
  /** A change needs no restart: Pacemaker calls reload-agent. */
  readonly reloadable?: true;
  /** Tells which thing is meant. Stop needs it and ignores what is wrong with every other parameter. */
  readonly identity?: true;
}

export interface StringParameter extends Common {
  readonly type: "string";
  readonly default?: string;
  readonly oneOf?: readonly string[];
  readonly pattern?: RegExp;
  /** What the pattern wants, to end the sentence "NAME must be …". */
  readonly patternText?: string;
}

export interface IntegerParameter extends Common {
  readonly type: "integer";
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
  /** Seconds may be written with a trailing "s", as elsewhere in Pacemaker. */
  readonly unit?: "s";
}

export interface BooleanParameter extends Common {
  readonly type: "boolean";
  readonly default?: boolean;
}

export type Parameter = StringParameter | IntegerParameter | BooleanParameter;
export type ParameterTable = Readonly<Record<string, Parameter>>;

type ValueOf<P extends Parameter> = P extends { readonly type: "integer" }
  ? number
  : P extends { readonly type: "boolean" }
    ? boolean
    : P extends { readonly oneOf: readonly (infer Choice)[] }
      ? Choice
      : string;

type AlwaysThere = { readonly required: true } | { readonly default: string | number | boolean };

/** What an action sees: every parameter, defaults filled in. */
export type ValuesOf<T extends ParameterTable> = {
  readonly [K in keyof T]: T[K] extends AlwaysThere ? ValueOf<T[K]> : ValueOf<T[K]> | undefined;
};

type RequiredKeys<T extends ParameterTable> = {
  [K in keyof T]: T[K] extends { readonly required: true } ? K : never;
}[keyof T];

/** What someone who configures a resource gives: the required parameters, any of the others. */
export type ParametersOf<T extends ParameterTable> = {
  readonly [K in RequiredKeys<T>]: ValueOf<T[K]>;
} & { readonly [K in Exclude<keyof T, RequiredKeys<T>>]?: ValueOf<T[K]> | undefined };

/** Keeps the literal types, from which {@link ValuesOf} and {@link ParametersOf} are derived. */
export function defineParameters<const T extends ParameterTable>(table: T): T {
  return table;
}

/** Instance attributes for the CIB, in table order; what is not given is left to the agent's default. */
export function toInstanceAttributes<T extends ParameterTable>(
  table: T,
  given: ParametersOf<T>,
): readonly { readonly name: string; readonly value: string }[] {
  const entries = new Map<string, unknown>(Object.entries(given));
  return Object.keys(table).flatMap((name) => {
    const value = entries.get(name);
    return value === undefined ? [] : [{ name, value: String(value) }];
  });
}
