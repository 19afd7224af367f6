import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Called, resource } from "../../kit/agent.ts";
import { on } from "../../kit/pair.ts";
import type { Scenario } from "../../kit/story.ts";
import type { Lab } from "../../src/lab.ts";

/** ocf:skyha:drbd against a real DRBD of two hosts, in the states that hurt. No cluster: nobody is told scores. */

const NAME = "skytest";
const DEVICE = "/dev/drbd7";
const HOSTS = ["db1", "db2"] as const;
type HostName = (typeof HOSTS)[number];
const other = (host: HostName): HostName => (host === "db1" ? "db2" : "db1");

/** 7 = peer stonithed (drbd.conf(5)): a primary that has lost its peer goes on, as after real fencing. */
const handler = "/bin/sh -c 'exit 7'";

function configuration(lab: Lab): string {
  const sections = HOSTS.map((host) => {
    const address = lab.host(host).addresses[0];
    return `on ${host} { device ${DEVICE}; disk /dev/loop78; address ${address}:7799; meta-disk internal; }`;
  });
  return `resource ${NAME} {
  net { protocol C; after-sb-0pri disconnect; after-sb-1pri disconnect; after-sb-2pri disconnect; }
  disk { fencing resource-and-stonith; c-plan-ahead 0; resync-rate 4M; }
  handlers { fence-peer "${handler}"; }
  ${sections.join("\n  ")}
}
`;
}

export const drbdParameters = { drbd_resource: NAME, device: DEVICE, connect_timeout: "3" } as const;

async function expect(lab: Lab, host: HostName, action: string, code: number, timeout = 30): Promise<Called> {
  const tested = resource(lab, host, "drbd", undefined, drbdParameters);
  const ended = await tested.act(action, { timeout });
  assert.equal(ended.code, code, `${host} ${action}: ${ended.reason || ended.stderr}`);
  return ended;
}

const drbdadm = (lab: Lab, host: HostName, words: string) => on(lab, host, `drbdadm ${words} ${NAME}`);

async function reaches(lab: Lab, host: HostName, state: RegExp, seconds = 60): Promise<string> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const line = await on(lab, host, "grep -A1 '^ 7:' /proc/drbd");
    if (state.test(line)) return line;
    if (Date.now() > deadline) throw new Error(`${host}: not ${state} within ${seconds} s: ${line}`);
    await sleep(500);
  }
}

const CURRENT = /cs:Connected .* ds:UpToDate\/UpToDate/;
const bothReach = (lab: Lab, state: RegExp) => Promise.all(HOSTS.map((host) => reaches(lab, host, state)));

/** A resource that nobody has started yet. */
async function configure(lab: Lab): Promise<void> {
  await Promise.all(
    HOSTS.map(async (host) => {
      await on(lab, host, "truncate -s 48M /data/drbd.img && losetup /dev/loop78 /data/drbd.img");
      const file = `/etc/drbd.d/${NAME}.res`;
      const written = await lab.ssh(host, `cat > ${file}`, { stdin: configuration(lab) });
      assert.equal(written.code, 0, written.stderr);
      await expect(lab, host, "monitor", 7);
      await expect(lab, host, "stop", 0);
      await drbdadm(lab, host, "create-md --force");
    }),
  );
}

/** Both hosts connected with equal copies, both secondary. */
export async function connectDrbd(lab: Lab): Promise<void> {
  await configure(lab);
  await Promise.all(HOSTS.map((host) => expect(lab, host, "start", 0)));
  await drbdadm(lab, "db1", "-- --overwrite-data-of-peer primary");
  await bothReach(lab, CURRENT);
  await expect(lab, "db1", "demote", 0);
}

const prepareDrbd: Scenario = {
  name: "DRBD: a new device is Inconsistent on both hosts: degraded, and no host is promoted",
  async run({ lab }) {
    await configure(lab);
    await Promise.all(HOSTS.map((host) => expect(lab, host, "start", 0)));
    for (const host of HOSTS) {
      await expect(lab, host, "start", 0);
      assert.match((await expect(lab, host, "monitor", 190)).reason, /Inconsistent/);
      assert.match((await expect(lab, host, "promote", 1)).reason, /Inconsistent and no up-to-date one/);
    }
  },
};

const resyncs: Scenario = {
  name: "DRBD: while a copy is filled both hosts say degraded with the percentage, then well",
  async run({ lab }) {
    await drbdadm(lab, "db1", "-- --overwrite-data-of-peer primary");
    await reaches(lab, "db1", /cs:SyncSource/);
    assert.match(
      (await expect(lab, "db1", "monitor", 191)).reason,
      /resync to the other host, [\d.]+ % done/,
    );
    assert.match(
      (await expect(lab, "db2", "monitor", 190)).reason,
      /resync from the other host, [\d.]+ % done/,
    );
    await bothReach(lab, CURRENT);
    await expect(lab, "db1", "monitor", 8);
    await expect(lab, "db2", "monitor", 0);
    assert.match((await expect(lab, "db2", "promote", 1, 10)).reason, /the other host is primary/);
    await expect(lab, "db1", "demote", 0);
    await expect(lab, "db1", "demote", 0);
    await expect(lab, "db2", "promote", 0);
    await expect(lab, "db2", "promote", 0);
    await expect(lab, "db2", "demote", 0);
  },
};

const heldOpen: Scenario = {
  name: "DRBD: a device that is held open is neither demoted nor stopped, and the process is named",
  async run({ lab }) {
    await expect(lab, "db1", "promote", 0);
    const pid = (await on(lab, "db1", `sleep 1000 < ${DEVICE} > /dev/null 2>&1 & echo $!`)).trim();
    try {
      const named = new RegExp(`held open by sleep.*${pid}`);
      assert.match((await expect(lab, "db1", "demote", 9, 6)).reason, named);
      assert.match((await expect(lab, "db1", "stop", 1, 6)).reason, named);
      await expect(lab, "db1", "monitor", 8);
    } finally {
      await on(lab, "db1", `kill ${pid}`);
    }
    await expect(lab, "db1", "stop", 0);
    await expect(lab, "db1", "stop", 0);
    await expect(lab, "db1", "monitor", 7);
    assert.match((await expect(lab, "db2", "monitor", 190)).reason, /not connected|other host's copy/);
    await expect(lab, "db1", "start", 0);
    await bothReach(lab, CURRENT);
  },
};

const mounted: Scenario = {
  name: "DRBD: a mounted device is not stopped, and the mount point is named",
  async run({ lab }) {
    await expect(lab, "db1", "promote", 0);
    await on(lab, "db1", `mkfs.ext4 -q ${DEVICE} && mkdir -p /mnt/skytest && mount ${DEVICE} /mnt/skytest`);
    try {
      assert.match((await expect(lab, "db1", "stop", 1, 6)).reason, /mounted on \/mnt\/skytest/);
    } finally {
      await on(lab, "db1", "umount /mnt/skytest");
    }
    await expect(lab, "db1", "demote", 0);
  },
};

const outdated: Scenario = {
  name: "DRBD: an outdated copy is degraded and never promoted",
  async run({ lab }) {
    await drbdadm(lab, "db2", "disconnect");
    await drbdadm(lab, "db2", "outdate");
    assert.match((await expect(lab, "db2", "monitor", 190)).reason, /stands alone \(Outdated\)/);
    assert.match((await expect(lab, "db2", "promote", 1)).reason, /this host's copy is Outdated/);
    assert.match((await expect(lab, "db1", "monitor", 190)).reason, /not connected/);
    // A start that finds it standing alone connects it again.
    await expect(lab, "db2", "start", 0);
    await bothReach(lab, CURRENT);
  },
};

const splitBrain: Scenario = {
  name: "DRBD: after a split brain both hosts stand alone and say so; neither start nor promote settles it",
  async run({ lab }) {
    for (const host of HOSTS) await drbdadm(lab, host, "disconnect");
    for (const host of HOSTS) {
      await expect(lab, host, "promote", 0);
      await on(lab, host, `printf ${host} | dd of=${DEVICE} bs=4096 conv=fsync,notrunc 2>/dev/null`);
      assert.match((await expect(lab, host, "monitor", 191)).reason, /stands alone/);
      await expect(lab, host, "demote", 0);
    }
    for (const host of HOSTS) await lab.ssh(host, `drbdadm connect ${NAME}`, { timeoutMs: 30_000 });
    await Promise.all(HOSTS.map((host) => reaches(lab, host, /cs:StandAlone|cs:WFConnection/)));
    await sleep(3000);
    for (const host of HOSTS) await expect(lab, host, "start", 0);
    for (const host of HOSTS) {
      assert.doesNotMatch(await on(lab, host, "grep '^ 7:' /proc/drbd"), /cs:(Connected|Sync)/);
      assert.match((await expect(lab, host, "monitor", 190)).reason, /split brain|not connected/);
      const kept = await on(lab, other(host), "journalctl -k --no-pager | grep -c 'Split-Brain detected'");
      assert.ok(Number(kept) >= 1);
    }
    // What a person decides: db2's copy goes.
    for (const host of HOSTS) await lab.ssh(host, `drbdadm disconnect ${NAME}`, { timeoutMs: 30_000 });
    await on(lab, "db2", `drbdadm connect --discard-my-data ${NAME}`);
    await drbdadm(lab, "db1", "connect");
    await bothReach(lab, CURRENT);
    await expect(lab, "db2", "promote", 0);
    assert.match(await on(lab, "db2", `head -c 3 ${DEVICE}`), /^db1/);
    for (const host of ["db2", "db1"] as const) await expect(lab, host, "stop", 0);
  },
};

export const drbdStates: readonly Scenario[] = [
  prepareDrbd,
  resyncs,
  heldOpen,
  mounted,
  outdated,
  splitBrain,
];
