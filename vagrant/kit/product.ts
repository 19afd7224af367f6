import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Lab, labImage } from "../src/lab.ts";

/** The compiled skyha, used as a person uses it: by its command line. */

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export const EXECUTABLE = "dist/skyha";

/** Runs `skyha …`; with `echo` its lines are also shown. */
export async function skyha(args: readonly string[], options: { echo?: boolean } = {}): Promise<Result> {
  const started = Date.now();
  const child: ChildProcess = spawn(EXECUTABLE, args, { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    if (options.echo) process.stdout.write(chunk);
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    if (options.echo) process.stdout.write(chunk);
  });
  const [code] = await once(child, "close");
  return {
    code: typeof code === "number" ? code : 130,
    stdout,
    stderr,
    seconds: (Date.now() - started) / 1000,
  };
}

/** JSON lines of a `--json` command, as records. */
export function jsonLines(result: Result): Record<string, unknown>[] {
  return result.stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line): Record<string, unknown> => JSON.parse(line));
}

/** Address of the pair's VIP in a lab. */
export function vipOf(lab: Lab): string {
  const [first] = lab.hosts;
  if (first === undefined) throw new Error("a lab without hosts");
  return first.addresses[0].replace(/\.\d+$/, ".20");
}

export type Engine = "docker" | "podman";

/** The seed's command line for this lab. */
export function seedWords(lab: Lab, engine: Engine): string[] {
  const first = lab.host("db1");
  const second = lab.host("db2");
  if (first.bmc === undefined || second.bmc === undefined) throw new Error("the lab's hosts have no BMC");
  return [
    `master_ip=${first.addresses[0]}`,
    `slave_ip=${second.addresses[0]}`,
    `vip_master=${vipOf(lab)}`,
    "data_dir=/data",
    "master_hostname=db1",
    "slave_hostname=db2",
    "drbd_size=1000",
    `link2_master=${first.addresses[1]}`,
    `link2_slave=${second.addresses[1]}`,
    `fence_master=ipmi://${first.bmc.user}@${first.bmc.address}`,
    `fence_slave=ipmi://${second.bmc.user}@${second.bmc.address}`,
    `fence_password_file=${first.bmc.passwordFile}`,
    `fence_password_file_slave=${second.bmc.passwordFile}`,
    `ssh_key=${lab.sshKeyFile}`,
    `known_hosts=${lab.knownHostsFile}`,
    `engine=${engine}`,
    `images=${imageFiles(lab).join(",")}`,
    `postgres_image=${IMAGE.postgres}`,
    `redis_image=${IMAGE.redis}`,
    `beanstalkd_image=${IMAGE.beanstalkd}`,
  ];
}

/** Who logs in with the YAML form: a user that becomes root with sudo. */
export const OPERATOR = "ops";

/** The lab's images by the name of their service. */
export const IMAGE = {
  postgres: "skyha-lab/postgres:15",
  redis: "skyha-lab/redis:7",
  beanstalkd: "skyha-lab/beanstalkd:1",
  mariadb: "skyha-lab/mariadb:10",
  valkey: "skyha-lab/valkey:8",
} as const;
export type ServiceName = keyof typeof IMAGE;

/** The same as a skyha.yaml in a folder of its own, with another user and any services. */
export async function yamlFile(
  lab: Lab,
  engine: Engine,
  services: readonly ServiceName[],
  containers: readonly Readonly<Record<string, unknown>>[] = [],
): Promise<string> {
  const images: string[] = [];
  for (const name of services) images.push(await labImage(name, lab.prefix));
  const path = join(mkdtempSync(join(tmpdir(), "skyha-yaml-")), "skyha.yaml");
  const host = (name: "db1" | "db2") => {
    const { addresses, bmc } = lab.host(name);
    if (bmc === undefined) throw new Error(`${name} has no BMC`);
    return {
      name,
      address: addresses[0],
      links: [addresses[1]],
      fence: { address: bmc.address, username: bmc.user, password_file: bmc.passwordFile },
    };
  };
  const config = {
    hosts: [host("db1"), host("db2")],
    ssh: { user: OPERATOR, identity_file: lab.sshKeyFile, known_hosts: lab.knownHostsFile },
    vip: { address: vipOf(lab) },
    data_dir: "/data",
    engine,
    images,
    services: {
      ...Object.fromEntries(services.map((name) => [name, { image: IMAGE[name] }])),
      containers,
    },
  };
  writeFileSync(path, stringify(config));
  return path;
}

function imageFiles(lab: Lab): string[] {
  return ["postgres", "redis", "beanstalkd"].map((name) => {
    const path = lab.images[name];
    if (path === undefined) throw new Error(`the lab has no image of ${name}`);
    return path;
  });
}

/** Options by which a command outside of the pair finds it. */
export function pairOptions(lab: Lab, host: "db1" | "db2"): string[] {
  const { addresses } = lab.host(host);
  return ["--host", addresses[0], "--identity", lab.sshKeyFile, "--known-hosts", lab.knownHostsFile];
}
