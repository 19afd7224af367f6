import { fenceParameters } from "./parameters.ts";

/** What the caller gave, before anything is known about its values. */
export interface Input {
  readonly given: ReadonlyMap<string, string>;
  /** Keys that are none of ours, without their values: one of them could be a misspelt password. */
  readonly ignored: readonly string[];
}

/** The text ends up as the one line of the reason and never contains a value. */
export class InputError extends Error {}

/** Pacemaker and fence-agents pass these to every device. */
const NOT_FOR_US = /^(?:nodename|plug|port|agent|name|crm_feature_set|pcmk_.*|CRM_meta_.*)$/;
const KEY = /^[A-Za-z_][\w.-]*$/;
const HELP = new Set(["-h", "--help"]);

/**
 * The fence agent API's standard input: `key=value` lines, `#` begins a comment, the last of several wins, everything
 * after the first `=` is the value as it is.
 * @throws InputError for a line of another form: it could be the rest of a value with a line break.
 */
export function parseLines(text: string): Input {
  const pairs: [string, string][] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trimStart();
    if (line === "" || line.startsWith("#")) continue;
    const equals = line.indexOf("=");
    const key = line.slice(0, Math.max(equals, 0));
    if (!KEY.test(key)) throw new InputError(`line ${index + 1} of the input is not key=value`);
    pairs.push([key, line.slice(equals + 1)]);
  }
  return sortOut(pairs);
}

/**
 * The command line, for people: `-o ACTION`, `--key=value`. A wrong option is an error here, because somebody is there
 * to correct it.
 * @returns undefined when help is asked for.
 * @throws InputError
 */
export function parseArguments(args: readonly string[]): Input | undefined {
  if (args.some((arg) => HELP.has(arg))) return undefined;
  const pairs: [string, string][] = [];
  const words = args.values();
  for (const word of words) {
    const [, key, value] = /^--([a-z][a-z_-]*)=(.*)$/s.exec(word) ?? [];
    if (word === "-o") pairs.push(["action", words.next().value ?? ""]);
    else if (key !== undefined && value !== undefined) pairs.push([key, value]);
    else throw new InputError("only -o ACTION and --key=value are options; see --help");
  }
  const input = sortOut(pairs);
  if (input.given.has("password")) {
    throw new InputError("password is taken from standard input only; give --password-file=PATH");
  }
  if (input.ignored.length > 0) throw new InputError(`there is no option --${input.ignored[0]}; see --help`);
  return input;
}

function sortOut(pairs: readonly (readonly [string, string])[]): Input {
  const given = new Map<string, string>();
  const ignored = new Set<string>();
  for (const [key, value] of pairs) {
    const name = key.replaceAll("-", "_");
    if (Object.hasOwn(fenceParameters, name)) {
      given.set(name, name === "action" ? value.trim().toLowerCase() : value);
    } else if (!NOT_FOR_US.test(key)) ignored.add(key.slice(0, 64));
  }
  return { given, ignored: [...ignored] };
}
