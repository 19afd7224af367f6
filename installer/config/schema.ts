import { isIPv4, isIPv6 } from "node:net";
import { z } from "zod";

/**
 * The shape of skyha.yaml. One description serves validation, defaults, the JSON Schema that ships with skyha
 * and docs/config.md, so every key has its text here.
 */
const hostName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "a host name: lower-case letters, digits and hyphens, at most 63",
  )
  .describe("Node name in the cluster; must be what `uname -n` prints on that host");

const ipv4 = z.string().refine(isIPv4, {
  error: ({ input }) =>
    `an IPv4 address like 192.0.2.10${isIPv6(String(input)) ? "; links and the VIP know no IPv6 yet" : ""}`,
});

const absolutePath = z
  .string()
  .regex(/^\/[A-Za-z0-9._/-]*[A-Za-z0-9._-]$/, "an absolute path without spaces, other than /")
  .refine((path) => !path.split("/").includes(".."), "a path without ..");

const identifier = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]{0,62}$/, "lower-case letters, digits, '_', '.' and '-', at most 63");

const localFile = z
  .string()
  .min(1)
  .describe("A file on the machine skyha runs on; relative to the YAML file");

const fence = z
  .strictObject({
    agent: z
      .enum(["fence_skyha_ipmi", "fence_ipmilan"])
      .default("fence_skyha_ipmi")
      .describe("skyha's own, or the one of the package fence-agents"),
    address: ipv4.describe("Address of the BMC (IPMI over LAN)"),
    port: z.int().min(1).max(65535).default(623).describe("UDP port of the BMC"),
    username: z
      .string()
      .regex(/^[A-Za-z0-9_.@-]{1,32}$/, "a BMC user name")
      .describe("A user of the BMC who may switch the power"),
    password_file: localFile.describe("File that holds the BMC password and nothing else"),
    lanplus: z.boolean().default(true).describe("IPMI 2.0 (RMCP+)"),
    cipher: z
      .int()
      .min(1)
      .max(17)
      .default(3)
      .describe("Cipher suite; a BMC that gets a wrong one answers only after long time-outs"),
  })
  .describe("The device that can power this host off");

const host = z.strictObject({
  name: hostName,
  address: ipv4.describe("Address of this host: SSH, DRBD and the first cluster link"),
  links: z
    .array(ipv4)
    .max(7)
    .default([])
    .describe("Addresses of further cluster links, in the same order on both hosts"),
  fence: fence.optional(),
  backing: z
    .strictObject({
      lv: absolutePath.optional().describe("Logical volume to use instead of a file"),
      disk: absolutePath.optional().describe("Whole disk or partition to use instead of a file"),
    })
    .optional(),
});

const image = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._/:@-]{0,254}$/, "an image reference like docker.io/library/redis:7")
  .describe("Image reference; loaded from an archive of `images`, or pulled");

const port = z.int().min(1).max(65535).describe("TCP port on the VIP; the container uses the host's network");

const passwordFile = (whose: string) =>
  localFile.optional().describe(`File with the password of ${whose}; generated when not given`);

const settings = (example: string) =>
  z
    .string()
    .regex(/^[^\n\r\0]+$/, "one line")
    .optional()
    .describe(`Settings of the server, for example ${example}`);

const sqlServer = (example: string) =>
  z
    .strictObject({
      image,
      port: port.default(3306),
      password_file: passwordFile("root"),
      settings: settings(example),
    })
    .optional();

const keyValueServer = () =>
  z.strictObject({ image, port: port.default(6379), password_file: passwordFile("the server") }).optional();

/** Any other container. */
const container = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z][a-z0-9_.-]{0,40}$/,
      "a lower-case letter, then letters, digits, '_', '.' and '-', at most 41",
    )
    .describe("Name of the container, of its resource and of its directory on the volume"),
  image,
  port: port
    .optional()
    .describe("TCP port that has to answer; without it only the container's state is watched"),
  data: absolutePath.optional().describe("Where the container finds its directory on the replicated volume"),
  owner: z
    .string()
    .regex(/^[0-9]{1,9}:[0-9]{1,9}$/, "two numbers like 999:999")
    .default("0:0")
    .describe("uid:gid that owns this directory"),
  options: z
    .string()
    .regex(/^[^\n\r\0]+$/, "one line")
    .optional()
    .describe("Further options of `docker run` or `podman run`, with POSIX quoting; no secrets"),
  command: z
    .string()
    .regex(/^[^\n\r\0]+$/, "one line")
    .optional()
    .describe("Command and arguments instead of the image's own, with POSIX quoting"),
  start_timeout: z.int().min(10).max(3600).default(120).describe("Seconds a start may take"),
  stop_timeout: z.int().min(10).max(3600).default(90).describe("Seconds a stop may take"),
});

const services = z.strictObject({
  postgres: z
    .strictObject({
      image,
      port: port.default(5432),
      password_file: passwordFile("the superuser"),
      settings: settings("`shared_buffers=2GB max_connections=300`"),
    })
    .optional(),
  mysql: sqlServer("`innodb_buffer_pool_size=4G`"),
  mariadb: sqlServer("`innodb_buffer_pool_size=4G`"),
  redis: keyValueServer(),
  valkey: keyValueServer(),
  beanstalkd: z.strictObject({ image, port: port.default(11300) }).optional(),
  containers: z.array(container).default([]).describe("Any other containers, in the order they start"),
});

export const configSchema = z.strictObject({
  cluster: identifier.default("skycluster").describe("Name of the cluster"),
  hosts: z.tuple([host, host]).describe("The two hosts; the first is preferred when nothing runs yet"),
  ssh: z
    .strictObject({
      user: z
        .string()
        .regex(/^[a-z_][a-z0-9_-]{0,31}$/, "a user name")
        .default("root")
        .describe("root, or a user who becomes root by sudo without a password"),
      port: z.int().min(1).max(65535).default(22).describe("TCP port of sshd on both hosts"),
      identity_file: localFile.optional().describe("Private key; default: the agent, then ~/.ssh/id_*"),
      known_hosts: localFile.optional().describe("Default: ~/.ssh/known_hosts"),
    })
    .prefault({}),
  vip: z.strictObject({
    address: ipv4.describe("The address clients use; moves with the services"),
    prefix: z.int().min(8).max(32).optional().describe("Default: that of the hosts' address"),
  }),
  pcs: z
    .boolean()
    .default(false)
    .describe("Also install pcs and its web service pcsd (port 2224), and let both hosts know each other"),
  data_dir: absolutePath.describe("Directory on each host for the backing file and recovery copies"),
  engine: z.enum(["docker", "podman"]).default("docker").describe("Container engine"),
  drbd: z
    .strictObject({
      // mkfs.xfs refuses less than 300 MB, and DRBD keeps some of the device for itself.
      size_mb: z.int().min(320).max(16_777_216).default(1000).describe("Size of the replicated volume, MiB"),
      port: z.int().min(1024).max(65535).default(7789).describe("TCP port between the two hosts"),
      loop_device: z
        .string()
        .regex(/^\/dev\/loop[0-9]{1,3}$/, "a loop device like /dev/loop9")
        .default("/dev/loop9")
        .describe("Loop device for the backing file; not used with an LV or a disk"),
      filesystem: z.enum(["xfs", "ext4"]).default("xfs").describe("What a blank volume is formatted with"),
    })
    .prefault({}),
  images: z.array(localFile).default([]).describe("Image archives (docker save) to load on both hosts"),
  services: services.prefault({}),
  nfs: z
    .strictObject({
      clients: z
        .string()
        .regex(/^[0-9.]+\/[0-9]{1,2}$/, "a network like 192.0.2.0/24")
        .optional()
        .describe("Who may mount the export; default: the network of the VIP"),
    })
    .prefault({}),
  accept_split_brain_risk: z
    .boolean()
    .default(false)
    .describe(
      "Automatic failover without any fencing. Two hosts may write at the same time; data will be lost",
    ),
});

/** A validated configuration with every default filled in. */
export type Config = z.output<typeof configSchema>;
/** What a person writes. */
export type ConfigInput = z.input<typeof configSchema>;
export type HostConfig = Config["hosts"][number];
export type FenceConfig = NonNullable<HostConfig["fence"]>;
