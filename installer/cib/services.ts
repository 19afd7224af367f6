import type { Config } from "../config/schema.ts";
import { IDS, PATHS, SECRETS, SERVICE_PORTS } from "../names.ts";
import type { PrimitiveSpec, Values } from "./build.ts";

/** The containers of the pair, each with its data in a directory of the replicated volume. */
export function containerSpecs(config: Config): PrimitiveSpec[] {
  const { postgres, redis, beanstalkd } = config.services;
  const specs: PrimitiveSpec[] = [];
  if (postgres) {
    specs.push(
      container(config, IDS.postgres, postgres.image, "postgres", {
        run_opts: [
          "--network=host",
          `-v ${PATHS.mount}/postgres:/var/lib/postgresql/data`,
          `-v ${SECRETS.postgres}:/run/secrets/postgres.password:ro`,
          "-e POSTGRES_PASSWORD_FILE=/run/secrets/postgres.password",
          "-e PGDATA=/var/lib/postgresql/data/pgdata",
          "--shm-size=256m",
        ].join(" "),
        monitor_port: SERVICE_PORTS.postgres,
        monitor_cmd: "pg_isready -q -h 127.0.0.1",
        // postgres: SIGINT is the fast shutdown, SIGTERM waits for clients to leave.
        stop_signal: "SIGINT",
      }),
    );
  }
  if (redis) {
    specs.push(
      container(config, IDS.redis, redis.image, "redis", {
        run_opts: `--network=host -v ${PATHS.mount}/redis:/data -v ${SECRETS.redis}:/run/secrets/redis.conf:ro`,
        run_cmd:
          "redis-server /run/secrets/redis.conf --bind 0.0.0.0 --dir /data --appendonly yes --appendfsync always",
        monitor_port: SERVICE_PORTS.redis,
        monitor_send: "PING\\r\\n",
        // Nobody logs in to ask whether it lives; that it demands the password is an answer.
        monitor_expect: "NOAUTH",
      }),
    );
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
    operations: [
      { name: "start", timeout: 90 },
      { name: "stop", timeout: 60 },
      { name: "monitor", interval: 10, timeout: 20 },
    ],
  };
}
