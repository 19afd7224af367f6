import { Exit } from "../../core/exit.ts";
import { report, SkyhaError, usageError } from "../../core/report.ts";
import { checkConfig, type Issue, issueReports } from "./check.ts";
import type { Config } from "./schema.ts";

type Path = readonly (string | number)[];
interface Key {
  readonly path: Path;
  readonly required?: boolean;
  readonly number?: boolean;
  readonly yesNo?: boolean;
  readonly list?: boolean;
  readonly help: string;
}

/** The original command line's keys, and those it needs to be safe, as places in skyha.yaml. */
export const SEED_KEYS: Readonly<Record<string, Key>> = {
  master_ip: { path: ["hosts", 0, "address"], required: true, help: "address of the first host" },
  slave_ip: { path: ["hosts", 1, "address"], required: true, help: "address of the second host" },
  vip_master: { path: ["vip", "address"], required: true, help: "virtual IP that clients use" },
  data_dir: { path: ["data_dir"], required: true, help: "directory on each host for the backing file" },
  master_hostname: { path: ["hosts", 0, "name"], required: true, help: "name of the first host" },
  slave_hostname: { path: ["hosts", 1, "name"], required: true, help: "name of the second host" },
  drbd_size: { path: ["drbd", "size_mb"], number: true, help: "size of the replicated volume in MB (1000)" },
  losetup_dev: { path: ["drbd", "loop_device"], help: "loop device for the backing file (/dev/loop9)" },
  lv_master: {
    path: ["hosts", 0, "backing", "lv"],
    help: "logical volume on the first host, instead of a file",
  },
  lv_slave: { path: ["hosts", 1, "backing", "lv"], help: "logical volume on the second host" },
  link2_master: { path: ["hosts", 0, "links"], list: true, help: "further link addresses of the first host" },
  link2_slave: { path: ["hosts", 1, "links"], list: true, help: "further link addresses of the second host" },
  fence_master: { path: ["hosts", 0, "fence"], help: "fence device of the first host: ipmi://USER@ADDRESS" },
  fence_slave: { path: ["hosts", 1, "fence"], help: "fence device of the second host: ipmi://USER@ADDRESS" },
  fence_password_file: {
    path: ["fence_password_file"],
    help: "file with the password of both fence devices",
  },
  fence_password_file_slave: {
    path: ["fence_password_file_slave"],
    help: "the same for the second host, when it differs",
  },
  engine: { path: ["engine"], help: "docker (default) or podman" },
  images: { path: ["images"], list: true, help: "image archives to load, comma-separated" },
  postgres_image: { path: ["services", "postgres", "image"], help: "run PostgreSQL from this image" },
  mysql_image: { path: ["services", "mysql", "image"], help: "run MySQL from this image" },
  mariadb_image: { path: ["services", "mariadb", "image"], help: "run MariaDB from this image" },
  redis_image: { path: ["services", "redis", "image"], help: "run Redis from this image" },
  valkey_image: { path: ["services", "valkey", "image"], help: "run Valkey from this image" },
  beanstalkd_image: { path: ["services", "beanstalkd", "image"], help: "run beanstalkd from this image" },
  pcs: { path: ["pcs"], yesNo: true, help: "yes: also install pcs and pcsd, which skyha does not need" },
  ssh_user: { path: ["ssh", "user"], help: "root (default) or a user with password-less sudo" },
  ssh_port: { path: ["ssh", "port"], number: true, help: "22" },
  ssh_key: { path: ["ssh", "identity_file"], help: "private key file" },
  known_hosts: { path: ["ssh", "known_hosts"], help: "known_hosts file (~/.ssh/known_hosts)" },
  accept_split_brain_risk: {
    path: ["accept_split_brain_risk"],
    yesNo: true,
    help: "yes: failover without fencing",
  },
};

/** Turns `key=value` words into a configuration. @throws SkyhaError with one line per wrong word, exit code 2 */
export function configFromSeed(words: readonly string[]): Config {
  return readSeed(words).config;
}

/** What the words say and nothing else, as a person would write it into skyha.yaml. @throws as configFromSeed */
export function inputFromSeed(words: readonly string[]): Record<string, unknown> {
  return readSeed(words).input;
}

function readSeed(words: readonly string[]): { config: Config; input: Record<string, unknown> } {
  const values = splitWords(words);
  const input = toInput(values);
  const checked = checkConfig(input);
  if ("config" in checked) return { config: checked.config, input };
  throw new SkyhaError(issueReports(onePerKey(checked.issues), seedKeyOf), Exit.usage);
}

function splitWords(words: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf("=");
    const key = at < 0 ? word : word.slice(0, at);
    if (at <= 0) throw usageError("usage.unknown-argument", { argument: word });
    if (!Object.hasOwn(SEED_KEYS, key)) throw usageError("config.argument", { key, message: "unknown key" });
    if (values.has(key)) throw usageError("config.argument", { key, message: "given twice" });
    const value = word.slice(at + 1);
    if (value === "") throw usageError("config.argument", { key, message: "has no value" });
    values.set(key, value);
  }
  const missing = Object.entries(SEED_KEYS).filter(([key, spec]) => spec.required && !values.has(key));
  if (missing.length > 0) {
    throw new SkyhaError(
      missing.map(([key]) => report("config.argument", { key, message: "is missing" })),
      Exit.usage,
    );
  }
  return values;
}

function toInput(values: ReadonlyMap<string, string>): Record<string, unknown> {
  // The original always ran these three.
  const input: Record<string, unknown> = {
    hosts: [{}, {}],
    services: {
      postgres: { image: "docker.io/library/postgres:17" },
      redis: { image: "docker.io/library/redis:8" },
      beanstalkd: { image: "docker.io/schickling/beanstalkd:latest" },
    },
  };
  const password = values.get("fence_password_file");
  const passwords = {
    fence_master: password,
    fence_slave: values.get("fence_password_file_slave") ?? password,
  };
  for (const [key, text] of values) {
    const spec = SEED_KEYS[key];
    if (spec === undefined || key.startsWith("fence_password_file")) continue;
    setAt(
      input,
      spec.path,
      key === "fence_master" || key === "fence_slave"
        ? parseFence(key, text, passwords[key])
        : parseValue(key, text, spec),
    );
  }
  return input;
}

function parseValue(key: string, text: string, spec: Key): unknown {
  if (spec.number) {
    if (!/^[0-9]{1,9}$/.test(text))
      throw usageError("config.argument", { key, message: `${text} is not a number` });
    return Number(text);
  }
  if (spec.yesNo) {
    if (text !== "yes" && text !== "no")
      throw usageError("config.argument", { key, message: "is yes or no" });
    return text === "yes";
  }
  return spec.list ? text.split(",").filter((item) => item !== "") : text;
}

function parseFence(key: string, text: string, passwordFile: string | undefined): unknown {
  const match = /^ipmi:\/\/([^@/]+)@([0-9.]+)(?::([0-9]+))?$/.exec(text);
  if (match === null) throw usageError("config.argument", { key, message: "looks like ipmi://USER@ADDRESS" });
  if (passwordFile === undefined) {
    throw usageError("config.argument", {
      key: "fence_password_file",
      message: `is missing, ${key} needs it`,
    });
  }
  const [, username, address, port] = match;
  return {
    address,
    username,
    password_file: passwordFile,
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

function setAt(target: Record<string, unknown>, path: Path, value: unknown): void {
  let place: Record<string | number, unknown> = target;
  for (const part of path.slice(0, -1)) {
    const inner = place[part] ?? {};
    place[part] = inner;
    place = inner as Record<string | number, unknown>;
  }
  const last = path.at(-1);
  if (last !== undefined) place[last] = value;
}

function seedKeyOf(path: Issue["path"]): string {
  const text = path.join(".");
  const found = Object.entries(SEED_KEYS).find(([, spec]) => text === spec.path.join("."));
  const prefix = Object.entries(SEED_KEYS).find(([, spec]) => text.startsWith(`${spec.path.join(".")}.`));
  return (found ?? prefix)?.[0] ?? text;
}

function onePerKey(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter((issue) => {
    const key = seedKeyOf(issue.path);
    return seen.has(key) ? false : seen.add(key);
  });
}
