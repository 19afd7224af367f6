import assert from "node:assert/strict";
import { quoteArgv } from "../../../core/quote.ts";
import { IMAGE } from "../../kit/product.ts";
import type { Scenario } from "../../kit/story.ts";
import type { Lab } from "../../src/lab.ts";
import { BEANSTALKD, BEANSTALKD_QUESTION, type Bench, benches, SECRETS, VOLUME } from "./bench.ts";

/** What Pacemaker, pcs and resource-agents themselves say of our agents, on a host that has them. */

type Parameters = Readonly<Record<string, string>>;

/** Parameters that make each agent run on the bench. */
function samples({ engine, lab }: Bench): Readonly<Record<string, Parameters>> {
  const database = {
    engine,
    mount_check: VOLUME,
    initialize: "yes",
    password_file: `${SECRETS}/password`,
  };
  return {
    container: { engine, ...BEANSTALKD, ...BEANSTALKD_QUESTION },
    postgres: { ...database, image: IMAGE.postgres, data_directory: `${VOLUME}/pg` },
    redis: { ...database, image: IMAGE.redis, data_directory: `${VOLUME}/redis` },
    mysql: { ...database, image: IMAGE.mariadb, data_directory: `${VOLUME}/maria` },
    filesystem: { device: "/dev/loop77", directory: "/mnt/tested", fstype: "xfs" },
    ip: { ip: lab.network.vip.split("/")[0] ?? "" },
    nfs: { exports: "/srv 10.0.0.0/8(rw,fsid=1)" },
    drbd: { drbd_resource: "skydata" },
  };
}

const path = (agent: string) => `/usr/lib/ocf/resource.d/skyha/${agent}`;

/** The host that has Pacemaker, pcs and resource-agents. */
function judge(lab: Lab): Bench {
  return benches(lab)[1];
}

const schemas: Scenario = {
  name: "meta-data fit the DTD of resource-agents and the Relax-NG schema of pcs",
  async run({ lab }) {
    const bench = judge(lab);
    await bench.run("cp /usr/share/resource-agents/ra-api-1.dtd /tmp/");
    for (const agent of Object.keys(samples(bench))) {
      await bench.run(
        [
          `cd /tmp && ${path(agent)} meta-data > ${agent}.xml`,
          `xmllint --noout --valid ${agent}.xml`,
          `xmllint --noout --relaxng /usr/share/pcs/data/ocf-1.1.rng ${agent}.xml`,
        ].join(" && "),
      );
    }
  },
};

const anybody: Scenario = {
  name: "meta-data are the same for root and for a user without rights, home, PATH and locale",
  async run({ lab }) {
    const bench = judge(lab);
    for (const agent of Object.keys(samples(bench))) {
      const root = await bench.run(`${path(agent)} meta-data`);
      for (const locale of ["C", "zh_CN.UTF-8", "tr_TR.UTF-8"]) {
        const user = `setpriv --reuid=nobody --regid=nogroup --clear-groups env -i LC_ALL=${locale} LANG=${locale}`;
        assert.equal(await bench.run(`cd / && ${user} ${path(agent)} meta-data`), root, `${agent} ${locale}`);
      }
    }
  },
};

/** `crm_resource --validate` makes systemd read all its units again each time, 20 s on such a host: for two only. */
const VALIDATED_BY_PACEMAKER = ["container", "drbd"];

const validates: Scenario = {
  name: "validate-all is silent about good parameters and stops wrong ones with one reason, also through crm_resource",
  async run({ lab }) {
    const bench = judge(lab);
    const direct = (agent: string, parameters: Parameters) => {
      const given = Object.entries(parameters).map(([key, value]) => `OCF_RESKEY_${key}=${value}`);
      // Nothing else is promised to it: no PATH, no instance, no meta attributes.
      return ["env", "-i", "OCF_ROOT=/usr/lib/ocf", ...given, path(agent), "validate-all"];
    };
    const byPacemaker = (agent: string, parameters: Parameters) => {
      const options = Object.entries(parameters).flatMap(([key, value]) => ["--option", `${key}=${value}`]);
      const words = ["crm_resource", "--validate", "--class", "ocf", "--provider", "skyha", "--agent", agent];
      return [...words, ...options];
    };
    for (const [agent, parameters] of Object.entries(samples(bench))) {
      const [first = ""] = Object.keys(parameters);
      const wrong = { ...parameters, [first]: " wrong\n" };
      const ways = VALIDATED_BY_PACEMAKER.includes(agent) ? [direct, byPacemaker] : [direct];
      for (const way of ways) {
        const good = await lab.ssh(bench.host, way(agent, parameters), { timeoutMs: 60_000 });
        assert.equal(good.code, 0, `${agent}: ${good.stdout}${good.stderr}`);
        assert.equal(good.stderr, "", agent);
        const bad = await lab.ssh(bench.host, way(agent, wrong), { timeoutMs: 60_000 });
        assert.notEqual(bad.code, 0, agent);
        assert.equal(
          `${bad.stdout}${bad.stderr}`.match(/ocf-exit-reason:/g)?.length,
          1,
          `${agent}: ${bad.stderr}`,
        );
      }
    }
  },
};

const pcsCreates: Scenario = {
  name: "pcs creates a resource of every agent without a word of warning",
  async run({ lab }) {
    const bench = judge(lab);
    await bench.run("cibadmin --empty > /tmp/cib.xml");
    for (const [agent, parameters] of Object.entries(samples(bench))) {
      const given = Object.entries(parameters).map(([key, value]) => `${key}=${value}`);
      const promotable = agent === "drbd" ? ["promotable", "notify=true"] : [];
      const words = ["pcs", "-f", "/tmp/cib.xml", "resource", "create", `r-${agent}`, `ocf:skyha:${agent}`];
      const said = await bench.run(`${quoteArgv([...words, ...given, ...promotable])} 2>&1`, 120_000);
      assert.equal(said, "", agent);
    }
  },
};

/**
 * Needs agents that run without a cluster, a second host and the distribution's services, and databases that exist:
 * its operations have 20 s.
 */
export const ocfTester = (...tested: readonly string[]): Scenario => ({
  name: `ocf-tester passes ${tested.join(", ")}`,
  async run({ lab }) {
    const bench = judge(lab);
    await bench.run(
      "truncate -s 320M /data/tested.img && mkfs.xfs -qf /data/tested.img && losetup /dev/loop77 /data/tested.img && mkdir -p /mnt/tested",
    );
    try {
      for (const agent of tested) {
        const given = Object.entries(samples(bench)[agent] ?? {}).flatMap(([k, v]) => ["-o", `${k}=${v}`]);
        const command = quoteArgv(["ocf-tester", "-n", `t-${agent}`, ...given, path(agent)]);
        const tested = await lab.ssh(bench.host, `${command} 2>&1`, { timeoutMs: 300_000 });
        assert.match(tested.stdout, /passed all tests/, `${agent}: ${tested.stdout}`);
        assert.equal(tested.code, 0);
      }
    } finally {
      await lab.ssh(bench.host, "umount /mnt/tested; losetup -d /dev/loop77; rm -f /data/tested.img");
    }
  },
});

export const conformance: readonly Scenario[] = [schemas, anybody, validates, pcsCreates];
