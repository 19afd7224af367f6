import assert from "node:assert/strict";
import { assertExit } from "../kit/exit.ts";
import { activeHost, on, waitUntilHealthy } from "../kit/pair.ts";
import { pairOptions, type Result, skyha } from "../kit/product.ts";
import type { Scenario, World } from "../kit/story.ts";

/*
 * Backups of a pair installed by the seed's words: PostgreSQL, Redis, beanstalkd and the shared directory.
 */

const other = (host: string): "db1" | "db2" => (host === "db1" ? "db2" : "db1");

async function sql({ lab, engine }: World, statement: string): Promise<string> {
  const host = await activeHost(lab);
  return (await on(lab, host, `${engine} exec -i postgres psql -U postgres -At -c "${statement}"`)).trim();
}

async function redis({ lab, engine }: World, words: string): Promise<string> {
  const host = await activeHost(lab);
  const inner = `read -r word; REDISCLI_AUTH=$word redis-cli ${words}`;
  return (
    await on(lab, host, `${engine} exec -i redis sh -c '${inner}' < /etc/skyha/secrets/redis.password`)
  ).trim();
}

/** Times at which the group's other members were started, by their engine: who was not touched has the same. */
async function startedAt({ lab, engine }: World, names: readonly string[]): Promise<string> {
  const host = await activeHost(lab);
  return on(lab, host, `${engine} inspect -f '{{.Name}} {{.State.StartedAt}}' ${names.join(" ")}`);
}

const newest = async ({ lab }: World, host: string, service: string): Promise<string> =>
  (
    await on(lab, host as "db1" | "db2", `ls -1 /data/recover/${service} | grep '^${service}\\.' | tail -1`)
  ).trim();

const command = async ({ lab }: World, ...words: string[]): Promise<Result> =>
  skyha([...words, ...pairOptions(lab, await activeHost(lab))]);

export const backsUpEverything: Scenario = {
  name: "skyha backup: every service, with checksums that hold, on both hosts; nothing was interrupted",
  async run(world) {
    const { lab } = world;
    await waitUntilHealthy(lab, await activeHost(lab));
    await sql(world, "CREATE TABLE kept AS SELECT generate_series(1, 4321) AS id");
    await redis(world, "set kept before");
    await on(lab, await activeHost(lab), "echo before > /drbd/nfsshare/exports/kept");
    const before = await startedAt(world, ["postgres", "redis", "beanstalkd"]);
    assertExit(await command(world, "backup"), 0);
    assert.equal(await startedAt(world, ["postgres", "redis", "beanstalkd"]), before);
    for (const host of ["db1", "db2"] as const) {
      for (const service of ["postgres", "redis", "beanstalkd", "nfs"]) {
        const name = await newest(world, host, service);
        await on(lab, host, `cd /data/recover/${service}/${name} && sha256sum -c --strict SHA256SUMS`);
      }
      const rights = await on(
        lab,
        host,
        "stat -c %a /data/recover/postgres /data/recover/postgres/*/base.tar.gz",
      );
      assert.match(rights, /^700\n600\s*$/);
    }
    assert.equal(await sql(world, "SELECT count(*) FROM pg_replication_slots"), "0");
    const shown = await command(world, "backup", "list", "--json");
    assert.match(shown.stdout, /"service":"postgres".*"hosts":\["db1","db2"\]/);
    assertExit(await command(world, "backup", "verify"), 0);
    assert.match((await command(world, "history")).stdout, /back up postgres/);
  },
};

export const testsBackups: Scenario = {
  name: "skyha restore --test: what is in the backups, on the waiting host; nothing is left of it there",
  async run(world) {
    const { lab, engine } = world;
    const waiting = other(await activeHost(lab));
    const tested = await command(world, "restore", "postgres", "--test");
    assertExit(tested, 0);
    assert.match(tested.stdout, new RegExp(`${waiting}: postgres: postgres: \\d+ tables, about \\d+ rows`));
    const keys = await command(world, "restore", "redis", "--test");
    assertExit(keys, 0);
    assert.match(keys.stdout, /db0: \d+ keys/);
    assert.equal((await on(lab, waiting, `${engine} ps -aq --filter label=skyha.trial`)).trim(), "");
    assert.equal((await on(lab, waiting, "find /data/recover -name '.test-*'")).trim(), "");
  },
};

export const restoresBackups: Scenario = {
  name: "skyha restore: lost rows and keys are back, the others ran on, the old data are kept, and --undo goes back",
  async run(world) {
    const { lab } = world;
    await sql(world, "DROP TABLE kept");
    const before = await startedAt(world, ["redis", "beanstalkd"]);
    const refused = await command(world, "restore", "postgres", "--confirm", "redis");
    assertExit(refused, 10);
    const restored = await command(world, "restore", "postgres", "--confirm", "postgres");
    assertExit(restored, 0);
    assert.equal(await sql(world, "SELECT count(*) FROM kept"), "4321");
    assert.equal(await startedAt(world, ["redis", "beanstalkd"]), before);
    await waitUntilHealthy(lab, await activeHost(lab));

    const [, stamp = ""] = /--undo (\d{8}T\d{6})/.exec(restored.stdout) ?? [];
    assertExit(await command(world, "restore", "postgres", "--undo", stamp, "--confirm", "postgres"), 0);
    assert.equal(await sql(world, "SELECT to_regclass('kept') IS NULL"), "t");

    await redis(world, "set kept after");
    assertExit(await command(world, "restore", "redis", "--confirm", "redis"), 0);
    // With appendonly on a snapshot alone would be an empty server.
    assert.equal(await redis(world, "get kept"), "before");

    assertExit(await command(world, "restore", "nfs"), 0);
    const host = await activeHost(lab);
    assert.equal((await on(lab, host, "cat /drbd/nfsshare/exports.restore-*/kept")).trim(), "before");
    await waitUntilHealthy(lab, host);
  },
};

export const backsUpByTimer: Scenario = {
  name: "skyha backup enable: the timer's command makes backups on the host with the services alone",
  async run(world) {
    const { lab } = world;
    const active = await activeHost(lab);
    assertExit(await command(world, "backup", "enable", "--at", "03:15", "--keep", "2"), 0);
    for (const host of ["db1", "db2"] as const)
      assert.match(await on(lab, host, "systemctl list-timers --all skyha-backup.timer"), /03:15:00/);
    const before = await newest(world, active, "redis");
    await on(lab, other(active), "systemctl start skyha-backup.service", 300_000);
    assert.equal(await newest(world, active, "redis"), before);
    for (let count = 0; count < 2; count++)
      await on(lab, active, "systemctl start skyha-backup.service", 600_000);
    assert.notEqual(await newest(world, active, "redis"), before);
    for (const host of ["db1", "db2"] as const) {
      const kept = await on(lab, host, "ls -1 /data/recover/redis | grep -c '^redis\\.'");
      assert.equal(kept.trim(), "2");
    }
    assertExit(await command(world, "backup", "disable"), 0);
    const left = await lab.ssh(active, "systemctl is-enabled skyha-backup.timer", { timeoutMs: 60_000 });
    assert.notEqual(left.code, 0);
  },
};
