import type { Config } from "../config/schema.ts";
import { IDS, PATHS, SECRETS, SERVICE_PORTS } from "../names.ts";
import type { PrimitiveSpec, Values } from "./build.ts";

/** The containers of the pair, each with its data in a directory of the replicated volume. */
export function containerSpecs(config: Config): PrimitiveSpec[] {
  const { postgres, redis, beanstalkd } = config.services;
  const specs: PrimitiveSpec[] = [];
  if (postgres) {
    specs.push({
      id: IDS.postgres,
      agent: "ocf:skyha:postgres",
      parameters: {
        engine: config.engine,
        name: "postgres",
        image: postgres.image,
        mount_check: PATHS.mount,
        data_directory: `${PATHS.mount}/postgres`,
        // Only ever into an empty directory of the right volume.
        initialize: "yes",
        port: SERVICE_PORTS.postgres,
        // By the VIP, because the images trust 127.0.0.1 without any question.
        monitor_host: config.vip.address,
        password_file: SECRETS.postgres,
        run_opts: "--shm-size=256m",
      },
      operations: [
        // Crash recovery takes as long as it takes.
        { name: "start", timeout: 300 },
        { name: "stop", timeout: 120 },
        monitor(config),
      ],
    });
  }
  if (redis) {
    specs.push({
      id: IDS.redis,
      agent: "ocf:skyha:redis",
      parameters: {
        engine: config.engine,
        name: "redis",
        image: redis.image,
        mount_check: PATHS.mount,
        data_directory: `${PATHS.mount}/redis`,
        // Only ever into an empty directory of the right volume.
        initialize: "yes",
        port: SERVICE_PORTS.redis,
        config_file: SECRETS.redis,
      },
      operations: [{ name: "start", timeout: 120 }, { name: "stop", timeout: 90 }, monitor(config)],
    });
  }
  if (beanstalkd) {
    specs.push(
      container(config, IDS.beanstalkd, beanstalkd.image, "beanstalkd", {
        run_opts: `--network=host -v ${PATHS.mount}/beanstalkd:/data`,
        run_cmd: "beanstalkd -b /data -f 0",
        monitor_port: SERVICE_PORTS.beanstalkd,
        monitor_send: "stats\\r\\n",
        monitor_expect: "OK",
      }),
    );
  }
  return specs;
}

/** What goes wrong is asked about at podman, a program of a second or more on a slow host; docker's socket answers. */
function monitor({ engine }: Config): PrimitiveSpec["operations"][number] {
  return { name: "monitor", interval: 10, timeout: engine === "podman" ? 40 : 20 };
}

function container(
  config: Config,
  id: string,
  image: string,
  name: string,
  parameters: Values,
): PrimitiveSpec {
  return {
    id,
    agent: "ocf:skyha:container",
    parameters: { engine: config.engine, name, image, mount_check: PATHS.mount, ...parameters },
    operations: [{ name: "start", timeout: 90 }, { name: "stop", timeout: 60 }, monitor(config)],
  };
}
