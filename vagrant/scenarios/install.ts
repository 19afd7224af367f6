import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import { assertExit } from "../kit/exit.ts";
import { activeHost, on } from "../kit/pair.ts";
import {
  EXECUTABLE,
  IMAGE,
  jsonLines,
  OPERATOR,
  pairOptions,
  seedWords,
  skyha,
  vipOf,
  yamlFile,
} from "../kit/product.ts";
import type { Scenario } from "../kit/story.ts";
import { type Lab, labImage } from "../src/lab.ts";

export const installFromWords: Scenario = {
  name: "installs a pair from bare hosts with the original's command line",
  async run({ lab, engine }) {
    const result = await skyha(["install", ...seedWords(lab, engine)]);
    assertExit(result, 0);
    await assertBuilt(lab);
    await assertFenced(lab);
    await assertNoSecrets(lab, result.stdout + result.stderr);
    await assertSealed(lab);
  },
};

/** An empty directory is refused from now on, and telling the cluster so has restarted nothing. */
async function assertSealed(lab: Lab): Promise<void> {
  const cib = await on(lab, "db1", "cibadmin --query");
  assert.match(cib, /id="postgres-instance_attributes-initialize" name="initialize" value="no"/);
  const results =
    "journalctl --no-pager -b -u pacemaker | grep -E 'Result of [a-z-]+ operation for postgres on'";
  const said = await on(lab, await activeHost(lab), results);
  assert.match(said.split("reload-agent").at(-1) ?? "", /^ operation for postgres on \w+: ok/, said);
  assert.doesNotMatch(said.split("reload-agent").at(-1) ?? "", /Result of (start|stop)/, said);
}

export const installsNothingTwice: Scenario = {
  name: "the second run of the same command changes nothing and keeps the data",
  run: ({ lab, engine }) => assertNothingToDo(lab, seedWords(lab, engine)),
};

export const installsNothingTwiceFromYaml: Scenario = {
  name: "from a third machine the same file means nothing to do",
  run: async ({ lab, engine }) => assertNothingToDo(lab, ["-f", await yamlFile(lab, engine, YAML_SERVICES)]),
};

/** What `adduser` and a line in sudoers make of a person who may administer a host. */
export const createOperators: Scenario = {
  name: "both hosts have a user who logs in with a key and becomes root by sudo without a password",
  async run({ lab }) {
    for (const host of ["db1", "db2"]) {
      const home = `/home/${OPERATOR}`;
      await on(lab, host, `useradd --create-home --shell /bin/bash ${OPERATOR}`);
      await on(lab, host, `install -d -o ${OPERATOR} -m 700 ${home}/.ssh`);
      await on(lab, host, `install -o ${OPERATOR} -m 600 /root/.ssh/authorized_keys ${home}/.ssh/`);
      await on(lab, host, `echo '${OPERATOR} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/${OPERATOR}`);
    }
  },
};

const YAML_SERVICES = ["postgres", "beanstalkd"] as const;

/** Copies executable, file, key and images to db1 and installs from there. */
export const installFromHost: Scenario = {
  name: "installs from one of the hosts with a YAML file",
  async run({ lab, engine }) {
    const yaml = readFileSync(await yamlFile(lab, engine, YAML_SERVICES), "utf8");
    const files = [
      lab.sshKeyFile,
      lab.knownHostsFile,
      ...["db1", "db2"].map((name) => lab.host(name).bmc?.passwordFile ?? ""),
    ];
    const images = await Promise.all(YAML_SERVICES.map((name) => labImage(name, lab.prefix)));
    let moved = yaml;
    await on(lab, "db1", "mkdir -p /root/from && chmod 700 /root/from");
    for (const [index, path] of [...files, ...images].entries()) {
      const target = `/root/from/${index}-${basename(path)}`;
      await copy(lab, path, target);
      moved = moved.replaceAll(path, target);
    }
    await copy(lab, EXECUTABLE, "/root/from/skyha");
    const written = await lab.ssh("db1", "cat > /root/from/skyha.yaml", { stdin: moved });
    assertExit(written, 0);
    const result = await lab.ssh(
      "db1",
      "cd /root/from && chmod 700 skyha && ./skyha install -f skyha.yaml 2>&1",
      { timeoutMs: 15 * 60_000 },
    );
    assertExit(result, 0);
    await assertBuilt(lab);
    await assertFenced(lab);
  },
};

const QUEUE = {
  name: "queue",
  image: IMAGE.beanstalkd,
  port: 11301,
  data: "/data",
  owner: "999:999",
  command: "beanstalkd -b /data -f 0 -p 11301",
};

/** Rows of another server and another container, by the file alone. */
export const addsServices: Scenario = {
  name: "services added to the file come beside what runs, which is not touched",
  async run({ lab, engine }) {
    const active = await activeHost(lab);
    const inside = (name: string, command: string) => on(lab, active, `${engine} exec ${name} ${command}`);
    const ids = () => on(lab, active, `${engine} inspect -f '{{.Id}}' postgres beanstalkd`);
    const before = await ids();
    const nfsSince = () => on(lab, active, "systemctl show -P ActiveEnterTimestampMonotonic nfs-server");
    const nfsBefore = await nfsSince();

    const words = ["-f", await yamlFile(lab, engine, [...YAML_SERVICES, "mariadb", "valkey"], [QUEUE])];
    const result = await skyha(["install", ...words]);
    assertExit(result, 0);
    assert.equal(await ids(), before);
    assert.equal(await nfsSince(), nfsBefore);
    assert.equal((await on(lab, active, "stat -c '%u %a' /drbd/queue")).trim(), "999 700");
    await inside("mariadb", `${await mariadb(lab)} -e "create database d; create table d.t (v text)"`);
    await inside("mariadb", `${await mariadb(lab)} -e "insert into d.t values ('kept')"`);
    assert.equal((await inside("valkey", `${await valkey(lab)} set kept yes`)).trim(), "OK");
    const shown = await skyha(["show", "--json", ...pairOptions(lab, "db1")]);
    const { services } = z
      .object({ services: z.array(z.object({ name: z.string(), state: z.string() })) })
      .parse(JSON.parse(shown.stdout));
    assert.deepEqual(services.map(({ name, state }) => `${name} ${state}`).sort(), [
      "beanstalkd yes",
      "mariadb yes",
      "nfs yes",
      "postgres yes",
      "queue yes",
      "valkey yes",
    ]);
    const again = await skyha(["plan", ...words]);
    assertExit(again, 0);
  },
};

/** The same with pcs, on hosts that have none yet. */
export const installWithPcs: Scenario = {
  name: "installs pcs for those who ask for it; the hosts know each other",
  async run({ lab, engine }) {
    const words = [...seedWords(lab, engine), "pcs=yes"];
    const result = await skyha(["install", ...words]);
    assertExit(result, 0);
    assert.match(await on(lab, "db1", "pcs status pcsd"), /db2: Online/);
    await assertNothingToDo(lab, words);
  },
};

/** After the host that had them has lost its power. */
export const keepsAddedServices: Scenario = {
  name: "what MariaDB and Valkey had acknowledged is on the other host",
  async run({ lab, engine }) {
    const inside = async (name: string, command: string) =>
      (await on(lab, await activeHost(lab), `${engine} exec ${name} ${command}`)).trim();
    assert.equal(await inside("mariadb", `${await mariadb(lab)} -Ne "select v from d.t"`), "kept");
    assert.equal(await inside("valkey", `${await valkey(lab)} get kept`), "yes");
  },
};

/** The one in the middle of those that were added: what comes after it in the group must not notice. */
export const removesService: Scenario = {
  name: "a service taken out of the file is stopped and gone, its data stays, what runs beside it is not touched",
  async run({ lab, engine }) {
    const active = await activeHost(lab);
    const others = () => on(lab, active, `${engine} inspect -f '{{.Id}}' postgres beanstalkd valkey queue`);
    const before = await others();
    const words = ["-f", await yamlFile(lab, engine, [...YAML_SERVICES, "valkey"], [QUEUE])];
    const planned = await skyha(["plan", ...words]);
    assertExit(planned, 10);
    assert.match(planned.stdout, /stop mariadb/);
    const unconfirmed = await skyha(["install", ...words]);
    assertExit(unconfirmed, 10);
    assert.match(
      unconfirmed.stderr,
      /nothing was done, because services that run would be interrupted: stop mariadb/,
    );
    const result = await skyha(["install", "--yes", ...words]);
    assertExit(result, 0);
    assert.equal(await others(), before);
    assert.equal(await on(lab, active, `${engine} ps -aq --filter name=mariadb`), "");
    await on(lab, active, "test -s /drbd/mariadb/ibdata1");
    assert.doesNotMatch(await on(lab, active, "crm_mon -1 --inactive"), /mariadb/);
    const again = await skyha(["plan", ...words]);
    assertExit(again, 0);
  },
};

const secret = async (lab: Lab, name: string) =>
  (await on(lab, "db1", `cat /etc/skyha/secrets/${name}.password || true`)).trim();
const mariadb = async (lab: Lab) => `mariadb -p${await secret(lab, "mariadb")}`;
const valkey = async (lab: Lab) => `valkey-cli --no-auth-warning -a ${await secret(lab, "valkey")}`;

async function copy(lab: Lab, from: string, to: string): Promise<void> {
  const result = await lab.ssh("db1", `cat > ${to} && chmod 600 ${to}`, {
    stdinFile: from,
    timeoutMs: 120_000,
  });
  assertExit(result, 0);
}

async function assertNothingToDo(lab: Lab, words: readonly string[]): Promise<void> {
  const active = await activeHost(lab);
  await on(lab, active, "echo kept > /drbd/nfsshare/exports/scenario-file");
  const planned = await skyha(["plan", ...words]);
  assertExit(planned, 0);
  const result = await skyha(["install", "--json", ...words]);
  assertExit(result, 0);
  assert.equal(jsonLines(result).find((line) => line["type"] === "result")?.["changes"], 0);
  assert.equal((await on(lab, active, "cat /drbd/nfsshare/exports/scenario-file")).trim(), "kept");
}

/** What design §5 lists, looked at on the hosts with their own tools. */
async function assertBuilt(lab: Lab): Promise<void> {
  const status = await on(lab, "db1", "crm_mon -1 --output-as=xml --inactive");
  assert.match(status, /stonith-enabled="true"/);
  assert.doesNotMatch(status, /active="false"/);
  assert.match(await on(lab, "db1", "cat /proc/drbd"), /cs:Connected .* ds:UpToDate\/UpToDate C/);
  assert.match(
    await on(lab, "db1", "drbdsetup show skydata 2>/dev/null || drbdadm dump skydata"),
    /resource-and-stonith/,
  );
  for (const host of ["db1", "db2"]) {
    for (const unit of ["corosync", "pacemaker"])
      assert.equal((await on(lab, host, `systemctl is-enabled ${unit}`)).trim(), "enabled");
    assert.match(await on(lab, host, "corosync-cfgtool -s"), /LINK ID 1/);
    assert.match(await on(lab, host, "skyha --version"), /^\d+\.\d+\.\d+/);
  }
  const active = await activeHost(lab);
  assert.match(await on(lab, active, "cat /drbd/.skyha-volume"), /replicated volume/);
  const vip = vipOf(lab);
  await on(
    lab,
    "arbiter",
    `mkdir -p /mnt/t && mount -t nfs4 ${vip}:/drbd/nfsshare/exports /mnt/t && echo x > /mnt/t/from-outside && umount /mnt/t`,
  );
}

/** The BMC's own log shows a power-off, by the BMC and not by the lab. */
async function assertFenced(lab: Lab): Promise<void> {
  const offs = lab.powerEvents().filter((event) => event.action === "off" && event.via === "bmc");
  assert.ok(offs.length >= 1, "no BMC was told to power a host off");
}

async function assertNoSecrets(lab: Lab, output: string): Promise<void> {
  const bmc = ["db1", "db2"].map((name) =>
    readFileSync(lab.host(name).bmc?.passwordFile ?? "", "utf8").trim(),
  );
  const postgres = (await on(lab, "db1", "cat /etc/skyha/secrets/postgres.password")).trim();
  const places = [
    output,
    await on(lab, "db1", "cibadmin --query"),
    await on(lab, "db1", "journalctl --no-pager -b"),
  ];
  for (const secret of [...bmc, postgres]) {
    assert.ok(secret.length >= 8);
    for (const place of places) assert.ok(!place.includes(secret), "a secret is where it must not be");
  }
  const modes = await on(lab, "db1", "stat -c %a /etc/skyha/secrets/*.password");
  assert.deepEqual([...new Set(modes.trim().split("\n"))], ["600"]);
}
