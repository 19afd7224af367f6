import assert from "node:assert/strict";
import { assertExit } from "../kit/exit.ts";
import { activeHost, on, postgresPassword, waitUntilHealthy } from "../kit/pair.ts";
import { pairOptions, seedWords, skyha, vipOf } from "../kit/product.ts";
import type { Scenario, Story } from "../kit/story.ts";
import { startRowWriter } from "../kit/writer.ts";
import type { Lab } from "../src/lab.ts";
import { installFromWords } from "./install.ts";

const HOSTS = ["db1", "db2"] as const;
const EXPORTS = "/drbd/nfsshare/exports";

/** As pairOptions, for a command whose --host is a host to be reset. */
const askOptions = (lab: Lab, host: "db1" | "db2"): string[] =>
  pairOptions(lab, host).map((word) => (word === "--host" ? "--ask" : word));

/** Those of the units that start at boot; neither one that is disabled nor one that is not there. */
const AT_BOOT =
  'for u in pacemaker corosync drbd nfs-server; do [ "$(systemctl is-enabled $u 2>/dev/null)" != enabled ] || echo $u; done';

const keepsBefore: Scenario = {
  name: "before anything is installed the hosts' own files are noted",
  async run({ lab }) {
    for (const host of HOSTS) {
      await on(lab, host, "echo '# a note of the owner' >> /etc/hosts");
      await on(lab, host, "mkdir -p /root/before && cp -a /etc/hosts /root/before/");
      await on(lab, host, `${AT_BOOT} > /root/before/units`);
    }
  },
};

const BY_HAND = '<primitive id="by-hand" class="ocf" provider="heartbeat" type="Dummy"/>';

const resetsCluster: Scenario = {
  name: "reset --cluster refuses what it does not understand, takes the cluster off; the same install command brings every row back",
  async run({ lab, engine }) {
    const rows = await startRowWriter(vipOf(lab), await postgresPassword(lab));
    await rows.nextRow(20_000);
    const active = await activeHost(lab);
    await on(lab, active, `echo kept > ${EXPORTS}/from-before && sync`);
    const reset = (...words: string[]) => skyha(["reset", "--cluster", ...words, ...askOptions(lab, "db1")]);

    await on(lab, "db1", `cibadmin --create --scope resources --xml-text '${BY_HAND}'`);
    const foreign = await reset("--confirm", "skycluster");
    assertExit(foreign, 4);
    assert.match(foreign.stderr, /by-hand/);
    await on(lab, "db1", "cibadmin --delete --xpath \"//primitive[@id='by-hand']\"");
    await waitUntilHealthy(lab, "db1");
    assertExit(await skyha(["maintenance", "on", ...pairOptions(lab, "db1")]), 0);
    assertExit(await reset("--confirm", "skycluster"), 4);
    assertExit(await skyha(["maintenance", "off", ...pairOptions(lab, "db1")]), 0);
    await waitUntilHealthy(lab, "db1");

    assertExit(await reset("--dry-run"), 10);
    assertExit(await reset("--confirm", "db1"), 10);
    assert.equal(await activeHost(lab), active);
    await rows.nextRow(20_000);

    assertExit(await reset("--confirm", "skycluster"), 0);
    for (const host of HOSTS) {
      const states = await on(lab, host, "systemctl is-active pacemaker corosync || true");
      assert.deepEqual(states.trim().split("\n"), ["inactive", "inactive"]);
      await on(lab, host, `${AT_BOOT} | cmp - /root/before/units`);
      await on(lab, host, "! findmnt /drbd && test -s /data/drbd.img && test -s /etc/drbd.d/skydata.res");
      await on(
        lab,
        host,
        "! grep -s skyha /etc/corosync/corosync.conf && test ! -e /var/lib/pacemaker/cib/cib.xml",
      );
      await on(lab, host, "test ! -e /usr/lib/ocf/resource.d/skyha && cmp /etc/hosts /root/before/hosts");
    }
    assertExit(await skyha(["reset", "--cluster", ...seedWords(lab, engine)]), 0);

    assertExit(await skyha(["install", ...seedWords(lab, engine)]), 0);
    await waitUntilHealthy(lab, "db1");
    assert.equal((await on(lab, await activeHost(lab), `cat ${EXPORTS}/from-before`)).trim(), "kept");
    await rows.nextRow(60_000);
    const { acknowledged, lost } = await rows.stop();
    assert.ok(acknowledged > 0);
    assert.equal(lost, 0);
    assertExit(await skyha(["plan", ...seedWords(lab, engine)]), 0);
  },
};

const resetsHost: Scenario = {
  name: "reset --host takes everything off the passive host while the other one serves; install lets it join again",
  async run({ lab, engine }) {
    const active = await activeHost(lab);
    const passive = active === "db1" ? "db2" : "db1";
    const rows = await startRowWriter(vipOf(lab), await postgresPassword(lab));
    await rows.nextRow(20_000);
    const container = () => on(lab, active, `${engine} inspect -f '{{.Id}}' postgres`);
    const before = await container();
    const reset = (host: string) =>
      skyha(["reset", "--host", host, "--confirm", host, ...askOptions(lab, active)]);
    assertExit(await reset(active), 4);
    assertExit(await reset(passive), 0);
    await rows.nextRow(20_000);
    assert.equal(await container(), before);
    const gone = ["/etc/skyha", "/data/drbd.img", "/etc/drbd.d/skydata.res", "/usr/local/bin/skyha"];
    for (const path of gone) await on(lab, passive, `test ! -e ${path}`);
    assert.match((await skyha(["show", ...pairOptions(lab, active)])).stdout, new RegExp(passive));

    assertExit(await skyha(["install", "--yes", ...seedWords(lab, engine)]), 0);
    await waitUntilHealthy(lab, active, 600_000);
    assert.match(await on(lab, active, "cat /proc/drbd"), /cs:Connected .* ds:UpToDate\/UpToDate/);
    assert.equal(await container(), before);
    assert.equal((await rows.stop()).lost, 0);
    assertExit(await skyha(["switch", ...pairOptions(lab, active)]), 0);
    assert.equal(await activeHost(lab), passive);
    await waitUntilHealthy(lab, active);
  },
};

const resetsData: Scenario = {
  name: "reset --data gives both hosts back as they were, keeps a copy that can be read, and they install again",
  async run({ lab, engine }) {
    const active = await activeHost(lab);
    await on(lab, active, `echo kept > ${EXPORTS}/from-before && sync`);
    const words = ["reset", "--data", ...askOptions(lab, "db1")];
    const planned = await skyha([...words, "--dry-run"]);
    assertExit(planned, 10);
    assert.match(planned.stdout, /\/drbd\/postgres +\S+ MiB +newest:\s/);
    assert.match(planned.stderr, /no recovery copy/);
    const done = await skyha([...words, "--confirm", "skycluster"]);
    assertExit(done, 0);
    const [, keeper, kept] = /the data is kept in (db\d):(\/\S+)/.exec(done.stdout) ?? [];
    assert.equal(keeper, active);
    const mount = `mount -t xfs -o ro,loop,norecovery,nouuid ${kept}/drbd.img /mnt`;
    const read = await on(lab, active, `${mount} && cat /mnt/nfsshare/exports/from-before; umount /mnt`);
    assert.equal(read.trim(), "kept");
    await on(lab, active, `test -s ${kept}/skyha/secrets/postgres.password && test ! -e ${kept}/skyha/ssh`);
    for (const host of HOSTS) {
      for (const path of [
        "/etc/skyha",
        "/data/drbd.img",
        "/etc/drbd.d/skydata.res",
        "/usr/local/bin/skyha",
        "/drbd",
      ])
        await on(lab, host, `test ! -e ${path}`);
      await on(
        lab,
        host,
        "cmp /etc/hosts /root/before/hosts && ! grep -q skyha-pair /root/.ssh/authorized_keys",
      );
      await on(lab, host, "! losetup -n -O BACK-FILE -l | grep -q /data/ && ! grep -q 'cs:[^U]' /proc/drbd");
      assert.equal(await on(lab, host, `${engine} ps -aq --filter label=skyha.resource`), "");
    }
    assertExit(await skyha(["install", ...seedWords(lab, engine)]), 0);
    await waitUntilHealthy(lab, "db1");
    await on(lab, await activeHost(lab), `test ! -e ${EXPORTS}/from-before`);
  },
};

/** Built, taken off in each of the three ways, and built again after each. */
export const resetStory: Story = {
  name: "reset",
  release: "12",
  engine: "docker",
  arbiter: true,
  scenarios: [keepsBefore, installFromWords, resetsCluster, resetsHost, resetsData],
};
