/** An option of `docker run` / `podman run` by its long name; flags have the value "true" or "false". */
export interface OptionWord {
  readonly name: OptionName;
  readonly value: string;
}

/** The text ends the sentence "run_opts …". */
export class OptionsError extends Error {}

/**
 * The options a resource may use. Those of both engines only, so that a configuration is right or wrong before
 * anyone knows which engine a host has.
 */
const VALUE_OPTIONS = [
  "add-host",
  "cap-add",
  "cap-drop",
  "cgroup-parent",
  "cpu-shares",
  "cpus",
  "cpuset-cpus",
  "device",
  "dns",
  "entrypoint",
  "env",
  "env-file",
  "expose",
  "group-add",
  "health-cmd",
  "health-interval",
  "health-retries",
  "health-start-period",
  "health-timeout",
  "hostname",
  "ipc",
  "label",
  "log-driver",
  "log-opt",
  "memory",
  "memory-reservation",
  "memory-swap",
  "mount",
  "network",
  "oom-score-adj",
  "pid",
  "pids-limit",
  "publish",
  "security-opt",
  "shm-size",
  "stop-signal",
  "stop-timeout",
  "sysctl",
  "tmpfs",
  "ulimit",
  "user",
  "userns",
  "uts",
  "volume",
  "workdir",
] as const;
const FLAGS = ["init", "interactive", "no-healthcheck", "privileged", "read-only", "tty"] as const;
export type OptionName = (typeof VALUE_OPTIONS)[number] | (typeof FLAGS)[number];

const ALIASES: Readonly<Record<string, string>> = { net: "network" };
const SHORT: Readonly<Record<string, string>> = {
  c: "cpu-shares",
  e: "env",
  h: "hostname",
  i: "interactive",
  l: "label",
  m: "memory",
  p: "publish",
  t: "tty",
  u: "user",
  v: "volume",
  w: "workdir",
};

/** Options that have a meaning elsewhere, and where. */
const REFUSED: Readonly<Record<string, string>> = {
  name: "the resource's own parameter name gives the name",
  restart: "Pacemaker restarts the container, the engine must not",
  rm: "the agent removes the container itself",
};

/** Words of run_opts, in order. @throws OptionsError naming the option. */
export function parseOptions(words: readonly string[]): readonly OptionWord[] {
  const options: OptionWord[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word.startsWith("--")) {
      const option = longOption(word, rest);
      if (option) options.push(option);
    } else if (/^-[a-zA-Z]/.test(word)) {
      options.push(...shortOptions(word, rest));
    } else {
      throw new OptionsError(
        `has "${word}" where an option is expected; image and command have parameters of their own`,
      );
    }
  }
  return options;
}

function longOption(word: string, rest: string[]): OptionWord | undefined {
  const equals = word.indexOf("=");
  const given = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const attached = equals < 0 ? undefined : word.slice(equals + 1);
  const name = ALIASES[given] ?? given;
  // What it asks for is what the agent does anyway.
  if (name === "detach" || (name === "restart" && (attached ?? rest[0]) === "no")) {
    if (name === "restart" && attached === undefined) rest.shift();
    return undefined;
  }
  const refused = REFUSED[name];
  if (refused) throw new OptionsError(`must not have --${name}: ${refused}`);
  if (isFlag(name)) return { name, value: flagValue(name, attached ?? "true") };
  if (!isValueOption(name))
    throw new OptionsError(`has the option --${given}, which this agent does not know`);
  const value = attached ?? rest.shift();
  if (value === undefined) throw new OptionsError(`has --${given} without a value`);
  return { name, value };
}

function shortOptions(word: string, rest: string[]): OptionWord[] {
  const options: OptionWord[] = [];
  for (let index = 1; index < word.length; index += 1) {
    const letter = word[index] ?? "";
    if (letter === "d") continue;
    const name = SHORT[letter];
    if (name === undefined)
      throw new OptionsError(`has the option -${letter}, which this agent does not know`);
    if (isFlag(name)) {
      options.push({ name, value: "true" });
    } else if (isValueOption(name)) {
      const attached = word.slice(index + 1).replace(/^=/, "");
      const value = attached === "" ? rest.shift() : attached;
      if (value === undefined) throw new OptionsError(`has -${letter} without a value`);
      options.push({ name, value });
      break;
    }
  }
  return options;
}

function flagValue(name: string, value: string): string {
  if (value !== "true" && value !== "false")
    throw new OptionsError(`has --${name}=${value}; it is true or false`);
  return value;
}

function isFlag(name: string): name is (typeof FLAGS)[number] {
  return FLAGS.some((flag) => flag === name);
}

function isValueOption(name: string): name is (typeof VALUE_OPTIONS)[number] {
  return VALUE_OPTIONS.some((option) => option === name);
}
