import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { quoteArgv } from "../../../core/quote.ts";
import type { Resource } from "../../kit/agent.ts";
import { IMAGE } from "../../kit/product.ts";
import type { Scenario } from "../../kit/story.ts";
import {
  BEANSTALKD,
  BEANSTALKD_QUESTION,
  type Bench,
  KILL_DOCKER,
  onBoth,
  START_DOCKER,
  VOLUME,
} from "./bench.ts";

/** ocf:skyha:container against the real engines: every state a container can be found in. */

const NAME = "bs";

function beanstalkd(bench: Bench): Resource {
  return bench.make("container", NAME, {
    ...BEANSTALKD,
    ...BEANSTALKD_QUESTION,
    mount_check: VOLUME,
    stop_timeout: "3",
  });
}

export async function expectCode(
  resource: Resource,
  code: number,
  ...[action, options]: Parameters<Resource["act"]>
) {
  const ended = await resource.act(action, options);
  assert.equal(ended.code, code, `${resource.name} ${action}: ${ended.reason || ended.stderr}`);
  return ended;
}

/** Started, and what the engine says of it. */
export async function started(bench: Bench, resource: Resource) {
  await expectCode(resource, 0, "start", { timeout: 120 });
  const container = await bench.container(resource.name);
  assert.ok(container && container.pid > 0, `${resource.name} has no process`);
  return container;
}

export async function stopped(bench: Bench, resource: Resource): Promise<void> {
  await expectCode(resource, 0, "stop", { timeout: 60 });
  assert.equal(await bench.container(resource.name), undefined);
  await expectCode(resource, 7, "monitor", { interval: 0 });
}

export async function isAlive({ run }: Bench, pid: number): Promise<boolean> {
  const state = await run(`cut -d' ' -f3 /proc/${pid}/stat 2>/dev/null || echo gone`);
  return !["gone", "Z", "X"].includes(state.trim());
}

const twice = onBoth(
  "nothing is 7; start and stop mean the same the second time; further arguments are ignored",
  async (bench) => {
    const resource = beanstalkd(bench);
    await expectCode(resource, 7, "monitor", { interval: 0 });
    await expectCode(resource, 0, "stop");
    const first = await started(bench, resource);
    const second = await started(bench, resource);
    assert.deepEqual(second, first);
    await expectCode(resource, 0, "monitor", { further: ["and", "more"] });
    await expectCode(resource, 0, "monitor", { interval: 0 });
    await expectCode(resource, 3, "frobnicate");
    await stopped(bench, resource);
    await expectCode(resource, 0, "stop");
  },
);

const killed = onBoth("a server killed with -9 is not running, and can be started again", async (bench) => {
  const resource = beanstalkd(bench);
  const before = await started(bench, resource);
  await bench.run(`kill -9 ${before.pid}`);
  // Until the engine has noticed, "gone but for the engine's books" is an honest answer too.
  await sleep(3000);
  await expectCode(resource, 7, "monitor");
  await expectCode(resource, 7, "monitor", { interval: 0 });
  const after = await started(bench, resource);
  assert.notEqual(after.id, before.id);
  await expectCode(resource, 0, "monitor");
});

const frozen = onBoth(
  "a server stopped with SIGSTOP fails before the operation's time-out; stop ends it",
  async (bench) => {
    const resource = beanstalkd(bench);
    const { pid } = await started(bench, resource);
    // The image's first process is a shell that looks after the server.
    await bench.run("pkill -STOP -x beanstalkd");
    const ended = await expectCode(resource, 1, "monitor", { timeout: 10 });
    assert.ok(ended.seconds < 10);
    assert.match(ended.reason, /11300/);
    await stopped(bench, resource);
    assert.equal(await isAlive(bench, pid), false);
  },
);

const paused = onBoth("a paused container fails; stop ends it", async (bench) => {
  const resource = beanstalkd(bench);
  const { pid } = await started(bench, resource);
  await bench.run(`${bench.engine} pause ${NAME}`);
  const ended = await expectCode(resource, 1, "monitor", { timeout: 20 });
  assert.match(ended.reason, /is paused/);
  await stopped(bench, resource);
  assert.equal(await isAlive(bench, pid), false);
});

const removed = onBoth("a container removed behind its back is not running", async (bench) => {
  const resource = beanstalkd(bench);
  await started(bench, resource);
  await bench.run(`${bench.engine} rm -f ${NAME}`);
  await expectCode(resource, 7, "monitor");
  await stopped(bench, resource);
});

const foreign = onBoth("somebody else's container of that name is left alone", async (bench) => {
  const resource = beanstalkd(bench);
  const words = "--network=none --entrypoint /bin/sleep";
  await bench.run(`${bench.engine} run -d --name ${NAME} ${words} ${IMAGE.beanstalkd} 1000`);
  const theirs = await bench.container(NAME);
  await expectCode(resource, 7, "monitor", { interval: 0 });
  const refused = await expectCode(resource, 1, "start");
  assert.match(refused.reason, /was not created by skyha/);
  await expectCode(resource, 0, "stop");
  assert.deepEqual(await bench.container(NAME), theirs);
  await bench.run(`${bench.engine} rm -f ${NAME}`);
});

const noImage = onBoth("a missing image is 5, with the command that loads it", async (bench) => {
  const resource = beanstalkd(bench);
  const ended = await expectCode(resource, 5, "start", { parameters: { image: "skyha-lab/nothing:1" } });
  assert.match(ended.reason, new RegExp(`${bench.engine} load`));
  assert.equal(await bench.container(NAME), undefined);
});

const unmounted = onBoth(
  "nothing starts on the directory under an unmounted volume, nor on another volume",
  async (bench) => {
    const resource = beanstalkd(bench);
    await bench.run(`umount ${VOLUME} && mkdir -p ${VOLUME}/bs`);
    const ended = await expectCode(resource, 1, "start");
    assert.match(ended.reason, /not mounted/);
    await bench.run(`mount -t tmpfs none ${VOLUME} && mkdir ${VOLUME}/bs`);
    const other = await expectCode(resource, 5, "start");
    assert.match(other.reason, /it is not the volume/);
    await bench.run(
      `umount ${VOLUME} && rmdir ${VOLUME}/bs && mount -o loop /data/vol.img ${VOLUME} && test -d ${VOLUME}/pg`,
    );
    assert.equal(await bench.container(NAME), undefined);
  },
);

const changed = onBoth("changed parameters make a new container at the next start", async (bench) => {
  const resource = beanstalkd(bench);
  const before = await started(bench, resource);
  await expectCode(resource, 0, "start", { parameters: { run_cmd: "beanstalkd -b /data -f 50" } });
  const after = await bench.container(NAME);
  assert.notEqual(after?.id, before.id);
  await stopped(bench, resource);
});

const agentKilled = onBoth(
  "an agent killed in the middle of a start or a stop leaves nothing that the next call cannot handle",
  async (bench) => {
    const resource = beanstalkd(bench);
    for (const afterMs of [300, 900, 1800]) {
      for (const action of ["start", "stop"]) {
        const call = resource.act(action);
        await sleep(afterMs);
        // The agent alone: Pacemaker would take its process group, which is less to be feared.
        await bench.run("pkill -9 -f resource.d/skyha/[c]ontainer || true");
        await call;
      }
      await started(bench, resource);
      await expectCode(resource, 0, "monitor");
      await stopped(bench, resource);
    }
  },
);

const parallel = onBoth("twenty monitors at once all find it running", async (bench) => {
  const resource = beanstalkd(bench);
  await started(bench, resource);
  const call = quoteArgv(resource.argv("monitor", { timeout: 120 }));
  const codes = await bench.run(`for i in $(seq 20); do (${call}; echo $?) & done; wait`, 180_000);
  assert.equal(codes, "0\n".repeat(20).trim());
});

const clock = onBoth("a clock set a day back or forth changes nothing", async (bench) => {
  const resource = beanstalkd(bench);
  const before = await started(bench, resource);
  for (const by of ["-1 day", "+2 day"]) {
    await bench.run(`date -s "${by}" > /dev/null`);
    await expectCode(resource, 0, "monitor");
    assert.deepEqual(await started(bench, resource), before);
  }
  await bench.run('date -s "-1 day" > /dev/null');
  await stopped(bench, resource);
});

const pidReuse = onBoth(
  "a recorded process number that now is another process's proves nothing",
  async (bench) => {
    const resource = beanstalkd(bench);
    await started(bench, resource);
    // As after a reboot without an empty /run: the number of a process that lives, and is none of ours.
    await bench.run(
      `sed -i 's/"pid":[0-9]*/"pid":1/' /run/skyha/container-${NAME}.json && grep -q '"pid":1,' /run/skyha/container-${NAME}.json`,
    );
    await bench.run(`${bench.engine} rm -f ${NAME}`);
    await expectCode(resource, 7, "monitor");
    await stopped(bench, resource);
    assert.equal(await isAlive(bench, 1), true);
  },
);

const noDaemon: Scenario = onBoth(
  "without docker's daemon, or podman's monitor of the container: never 7 while it runs, stopped only with proof",
  async (bench) => {
    const resource = beanstalkd(bench);
    const { pid, id } = await started(bench, resource);
    if (bench.engine === "docker") {
      await bench.run(KILL_DOCKER);
      assert.equal(await isAlive(bench, pid), true);
      const ended = await expectCode(resource, 1, "monitor", { timeout: 20 });
      assert.match(ended.reason, /still run/);
      await expectCode(resource, 1, "monitor", { interval: 0, timeout: 20 });
      await expectCode(resource, 0, "stop", { timeout: 30 });
      assert.equal(await isAlive(bench, pid), false);
      await expectCode(resource, 7, "monitor", { interval: 0, timeout: 20 });
      await bench.run(START_DOCKER, 120_000);
    } else {
      await bench.run(`pkill -9 -f 'conmon.*${id}'`);
      assert.equal(await isAlive(bench, pid), true);
      assert.notEqual((await resource.act("monitor", { timeout: 20 })).code, 7);
      assert.notEqual((await resource.act("monitor", { interval: 0, timeout: 20 })).code, 7);
      await expectCode(resource, 0, "stop", { timeout: 30 });
      assert.equal(await isAlive(bench, pid), false);
    }
    await started(bench, resource);
    await stopped(bench, resource);
  },
);

export const containerStates: readonly Scenario[] = [
  twice,
  killed,
  frozen,
  paused,
  removed,
  foreign,
  noImage,
  unmounted,
  changed,
  agentKilled,
  parallel,
  clock,
  pidReuse,
  noDaemon,
];
