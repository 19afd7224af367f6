import type { PrimitiveSpec, Values } from "../cib/build.ts";
import type { Config } from "../config/schema.ts";
import { IDS, PATHS, SERVICE_OWNER, serviceDirectory } from "../names.ts";
import type { Service, ServiceSecret } from "./service.ts";

/** The containers of the pair, in the order they start. NFS is not among them: it is the host's own. */
export function servicesOf(config: Config): Service[] {
  const { postgres, mysql, mariadb, redis, valkey, beanstalkd, containers } = config.services;
  return [
    ...(postgres ? [postgresService(config, postgres)] : []),
    ...(mysql ? [mysqlService(config, "mysql", mysql)] : []),
    ...(mariadb ? [mysqlService(config, "mariadb", mariadb)] : []),
    ...(redis ? [redisService(config, "redis", redis)] : []),
    ...(valkey ? [redisService(config, "valkey", valkey)] : []),
    ...(beanstalkd ? [beanstalkdService(config, beanstalkd)] : []),
    ...containers.map((container) => otherService(config, container)),
  ];
}

type Wanted<Name extends keyof Config["services"]> = NonNullable<Config["services"][Name]>;

function postgresService(config: Config, wanted: Wanted<"postgres">): Service {
  const secret = passwordOf("postgres", "PostgreSQL", wanted.password_file);
  return {
    ...common("postgres", wanted),
    secret,
    resource: {
      id: IDS.postgres,
      agent: "ocf:skyha:postgres",
      parameters: {
        ...database(config, "postgres", wanted),
        // By the VIP, because the images trust 127.0.0.1 without any question.
        monitor_host: config.vip.address,
        password_file: secret.path,
        ...settingsOf(wanted),
        run_opts: "--shm-size=256m",
      },
      operations: databaseOperations(config),
    },
  };
}

function mysqlService(config: Config, name: "mysql" | "mariadb", wanted: Wanted<"mysql">): Service {
  const secret = passwordOf(name, name === "mysql" ? "MySQL" : "MariaDB", wanted.password_file);
  return {
    ...common(name, wanted),
    secret,
    resource: {
      id: IDS[name],
      agent: "ocf:skyha:mysql",
      parameters: {
        ...database(config, name, wanted),
        dialect: name,
        password_file: secret.path,
        ...settingsOf(wanted),
      },
      operations: databaseOperations(config),
    },
  };
}

function redisService(config: Config, name: "redis" | "valkey", wanted: Wanted<"redis">): Service {
  const secret = passwordOf(name, name === "redis" ? "Redis" : "Valkey", wanted.password_file);
  return {
    ...common(name, wanted),
    secret,
    resource: {
      id: IDS[name],
      agent: "ocf:skyha:redis",
      parameters: { ...database(config, name, wanted), password_file: secret.path },
      operations: [{ name: "start", timeout: 120 }, { name: "stop", timeout: 90 }, monitor(config)],
    },
  };
}

function beanstalkdService(config: Config, wanted: Wanted<"beanstalkd">): Service {
  return {
    ...common("beanstalkd", wanted),
    resource: {
      id: IDS.beanstalkd,
      agent: "ocf:skyha:container",
      parameters: {
        ...container(config, "beanstalkd", wanted.image),
        run_opts: `--network=host -v ${serviceDirectory("beanstalkd")}:/data`,
        run_cmd: `beanstalkd -b /data -f 0${wanted.port === 11300 ? "" : ` -p ${wanted.port}`}`,
        monitor_port: wanted.port,
        monitor_send: "stats\\r\\n",
        monitor_expect: "OK",
      },
      operations: [{ name: "start", timeout: 90 }, { name: "stop", timeout: 60 }, monitor(config)],
    },
  };
}

/** Any other container: watched by its state, and by its port when it has one. */
function otherService(config: Config, wanted: Wanted<"containers">[number]): Service {
  const { name, port, data, options, command } = wanted;
  const volume = data === undefined ? [] : ["-v", `${serviceDirectory(name)}:${data}`];
  return {
    name,
    image: wanted.image,
    port,
    owner: wanted.owner,
    resource: {
      id: name,
      agent: "ocf:skyha:container",
      parameters: {
        ...container(config, name, wanted.image),
        run_opts: ["--network=host", ...volume, ...(options === undefined ? [] : [options])].join(" "),
        ...(command === undefined ? {} : { run_cmd: command }),
        ...(port === undefined ? {} : { monitor_port: port }),
      },
      operations: [
        { name: "start", timeout: wanted.start_timeout },
        { name: "stop", timeout: wanted.stop_timeout },
        monitor(config),
      ],
    },
  };
}

function common(
  name: string,
  { image, port }: { readonly image: string; readonly port: number },
): Pick<Service, "name" | "image" | "port" | "owner"> {
  return { name, image, port, owner: SERVICE_OWNER };
}

function container(config: Config, name: string, image: string): Values {
  return { engine: config.engine, name, image, mount_check: PATHS.mount };
}

function database(
  config: Config,
  name: string,
  { image, port }: { readonly image: string; readonly port: number },
): Values {
  return {
    ...container(config, name, image),
    data_directory: serviceDirectory(name),
    // Only ever into an empty directory of the right volume.
    initialize: "yes",
    port,
  };
}

function settingsOf({ settings }: { readonly settings?: string | undefined }): Values {
  return settings === undefined ? {} : { settings };
}

function passwordOf(name: string, title: string, givenFile: string | undefined): ServiceSecret {
  return {
    path: `${PATHS.secrets}/${name}.password`,
    what: `the ${title} password`,
    givenFile,
  };
}

/** Crash recovery takes as long as it takes. */
function databaseOperations(config: Config): PrimitiveSpec["operations"] {
  return [{ name: "start", timeout: 300 }, { name: "stop", timeout: 120 }, monitor(config)];
}

/** What goes wrong is asked about at podman, a program of a second or more on a slow host; docker's socket answers. */
function monitor({ engine }: Config): PrimitiveSpec["operations"][number] {
  return { name: "monitor", interval: 10, timeout: engine === "podman" ? 40 : 20 };
}
