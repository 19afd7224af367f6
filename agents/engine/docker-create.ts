import {
  nanoseconds,
  parseBytes,
  parseCpus,
  parseMount,
  parsePort,
  parseUlimit,
  parseWhole,
} from "./docker-values.ts";
import { type OptionName, OptionsError, type OptionWord } from "./options.ts";
import type { ContainerSpec } from "./types.ts";

/** The part of docker's container-create request that options can fill; names and types are the API's. */
export interface CreateBody {
  Image: string;
  Cmd?: readonly string[];
  Entrypoint?: readonly string[];
  Env: string[];
  Labels: Record<string, string>;
  Hostname?: string;
  User?: string;
  WorkingDir?: string;
  Tty?: boolean;
  OpenStdin?: boolean;
  StopSignal?: string;
  StopTimeout?: number;
  ExposedPorts: Record<string, object>;
  Volumes: Record<string, object>;
  Healthcheck: Record<string, unknown>;
  HostConfig: HostConfig;
}

interface HostConfig {
  RestartPolicy: { readonly Name: "no" };
  Binds: string[];
  Mounts: object[];
  PortBindings: Record<string, object[]>;
  Tmpfs: Record<string, string>;
  Sysctls: Record<string, string>;
  Ulimits: object[];
  CapAdd: string[];
  CapDrop: string[];
  Devices: object[];
  Dns: string[];
  ExtraHosts: string[];
  GroupAdd: string[];
  SecurityOpt: string[];
  LogConfig: { Type?: string; Config: Record<string, string> };
  [setting: string]: unknown;
}

/** The request that creates what `docker run` would create. @throws OptionsError naming the option. */
export function createBody(spec: ContainerSpec): CreateBody {
  const body: CreateBody = {
    Image: spec.image,
    ...(spec.command.length > 0 ? { Cmd: spec.command } : {}),
    Env: [],
    Labels: {},
    ExposedPorts: {},
    Volumes: {},
    Healthcheck: {},
    HostConfig: {
      RestartPolicy: { Name: "no" },
      Binds: [],
      Mounts: [],
      PortBindings: {},
      Tmpfs: {},
      Sysctls: {},
      Ulimits: [],
      CapAdd: [],
      CapDrop: [],
      Devices: [],
      Dns: [],
      ExtraHosts: [],
      GroupAdd: [],
      SecurityOpt: [],
      LogConfig: { Config: {} },
    },
  };
  for (const option of spec.options) apply(body, option);
  // What an option gives wins over a file's, as with docker's own client.
  body.Env.unshift(...spec.envFiles.flatMap((file) => file.variables));
  Object.assign(body.Labels, spec.labels);
  if (spec.stopSignal) body.StopSignal = spec.stopSignal;
  return body;
}

function apply(body: CreateBody, { name, value }: OptionWord): void {
  try {
    APPLY[name](body, value, body.HostConfig);
  } catch (error) {
    if (error instanceof RangeError) throw new OptionsError(`has --${name}=${value}: ${error.message}`);
    throw error;
  }
}

type Apply = (body: CreateBody, value: string, host: HostConfig) => void;

const set =
  (key: string): Apply =>
  (_body, value, host) => {
    host[key] = value;
  };
const setParsed =
  (key: string, parse: (value: string) => unknown): Apply =>
  (_body, value, host) => {
    host[key] = parse(value);
  };
const health =
  (key: string, parse: (value: string) => unknown): Apply =>
  (body, value) => {
    body.Healthcheck[key] = parse(value);
  };

/** A line per option. */
const APPLY: Readonly<Record<OptionName, Apply>> = {
  "add-host": (_body, value, host) => host.ExtraHosts.push(value),
  "cap-add": (_body, value, host) => host.CapAdd.push(value),
  "cap-drop": (_body, value, host) => host.CapDrop.push(value),
  "cgroup-parent": set("CgroupParent"),
  "cpu-shares": setParsed("CpuShares", parseWhole),
  cpus: setParsed("NanoCpus", parseCpus),
  "cpuset-cpus": set("CpusetCpus"),
  device: (_body, value, host) => {
    const [PathOnHost = "", PathInContainer = PathOnHost, CgroupPermissions = "rwm"] = value.split(":");
    host.Devices.push({ PathOnHost, PathInContainer, CgroupPermissions });
  },
  dns: (_body, value, host) => host.Dns.push(value),
  entrypoint: (body, value) => {
    body.Entrypoint = [value];
  },
  env: (body, value) => {
    if (!value.includes("=")) throw new RangeError("must be KEY=VALUE");
    body.Env.push(value);
  },
  // Read by the agent, for both engines: its lines arrive as ContainerSpec.envFiles.
  "env-file": () => {},
  expose: (body, value) => {
    body.ExposedPorts[value.includes("/") ? value : `${value}/tcp`] = {};
  },
  "group-add": (_body, value, host) => host.GroupAdd.push(value),
  "health-cmd": health("Test", (value) => ["CMD-SHELL", value]),
  "health-interval": health("Interval", nanoseconds),
  "health-retries": health("Retries", parseWhole),
  "health-start-period": health("StartPeriod", nanoseconds),
  "health-timeout": health("Timeout", nanoseconds),
  "no-healthcheck": (body, value) => {
    if (value === "true") body.Healthcheck["Test"] = ["NONE"];
  },
  hostname: (body, value) => {
    body.Hostname = value;
  },
  init: (_body, value, host) => {
    host["Init"] = value === "true";
  },
  interactive: (body, value) => {
    body.OpenStdin = value === "true";
  },
  ipc: set("IpcMode"),
  label: (body, value) => assign(body.Labels, value),
  "log-driver": (_body, value, host) => {
    host.LogConfig.Type = value;
  },
  "log-opt": (_body, value, host) => assign(host.LogConfig.Config, value),
  memory: setParsed("Memory", parseBytes),
  "memory-reservation": setParsed("MemoryReservation", parseBytes),
  "memory-swap": setParsed("MemorySwap", (value) => (value === "-1" ? -1 : parseBytes(value))),
  mount: (_body, value, host) => host.Mounts.push(parseMount(value)),
  network: set("NetworkMode"),
  "oom-score-adj": setParsed("OomScoreAdj", parseWhole),
  pid: set("PidMode"),
  "pids-limit": setParsed("PidsLimit", parseWhole),
  privileged: (_body, value, host) => {
    host["Privileged"] = value === "true";
  },
  publish: (body, value, host) => {
    const { key, binding } = parsePort(value);
    body.ExposedPorts[key] = {};
    host.PortBindings[key] = [...(host.PortBindings[key] ?? []), binding];
  },
  "read-only": (_body, value, host) => {
    host["ReadonlyRootfs"] = value === "true";
  },
  "security-opt": (_body, value, host) => host.SecurityOpt.push(value),
  "shm-size": setParsed("ShmSize", parseBytes),
  "stop-signal": (body, value) => {
    body.StopSignal = value;
  },
  "stop-timeout": (body, value) => {
    body.StopTimeout = parseWhole(value);
  },
  sysctl: (_body, value, host) => assign(host.Sysctls, value),
  tmpfs: (_body, value, host) => {
    const [path = "", ...options] = value.split(":");
    host.Tmpfs[path] = options.join(":");
  },
  tty: (body, value) => {
    body.Tty = value === "true";
  },
  ulimit: (_body, value, host) => host.Ulimits.push(parseUlimit(value)),
  user: (body, value) => {
    body.User = value;
  },
  userns: set("UsernsMode"),
  uts: set("UTSMode"),
  volume: (body, value, host) => {
    // A path alone is an anonymous volume.
    if (value.includes(":")) host.Binds.push(value);
    else body.Volumes[value] = {};
  },
  workdir: (body, value) => {
    body.WorkingDir = value;
  },
};

function assign(target: Record<string, string>, keyValue: string): void {
  const equals = keyValue.indexOf("=");
  if (equals < 0) target[keyValue] = "";
  else target[keyValue.slice(0, equals)] = keyValue.slice(equals + 1);
}
