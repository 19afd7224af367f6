import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bench, createBench, type Ended } from "../testing/bench.ts";
import { type FakeDocker, startFakeDocker } from "../testing/fake-docker.ts";
import { type FakeServer, startFakeServer } from "./fake-server.ts";

/** A host with a fake docker, a mounted volume with a database on it, and a fake server that answers. */
export interface PostgresBench {
  readonly bench: Bench;
  readonly docker: FakeDocker;
  readonly server: FakeServer;
  /** The mounted volume, with its sentinel. */
  readonly volume: string;
  /** data_directory: on the volume, the parent of PGDATA. */
  readonly data: string;
  readonly pgdata: string;
  readonly passwordFile: string;
  /** Calls an action with everything a service needs. */
  act(action: string, parameters?: Record<string, string>, env?: Record<string, string>): Promise<Ended>;
  clean(): Promise<void>;
}

export const PASSWORD = "correct horse battery";

export async function createPostgresBench(): Promise<PostgresBench> {
  const bench = createBench("pg", { agent: "postgres" });
  const docker = await startFakeDocker(join(bench.directory, "docker.sock"));
  const server = await startFakeServer();
  const volume = join(bench.directory, "drbd");
  const data = join(volume, "postgres");
  const pgdata = join(data, "pgdata");
  const passwordFile = join(bench.directory, "password");
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  makeDatabase(pgdata);
  writeFileSync(join(volume, ".skyha-volume"), "");
  bench.mounts(["/", volume]);
  return {
    bench,
    docker,
    server,
    volume,
    data,
    pgdata,
    passwordFile,
    act: (action, parameters = {}, env = {}) =>
      bench.act(
        action,
        {
          image: "img:1",
          engine_host: docker.socket,
          data_directory: data,
          mount_check: volume,
          port: String(server.port),
          ...parameters,
        },
        { OCF_RESKEY_CRM_meta_timeout: "3000", ...env },
      ),
    async clean() {
      await server.close();
      await docker.kill();
      bench.clean();
    },
  };
}

export const DB_SHUTDOWNED = 1;
export const DB_IN_PRODUCTION = 6;

/** As much of a data directory as the agent looks at. */
export function makeDatabase(pgdata: string, version = "17"): void {
  mkdirSync(join(pgdata, "global"), { recursive: true });
  writeFileSync(join(pgdata, "PG_VERSION"), `${version}\n`);
  writeControl(pgdata, DB_SHUTDOWNED);
}

export function writeControl(pgdata: string, state: number): void {
  const control = Buffer.alloc(8192);
  control.writeUInt32LE(state, 16);
  writeFileSync(join(pgdata, "global/pg_control"), control);
}
