import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";
import { type Bench, createBench, type Ended } from "../testing/bench.ts";
import { type FakeDocker, startFakeDocker } from "../testing/fake-docker.ts";
import { type FakeRedis, startFakeRedis } from "./fake.ts";

export const SENTINEL = ".skyha-volume";

/** A host with a docker daemon, a data directory that is in use, and what answers on the server's port. */
export interface RedisBench {
  readonly bench: Bench;
  readonly docker: FakeDocker;
  readonly redis: FakeRedis;
  /** The mount point, and the data directory on it. */
  readonly volume: string;
  readonly data: string;
  act(action: string, parameters?: Record<string, string>, env?: Record<string, string>): Promise<Ended>;
  /** Writes a file of the host; the path. */
  file(name: string, content: string): string;
  /** What the container was created from, as the daemon was told. */
  created(): Record<string, unknown>;
  clean(): Promise<void>;
}

export async function createRedisBench(tls?: TlsOptions): Promise<RedisBench> {
  const bench = createBench("kv", { agent: "redis" });
  const docker = await startFakeDocker(join(bench.directory, "docker.sock"));
  const redis = await startFakeRedis(tls);
  const volume = join(bench.directory, "volume");
  const data = join(volume, "redis");
  mkdirSync(join(data, "appendonlydir"), { recursive: true });
  writeFileSync(join(data, "appendonlydir", "appendonly.aof.manifest"), "");
  writeFileSync(join(volume, SENTINEL), "");
  bench.mounts([volume]);
  docker.onStart = ({ body }) => {
    // As the real one, it tells which configuration it was started with.
    const [, config = ""] = Array.isArray(body["Cmd"]) ? body["Cmd"].map(String) : [];
    redis.info["config_file"] = config.startsWith("/") ? config : "";
  };
  return {
    bench,
    docker,
    redis,
    volume,
    data,
    act: (action, parameters = {}, env = {}) =>
      bench.act(
        action,
        {
          image: "img:1",
          engine_host: docker.socket,
          data_directory: data,
          mount_check: volume,
          port: String(redis.port),
          ...parameters,
        },
        env,
      ),
    file(name, content) {
      const path = join(bench.directory, name);
      writeFileSync(path, content, { mode: 0o600 });
      return path;
    },
    created: () => docker.containers.get("kv")?.body ?? {},
    async clean() {
      await redis.close();
      await docker.kill();
      bench.clean();
    },
  };
}
