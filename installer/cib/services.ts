import type { Config } from "../config/schema.ts";
import { IDS, PATHS, SECRETS, SERVICE_PORTS } from "../names.ts";
import type { PrimitiveSpec, Values } from "./build.ts";

/**
 * PostgreSQL frontend/backend protocol 3.0, StartupMessage of user and database "postgres". A server that accepts
 * connections asks for the password; one that still recovers answers with an error instead.
 */
const STARTUP_MESSAGE =
  "\\x00\\x00\\x00\\x29\\x00\\x03\\x00\\x00user\\x00postgres\\x00database\\x00postgres\\x00\\x00";

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
        // By the VIP, because the images trust 127.0.0.1 without any question.
        monitor_host: config.vip.address,
        monitor_port: SERVICE_PORTS.postgres,
        monitor_send: STARTUP_MESSAGE,
        monitor_expect: "SCRAM-SHA-256",
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
