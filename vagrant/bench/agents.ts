import { dirname } from "node:path";
import { quoteArgv } from "../../core/quote.ts";
import type { Resource } from "../kit/agent.ts";
import { on } from "../kit/pair.ts";
import { IMAGE } from "../kit/product.ts";
import {
  BEANSTALKD,
  BEANSTALKD_QUESTION,
  type Bench,
  benches,
  PASSWORD,
  SECRETS,
  VOLUME,
} from "../scenarios/agents/bench.ts";
import { connectDrbd, drbdParameters } from "../scenarios/agents/drbd.ts";
import type { Lab } from "../src/lab.ts";
import { type Comparison, theirCall } from "./measure.ts";

/** Our agents and their peers on the same running resources. Each function starts what both are asked about. */

const APT = "DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 apt-get -q -y install --no-install-recommends";

export async function installPeers({ run }: Bench): Promise<void> {
  await run(`${APT} resource-agents strace postgresql-client mariadb-client redis-tools`, 600_000);
}

/** Theirs looks at the container's state in both; ours asks the server too in the second. */
export async function container(bench: Bench): Promise<Comparison[]> {
  const { engine } = bench;
  const answer = { ...BEANSTALKD, ...BEANSTALKD_QUESTION };
  await start(bench.make("container", "bs", answer));
  const theirs = theirCall(`heartbeat/${engine}`, "bs", {
    name: "bs",
    image: IMAGE.beanstalkd,
    reuse: "true",
  });
  const ours = (parameters: Readonly<Record<string, string>>) =>
    bench.make("container", "bs", parameters).argv("monitor");
  return [
    { what: `${engine}: the container's state`, ours: ours(BEANSTALKD), theirs },
    { what: `${engine}: and the server's answer`, ours: ours(answer), theirs },
  ];
}

/** Programs of the servers that their agents insist on but never start for a monitor. */
const UNUSED = "/bin/true";
const common = { mount_check: VOLUME, initialize: "yes", password_file: `${SECRETS}/password` };

export async function postgres(bench: Bench): Promise<Comparison[]> {
  const ours = bench.make("postgres", "pg", {
    ...common,
    image: IMAGE.postgres,
    data_directory: `${VOLUME}/pg`,
    // Their agent looks for the process of postmaster.pid on the host.
    run_opts: "--pid=host",
  });
  await start(ours);
  await serverUser(bench, "postgres", `${VOLUME}/pg`);
  const version = await bench.run(`find ${VOLUME}/pg -maxdepth 2 -name PG_VERSION`);
  const pgdata = dirname(version.trim());
  const theirs = theirCall("heartbeat/pgsql", "pg", {
    ...{
      pgctl: UNUSED,
      psql: "/usr/bin/psql",
      pgdata,
      config: `${pgdata}/postgresql.conf`,
    },
    ...{ pghost: "127.0.0.1", socketdir: "", monitor_user: "postgres", monitor_password: PASSWORD },
  });
  return [{ what: "PostgreSQL", ours: ours.argv("monitor"), theirs }];
}

export async function redis(bench: Bench): Promise<Comparison[]> {
  const { run } = bench;
  const runtime = "/run/bench-redis";
  await run(`install -d -m 777 ${runtime}`);
  await run(
    `printf 'requirepass ${PASSWORD}\\nunixsocket ${runtime}/redis.sock\\nunixsocketperm 777\\n' > ${SECRETS}/bench.conf`,
  );
  const ours = bench.make("redis", "redis", {
    ...common,
    image: IMAGE.redis,
    data_directory: `${VOLUME}/redis`,
    config_file: `${SECRETS}/bench.conf`,
    run_opts: `-v ${runtime}:${runtime}`,
  });
  await start(ours);
  const pid = (await bench.container("redis"))?.pid;
  await serverUser(bench, "redis", `${VOLUME}/redis`);
  // Theirs looks for a process with the name of the server's program.
  const program = `/usr/local/bin/${(await run(`cat /proc/${pid}/comm`)).trim()}`;
  await run(`echo ${pid} > ${runtime}/redis.pid; ln -sf ${UNUSED} ${program}`);
  const theirs = theirCall("heartbeat/redis", "redis", {
    ...{ bin: program, client_bin: "/usr/bin/redis-cli", config: `${SECRETS}/bench.conf` },
    ...{ rundir: runtime, pidfile_name: "redis.pid", socket_name: "redis.sock", user: "redis" },
  });
  return [{ what: "Redis", ours: ours.argv("monitor"), theirs }];
}

/** Theirs counts the rows of a table at level 10; ours asks whether the server answers and may write. */
export async function mysql(bench: Bench): Promise<Comparison[]> {
  const { run } = bench;
  const runtime = "/run/bench-mysqld";
  await run(`install -d -m 777 ${runtime}`);
  const ours = bench.make("mysql", "maria", {
    ...common,
    image: IMAGE.mariadb,
    data_directory: `${VOLUME}/maria`,
    run_opts: `-v ${runtime}:/run/mysqld`,
  });
  await start(ours);
  await serverUser(bench, "mysql", `${VOLUME}/maria`);
  const pid = (await bench.container("maria"))?.pid;
  await run(`echo ${pid} > /run/bench-mysqld.pid; touch /run/bench-my.cnf`);
  const socket = (await run(`find ${runtime} ${VOLUME}/maria -name '*.sock' -type s | head -1`)).trim();
  const theirs = theirCall("heartbeat/mysql", "maria", {
    ...{ binary: UNUSED, client_binary: "/usr/bin/mariadb", config: "/run/bench-my.cnf", socket },
    ...{ datadir: `${VOLUME}/maria`, user: "mysql", group: "mysql", pid: "/run/bench-mysqld.pid" },
    ...{ test_user: "root", test_passwd: PASSWORD, test_table: "mysql.user" },
  });
  return [{ what: "MariaDB", ours: ours.argv("monitor"), theirs }];
}

const COROSYNC = (address: string) => `totem {
  version: 2
  cluster_name: bench
  transport: knet
}
nodelist {
  node {
    ring0_addr: ${address}
    name: db2
    nodeid: 1
  }
}
quorum {
  provider: corosync_votequorum
}
`;

/** A secondary whose peer is connected. Theirs tells the cluster its score each time, so there is one, of one node. */
export async function drbd(lab: Lab): Promise<Comparison[]> {
  const host = "db2";
  await connectDrbd(lab);
  const written = await lab.ssh(host, "cat > /etc/corosync/corosync.conf", {
    stdin: COROSYNC(lab.host(host).addresses[0]),
  });
  if (written.code !== 0) throw new Error(written.stderr);
  await on(lab, host, "systemctl start corosync pacemaker", 120_000);
  // The cluster takes attributes some time after its unit has started.
  const told = "crm_attribute --node db2 --name up --lifetime reboot --update 1";
  await on(lab, host, `timeout 100 sh -c 'until ${told}; do sleep 2; done'`, 120_000);
  const ours = benches(lab)[1].make("drbd", "drbd:0", drbdParameters);
  const theirs = theirCall("linbit/drbd", "drbd:0", {
    drbd_resource: drbdParameters.drbd_resource,
    ...{ CRM_meta_clone_max: "2", CRM_meta_clone_node_max: "1", CRM_meta_master_max: "1" },
    ...{ CRM_meta_notify: "true", CRM_meta_role: "Unpromoted" },
  });
  return [{ what: "DRBD", ours: ours.argv("monitor"), theirs }];
}

/** What a command line, pcs and the cluster ask each agent for. */
export function metaData(bench: Bench): Comparison {
  const ours = bench.make("container", "bs", {}).argv("meta-data");
  return { what: "meta-data", ours, theirs: theirCall(`heartbeat/${bench.engine}`, "bs", {}, "meta-data") };
}

async function start(resource: Resource): Promise<void> {
  const started = await resource.act("start", { timeout: 120 });
  if (started.code !== 0) throw new Error(`${resource.name}: ${started.reason || started.stderr}`);
}

/** Their agents want the server's user on the host; in a container it is known there only. */
async function serverUser({ run }: Bench, name: string, directory: string): Promise<void> {
  const make = `useradd --non-unique --uid $(stat -c %u ${directory}) --user-group --shell /bin/sh ${name}`;
  await run(`getent passwd ${name} || ${quoteArgv(["sh", "-c", make])}`);
}
