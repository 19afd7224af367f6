import { expect, test } from "bun:test";
import { describe as describeReport, SkyhaError } from "../../core/report.ts";
import { requireFencing } from "./check.ts";
import { durableConfig } from "./durable.ts";
import { parseConfig } from "./load.ts";
import { configFromSeed } from "./seed.ts";

const WORDS = [
  "master_ip=10.0.0.1",
  "slave_ip=10.0.0.2",
  "vip_master=10.0.0.9",
  "data_dir=/data",
  "master_hostname=db1",
  "slave_hostname=db2",
];
const YAML = `hosts:
  - name: db1
    address: 10.0.0.1
  - name: db2
    address: 10.0.0.2
vip:
  address: 10.0.0.9
data_dir: /data
`;

function failure(action: () => unknown): { texts: string[]; exit: number } {
  try {
    action();
  } catch (error) {
    if (error instanceof SkyhaError) {
      return { texts: error.reports.map((item) => describeReport(item).text), exit: error.exitCode };
    }
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("the original's words are the same configuration as the file", () => {
  const fromWords = configFromSeed(WORDS);
  const fromFile = parseConfig(YAML, "skyha.yaml");
  expect({ ...fromWords, services: fromFile.services }).toEqual(fromFile);
  expect(Object.keys(fromWords.services)).toEqual(["postgres", "redis", "beanstalkd", "containers"]);
});

test("optional words land where the file has them", () => {
  const config = configFromSeed([
    ...WORDS,
    "drbd_size=2000",
    "losetup_dev=/dev/loop5",
    "link2_master=10.1.0.1",
    "link2_slave=10.1.0.2",
    "fence_master=ipmi://admin@10.0.0.101",
    "fence_slave=ipmi://root@10.0.0.102:6230",
    "fence_password_file=pw",
    "engine=podman",
    "images=a.tar,b.tar",
    "postgres_image=lab/postgres:15",
  ]);
  expect(config.drbd).toMatchObject({ size_mb: 2000, loop_device: "/dev/loop5" });
  expect(config.hosts[0].links).toEqual(["10.1.0.1"]);
  expect(config.hosts[1].fence).toMatchObject({
    address: "10.0.0.102",
    username: "root",
    port: 6230,
    cipher: 3,
  });
  expect(config.images).toEqual(["a.tar", "b.tar"]);
  expect(config.services.postgres?.image).toBe("lab/postgres:15");
});

test.each([
  [["nonsense"], "nonsense is neither key=value nor an option"],
  [[...WORDS, "colour=red"], "colour: unknown key"],
  [[...WORDS, "data_dir=/x"], "data_dir: given twice"],
  [[...WORDS, "drbd_size=big"], "drbd_size: big is not a number"],
  [[...WORDS, "drbd_size=1"], "drbd_size: too small: expected number to be >=320"],
  [[...WORDS, "drbd_size="], "drbd_size: has no value"],
  [WORDS.slice(1), "master_ip: is missing"],
  [[...WORDS.slice(1), "master_ip=10.0.0.300"], "master_ip: an IPv4 address like 192.0.2.10"],
  [
    [...WORDS.slice(1), "master_ip=fd00::1"],
    "master_ip: an IPv4 address like 192.0.2.10; links and the VIP know no IPv6 yet",
  ],
  [[...WORDS.slice(1), "master_ip=10.0.0.2"], "slave_ip: 10.0.0.2 is used twice"],
  [[...WORDS.slice(1), "master_ip=10.0.0.9"], "vip_master: 10.0.0.9 is a host's own address"],
  [
    [...WORDS.filter((w) => !w.startsWith("slave_h")), "slave_hostname=db1"],
    "slave_hostname: both hosts are called db1",
  ],
  [[...WORDS.filter((w) => !w.startsWith("data")), "data_dir=/data/../etc"], "data_dir: a path without .."],
  [[...WORDS, "fence_master=ilo"], "fence_master: looks like ipmi://USER@ADDRESS"],
  [[...WORDS, "fence_master=ipmi://a@10.0.0.3"], "fence_password_file: is missing, fence_master needs it"],
  [[...WORDS, "link2_master=10.1.0.1"], "link2_slave: both hosts need the same number of links"],
])("%#: wrong words get one line each and exit code 2", (words, wanted) => {
  expect(failure(() => configFromSeed(words))).toEqual({ texts: [wanted], exit: 2 });
});

test.each([
  ["hosts: [", /^f:1:\d+: /],
  [`${YAML}colour: red\n`, /^f:9:9: colour unknown key$/],
  [YAML.replace("data_dir: /data", "data_dir: data"), /^f:8:11: data_dir an absolute path/],
  [YAML.replace("  address: 10.0.0.9", "  address: 10.0.0.999"), /^f:7:12: vip\.address an IPv4 address/],
  [YAML.replace("data_dir: /data\n", ""), /^f:1:1: data_dir is missing$/],
  [`${YAML}data_dir: /x\n`, /^f:9:1: Map keys must be unique/],
  [
    YAML.replace("    address: 10.0.0.2", "    address: 10.0.0.1"),
    /^f:5:14: hosts\[1\]\.address 10\.0\.0\.1 is used twice$/,
  ],
  ["", /^f:1:1: /],
  ["just text", /^f:1:1: /],
])("%#: a wrong file is answered with line and column", (text, wanted) => {
  const { texts, exit } = failure(() => parseConfig(text, "f"));
  expect(texts[0]).toMatch(wanted);
  expect(exit).toBe(2);
});

test("an alias bomb is refused, not expanded", () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`;
  expect(failure(() => parseConfig(bomb, "f")).exit).toBe(2);
});

test("no fence device: refused with exit 4 unless the risk is accepted in words", () => {
  expect(failure(() => requireFencing(configFromSeed(WORDS)))).toMatchObject({ exit: 4 });
  requireFencing(configFromSeed([...WORDS, "accept_split_brain_risk=yes"]));
});

test("the copy on the hosts does not depend on the machine it was installed from", () => {
  const fence = ["fence_master=ipmi://a@10.0.0.101", "fence_slave=ipmi://a@10.0.0.102"];
  const here = configFromSeed([
    ...WORDS,
    ...fence,
    "fence_password_file=/home/a/pw",
    "ssh_key=/home/a/key",
    "images=/home/a/x.tar",
  ]);
  const there = configFromSeed([...WORDS, ...fence, "fence_password_file=/root/pw"]);
  expect(durableConfig(here)).toBe(durableConfig(there));
  expect(durableConfig(here)).not.toContain("/home");
  expect(parseConfig(durableConfig(here), "f").hosts[0].fence?.password_file).toBe(
    "/etc/skyha/secrets/fence-db1.password",
  );
});
