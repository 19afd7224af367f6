import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Resource } from "../../kit/agent.ts";
import { IMAGE } from "../../kit/product.ts";
import type { Scenario } from "../../kit/story.ts";
import { type Bench, onBoth, PASSWORD, SECRETS, VOLUME } from "./bench.ts";
import { expectCode, isAlive, started, stopped } from "./container.ts";

/** The agents of the database servers against real servers. */
interface Server {
  readonly title: string;
  readonly make: (bench: Bench) => Resource;
  readonly directory: string;
  /** Writes one record; the server has acknowledged it when the command ends. */
  readonly write: (value: string) => string;
  readonly read: string;
}

const ownAddress = ({ lab, host }: Bench) => lab.host(host).addresses[0];
export const common = { mount_check: VOLUME, initialize: "yes", password_file: `${SECRETS}/password` };

const SERVERS: readonly Server[] = [
  {
    title: "PostgreSQL",
    directory: "pg",
    make: (bench) =>
      bench.make("postgres", "pg", {
        ...common,
        image: IMAGE.postgres,
        data_directory: `${VOLUME}/pg`,
        // The image trusts 127.0.0.1 without a password.
        monitor_host: ownAddress(bench),
      }),
    write: (value) =>
      `psql -qU postgres -c "create table if not exists t (v text)" -c "insert into t values ('${value}')"`,
    read: 'psql -AtU postgres -c "select v from t"',
  },
  {
    title: "Redis",
    directory: "redis",
    make: (bench) =>
      bench.make("redis", "redis", {
        ...common,
        image: IMAGE.redis,
        data_directory: `${VOLUME}/redis`,
        appendfsync: "always",
      }),
    write: (value) => `redis-cli --no-auth-warning -a ${PASSWORD} rpush t ${value}`,
    read: `redis-cli --no-auth-warning -a ${PASSWORD} lrange t 0 -1`,
  },
  {
    title: "MariaDB",
    directory: "maria",
    make: (bench) =>
      bench.make("mysql", "maria", {
        ...common,
        image: IMAGE.mariadb,
        data_directory: `${VOLUME}/maria`,
      }),
    write: (value) =>
      `mariadb -p${PASSWORD} -e "create database if not exists d; create table if not exists d.t (v text); insert into d.t values ('${value}')"`,
    read: `mariadb -p${PASSWORD} -Ne "select v from d.t"`,
  },
];

function scenariosOf(server: Server): Scenario[] {
  const { title, make, directory } = server;
  const inside = (bench: Bench, command: string) =>
    bench.run(`${bench.engine} exec ${make(bench).name} ${command}`);
  const values = async (bench: Bench) => (await inside(bench, server.read)).trim().split("\n");

  const refusesEmpty = onBoth(
    `${title} is not made anew in an empty directory unless allowed`,
    async (bench) => {
      const ended = await make(bench).act("start", { parameters: { initialize: "no" } });
      assert.notEqual(ended.code, 0);
      assert.match(ended.reason, /initialize/);
      assert.equal((await bench.run(`ls -A ${VOLUME}/${directory}`)).trim(), "");
    },
  );

  const lives = onBoth(
    `${title} starts, serves at every level, and stops cleanly, twice each`,
    async (bench) => {
      const resource = make(bench);
      await expectCode(resource, 7, "monitor", { interval: 0 });
      const first = await started(bench, resource);
      assert.deepEqual(await started(bench, resource), first);
      for (const level of [0, 10, 20] as const) await expectCode(resource, 0, "monitor", { level });
      await inside(bench, server.write("one"));
      await stopped(bench, resource);
      await expectCode(resource, 0, "stop");
      // With initialize still on: what is there is not made anew.
      await started(bench, resource);
      assert.deepEqual(await values(bench), ["one"]);
    },
  );

  const crashes = onBoth(
    `${title} killed with -9 is not running; what it acknowledged is there again`,
    async (bench) => {
      const resource = make(bench);
      const { pid } = await started(bench, resource);
      await inside(bench, server.write("two"));
      await bench.run(`kill -9 ${pid}`);
      await sleep(3000);
      await expectCode(resource, 7, "monitor");
      await started(bench, resource);
      assert.deepEqual(await values(bench), ["one", "two"]);
      await expectCode(resource, 0, "monitor", { level: 20 });
    },
  );

  const hangs = onBoth(
    `${title} that hangs (SIGSTOP) fails before the time-out, and works on after SIGCONT`,
    async (bench) => {
      const resource = make(bench);
      const { pid } = await started(bench, resource);
      await bench.run(`kill -STOP ${pid}`);
      await expectCode(resource, 1, "monitor", { timeout: 10 });
      await bench.run(`kill -CONT ${pid}`);
      await expectCode(resource, 0, "monitor");
    },
  );

  const wrongPassword = onBoth(
    `${title} that refuses the agent's password is told from one that is down`,
    async (bench) => {
      const resource = make(bench);
      await started(bench, resource);
      await bench.run(`umask 077; printf nonsense > ${SECRETS}/wrong`);
      const parameters = { password_file: `${SECRETS}/wrong` };
      const ended = await expectCode(resource, 190, "monitor", { parameters });
      assert.match(ended.reason, /password/i);
      assert.ok(!`${ended.reason}${ended.stderr}`.includes("nonsense"));
    },
  );

  const diskFull = onBoth(
    `${title} on a full disk: level 20 finds it, and room makes it well again`,
    async (bench) => {
      const resource = make(bench);
      await started(bench, resource);
      await bench.run(`dd if=/dev/zero of=${VOLUME}/fill bs=1M 2>/dev/null; sync; test -s ${VOLUME}/fill`);
      try {
        const ended = await resource.act("monitor", { level: 20, timeout: 30 });
        // A refused write is a failure; a server that lives on what it has in stock is degraded.
        assert.ok([1, 190].includes(ended.code), `code ${ended.code}`);
        assert.match(ended.reason, /space|full|write/i);
      } finally {
        await bench.run(`rm -f ${VOLUME}/fill`);
      }
      await sleep(1000);
      await expectCode(resource, 0, "start", { timeout: 120 });
      await expectCode(resource, 0, "monitor", { level: 20 });
    },
  );

  const secrets = onBoth(`${title}'s password is in no command line, log or label`, async (bench) => {
    const resource = make(bench);
    await stopped(bench, resource);
    const watch = "while [ -e /run/watch ]; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; done";
    await bench.run(`touch /run/watch; (${watch}) > /run/cmdlines 2>/dev/null < /dev/null &`);
    await started(bench, resource);
    await expectCode(resource, 0, "monitor", { level: 20 });
    await bench.run("rm /run/watch; sleep 1");
    const seen = await bench.run("cat /run/cmdlines");
    assert.ok(seen.includes("resource.d/skyha"), "nothing was watched");
    for (const [place, text] of [
      ["a command line", seen],
      ["the journal", await bench.run("journalctl --no-pager -b")],
      ["the container", await bench.run(`${bench.engine} inspect ${resource.name}`)],
    ] as const) {
      assert.ok(!text.includes(PASSWORD), `the password is in ${place}`);
    }
  });

  const held = onBoth(`${title} stops and lets go of the volume`, async (bench) => {
    const resource = make(bench);
    const { pid } = await started(bench, resource);
    await stopped(bench, resource);
    assert.equal(await isAlive(bench, pid), false);
    await bench.run(`umount ${VOLUME} && mount -o loop /data/vol.img ${VOLUME}`);
  });

  return [refusesEmpty, lives, crashes, hangs, wrongPassword, diskFull, secrets, held];
}

export const databaseStates: readonly Scenario[] = SERVERS.flatMap(scenariosOf);
