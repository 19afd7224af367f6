import { type EngineOnHost, engineOnHost, type Resource, resource } from "../../kit/agent.ts";
import { type Engine, EXECUTABLE, IMAGE, type ServiceName } from "../../kit/product.ts";
import type { Scenario } from "../../kit/story.ts";
import { type Lab, labImage } from "../../src/lab.ts";

/** A volume as DRBD would be one: a file system of its own, mounted, with the sentinel. */
export const VOLUME = "/vol";
const SENTINEL = ".skyha-volume";
export const SECRETS = "/etc/skyha-test";
export const PASSWORD = "correct-horse-battery";

/** Parameters of ocf:skyha:container for the smallest server there is, and the question that it answers. */
export const BEANSTALKD = {
  image: IMAGE.beanstalkd,
  run_opts: `--network=host -v ${VOLUME}/bs:/data`,
  run_cmd: "beanstalkd -b /data -f 0",
} as const;
export const BEANSTALKD_QUESTION = {
  monitor_port: "11300",
  monitor_send: "stats\\r\\n",
  monitor_expect: "OK",
} as const;

/** Its socket goes last: systemd would stop the daemon properly with it. */
export const KILL_DOCKER =
  "systemctl mask --runtime docker.service && pkill -9 -x dockerd && systemctl stop docker.socket";
export const START_DOCKER =
  "systemctl unmask --runtime docker.service; systemctl reset-failed docker.service; systemctl start docker.socket docker.service";

/** An engine on a host of its own, and the resources that are tried on it. */
export interface Bench extends EngineOnHost {
  readonly lab: Lab;
  make(agent: string, name: string, parameters: Readonly<Record<string, string>>): Resource;
}

function benchOf(lab: Lab, host: string, engine: Engine): Bench {
  return {
    ...engineOnHost(lab, host, engine),
    lab,
    make: (agent, name, parameters) => resource(lab, host, agent, name, { engine, ...parameters }),
  };
}

/** The two engines, each on its host. */
export function benches(lab: Lab): readonly [docker: Bench, podman: Bench] {
  return [benchOf(lab, "db1", "docker"), benchOf(lab, "db2", "podman")];
}

/** The same on both engines, at the same time. */
export function onBoth(name: string, run: (bench: Bench) => Promise<void>): Scenario {
  return {
    name: `docker and podman: ${name}`,
    async run({ lab }) {
      const ended = await Promise.allSettled(
        benches(lab).map(async (bench) => {
          try {
            await run(bench);
          } catch (error) {
            // The next scenario is not to suffer from it.
            if (bench.engine === "docker") await bench.lab.ssh(bench.host, START_DOCKER);
            await bench.lab.ssh(
              bench.host,
              `for name in bs pg redis maria; do ${bench.engine} rm -f $name; done; rm -rf /run/skyha`,
            );
            throw new Error(
              `${bench.engine}: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
            );
          }
        }),
      );
      const failed = ended.flatMap((end) => (end.status === "rejected" ? [String(end.reason)] : []));
      if (failed.length > 0) throw new Error(failed.join("\n"));
    },
  };
}

const CLUSTER_TOOLS = "pacemaker pacemaker-cli-utils resource-agents libxml2-utils pcs";

/** Engine, images, agents, a mounted volume, passwords; on the second host also what checks agents. */
export function prepare(...images: readonly ServiceName[]): Scenario {
  return {
    name: "a host with docker and one with podman, our agents, images and a volume",
    async run({ lab }) {
      const archives = await Promise.all(images.map((name) => labImage(name, lab.prefix)));
      await Promise.all(benches(lab).map((bench) => prepareHost(bench, archives)));
    },
  };
}

async function prepareHost(bench: Bench, archives: readonly string[]): Promise<void> {
  const { run, engine } = bench;
  const packages = engine === "docker" ? "docker.io iptables" : `podman ${CLUSTER_TOOLS}`;
  const install = "DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 apt-get -q -y";
  await run(
    `apt-get -q update && ${install} install --no-install-recommends xfsprogs drbd-utils ${packages}`,
    600_000,
  );
  await run(
    [
      "systemctl daemon-reload",
      `mkdir -p /data && truncate -s 600M /data/vol.img && mkfs.xfs -q /data/vol.img && mkdir -p ${VOLUME}`,
      `mount -o loop /data/vol.img ${VOLUME} && touch ${VOLUME}/${SENTINEL}`,
      `mkdir -p ${VOLUME}/pg ${VOLUME}/redis ${VOLUME}/bs ${VOLUME}/maria`,
      `mkdir -m 700 ${SECRETS} && umask 077 && printf ${PASSWORD} > ${SECRETS}/password`,
      `printf 'requirepass ${PASSWORD}\\n' > ${SECRETS}/redis.conf`,
    ].join(" && "),
  );
  await send(bench, EXECUTABLE, "cat > /usr/local/bin/skyha && chmod 755 /usr/local/bin/skyha");
  const agents = "container drbd filesystem ip mysql nfs postgres redis";
  await run(
    `mkdir -p /usr/lib/ocf/resource.d/skyha && for name in ${agents}; do ln -sf /usr/local/bin/skyha /usr/lib/ocf/resource.d/skyha/$name; done`,
  );
  if (engine === "docker") await run("systemctl start docker.service", 120_000);
  for (const archive of archives) await send(bench, archive, `${engine} load`);
}

/** Runs a command on the bench's host with a file of this machine as its input. */
export async function send({ lab, host }: Bench, file: string, command: string): Promise<void> {
  const result = await lab.ssh(host, command, { stdinFile: file, timeoutMs: 300_000 });
  if (result.code !== 0) throw new Error(`${host}: ${command} < ${file}: ${result.stderr}`);
}
