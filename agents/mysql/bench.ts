import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bench, createBench, type Ended } from "../testing/bench.ts";
import { type FakeDocker, startFakeDocker } from "../testing/fake-docker.ts";
import { type FakeMysql, startFakeMysql } from "./fake.ts";

export const SENTINEL = ".skyha-volume";
export const PASSWORD = "sw0rd'fi\\sh one";

/** A host with a docker daemon, a database in a data directory, and what answers on the server's port. */
export interface MysqlBench {
  readonly bench: Bench;
  readonly docker: FakeDocker;
  readonly mysql: FakeMysql;
  /** The mount point, and the data directory on it. */
  readonly volume: string;
  readonly data: string;
  readonly passwordFile: string;
  /** With the right password, unless another parameter says otherwise. */
  act(action: string, parameters?: Record<string, string>, env?: Record<string, string>): Promise<Ended>;
  /** Writes a file of the host; the path. */
  file(name: string, content: string): string;
  /** What the container was created from, as the daemon was told. */
  created(): Record<string, unknown>;
  clean(): Promise<void>;
}

export async function createMysqlBench(): Promise<MysqlBench> {
  const bench = createBench("db", { agent: "mysql" });
  const docker = await startFakeDocker(join(bench.directory, "docker.sock"));
  const mysql = await startFakeMysql(PASSWORD);
  const volume = join(bench.directory, "volume");
  const data = join(volume, "mysql");
  mkdirSync(join(data, "mysql"), { recursive: true });
  writeFileSync(join(data, "ibdata1"), "");
  writeFileSync(join(volume, SENTINEL), "");
  bench.mounts([volume]);
  const file = (name: string, content: string) => {
    const path = join(bench.directory, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const passwordFile = file("password", `${PASSWORD}\n`);
  return {
    bench,
    docker,
    mysql,
    volume,
    data,
    passwordFile,
    file,
    act: (action, parameters = {}, env = {}) =>
      bench.act(
        action,
        {
          image: "img:1",
          engine_host: docker.socket,
          data_directory: data,
          mount_check: volume,
          password_file: passwordFile,
          port: String(mysql.port),
          ...parameters,
        },
        env,
      ),
    created: () => docker.containers.get("db")?.body ?? {},
    async clean() {
      await mysql.close();
      await docker.kill();
      bench.clean();
    },
  };
}
