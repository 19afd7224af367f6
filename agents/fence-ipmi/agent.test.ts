import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { createFenceBench, device, PASSWORD } from "./bench.ts";
import { ACTIONS, fenceParameters } from "./parameters.ts";

const ROOT = join(fileURLToPath(import.meta.url), "../../..");

test("ipmitool is told everything, and the password only by a file", async () => {
  using bench = createFenceBench();
  await bench.run(device(bench, "status", "cipher=17", "ipport=6230", "privlvl=operator"));
  await bench.run(device(bench, "status", "lanplus=0"));
  expect(bench.calls()).toEqual([
    `-I lanplus -H 10.0.0.9 -p 6230 -U admin -f ${bench.passwordFile} -C 17 -L operator -N 1 -R 2 chassis power status`,
    `-I lan -H 10.0.0.9 -p 623 -U admin -f ${bench.passwordFile} -L administrator -N 1 -R 2 chassis power status`,
  ]);
});

test("a password from standard input is in a private file while ipmitool runs, and nowhere afterwards", async () => {
  using bench = createFenceBench();
  const input = ["ip=10.0.0.9", "username=admin", `password= ${PASSWORD}=x`];
  for (const action of ["status", "reboot"]) {
    const ended = await bench.run([...input, `action=${action}`]);
    expect(ended.code).toBe(0);
    expect(ended.stdout + ended.stderr).not.toContain(PASSWORD);
  }
  expect(readFileSync(join(bench.binDir, "../seen-password"), "utf8")).toBe(` ${PASSWORD}=x\n`);
  expect(bench.seen("mode")).toBe("600");
  expect(bench.calls().join("\n")).not.toContain(PASSWORD);
  expect(bench.leftovers()).toEqual([]);
  bench.set("broken", "status");
  expect((await bench.run([...input, "action=status"])).code).toBe(1);
  expect(bench.leftovers()).toEqual([]);
});

test("a tool that prints the password prints it to nobody", async () => {
  using bench = createFenceBench();
  bench.set("say", `Chassis Power is ${PASSWORD}`);
  for (const password of [`password=${PASSWORD}`, `password_file=${bench.passwordFile}`]) {
    const ended = await bench.run(["ip=10.0.0.9", "username=admin", password, "action=status"]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("******");
    expect(ended.stderr).not.toContain(PASSWORD);
  }
});

test("password_file: one that anybody can read is warned of, one that cannot be used is named", async () => {
  using bench = createFenceBench();
  chmodSync(bench.passwordFile, 0o644);
  const open = await bench.run(device(bench, "status"));
  expect(open.code).toBe(0);
  expect(open.stderr).toContain("WARNING: password_file");
  writeFileSync(bench.passwordFile, "\n");
  expect((await bench.run(device(bench, "status"))).stderr).toContain("holds no password");
  writeFileSync(bench.passwordFile, "tab\there\n");
  expect((await bench.run(device(bench, "status"))).stderr).toContain("control characters");
  const gone = await bench.run(device(bench, "off", "password_file=/nowhere/at all"));
  expect(gone).toMatchObject({
    code: 1,
    stderr: "fence_skyha_ipmi: password_file /nowhere/at all does not exist on this host\n",
  });
  expect((await bench.run(device(bench, "off", "password_file=/dev"))).stderr).toContain(
    "not a regular file",
  );
  expect(bench.verbs()).toEqual(["status"]);
});

test("hostile and wrong values: 1, one line that names the parameter, and nothing is called", async () => {
  using bench = createFenceBench();
  const cases: readonly (readonly [line: string, words: string])[] = [
    ["ip=-I", "ip must be"],
    ["ip=10.0.0.9 -v", "ip must be"],
    ["ip=10.0.0.9;reboot", "ip must be"],
    ["ip=$(reboot)", "ip must be"],
    ["ip=10.0.0.9\rx", "ip must be one line"],
    ["ip=10.0.0.9\nchassis power on", "is not key=value"],
    ["ip=", "ip is required"],
    [`ip=${"a".repeat(5000)}`, "ip must be"],
    ["ip=\u001b[2J", "ip must be"],
    ["username=-f", "username must be"],
    ["username=a b", "username must be"],
    ["username=", "username is required"],
    ["ipport=0", "ipport must be"],
    ["ipport=623;", "ipport must be"],
    ["cipher=0", "cipher must be"],
    ["privlvl=root", "privlvl must be"],
    ["timeout=0", "timeout must be"],
    ["power_timeout=-1", "power_timeout must be"],
    ["delay=soon", "delay must be"],
    ["lanplus=perhaps", "lanplus must be"],
    ["method=cycle", "method must be"],
    ["password_file=secret", "password_file must be"],
    ["action=", "action is required"],
    ["action=explode", "action must be"],
  ];
  for (const [line, words] of cases) {
    const { code, stdout, stderr } = await bench.run(device(bench, "off", line));
    expect([line, code, stdout]).toEqual([line, 1, ""]);
    expect(stderr).toStartWith("fence_skyha_ipmi: ");
    expect(stderr).toContain(words);
    expect(stderr.slice(0, -1)).not.toMatch(/\p{Cc}/u);
    expect(stderr.length).toBeLessThan(1100);
  }
  const none = await bench.run(["ip=10.0.0.9", "username=admin", "action=off"]);
  expect(none.stderr).toBe("fence_skyha_ipmi: password_file is required and not set\n");
  expect(bench.calls()).toEqual([]);
});

test("unknown keys are ignored with one warning that shows no value; Pacemaker's own without", async () => {
  using bench = createFenceBench();
  const quiet = ["# a comment", "", "port=db1", "plug=db1", "pcmk_host_list=db1", "CRM_meta_timeout=20000"];
  expect(await bench.run(device(bench, "status", ...quiet))).toMatchObject({ code: 0, stderr: "" });
  const ended = await bench.run(
    device(bench, "STATUS", `passwd=${PASSWORD}`, "power_wait=2", "power_wait=3"),
  );
  expect(ended.code).toBe(0);
  expect(ended.stderr).toBe("fence_skyha_ipmi: WARNING: ignored, not a parameter: passwd, power_wait\n");
});

test("the last of several values wins, and keys may be written with - or _", async () => {
  using bench = createFenceBench();
  await bench.run(device(bench, "off", "action=status", "power-timeout=3", "ip=fd00::9"));
  expect(bench.calls()[0]).toContain("-H fd00::9 ");
  expect(bench.verbs()).toEqual(["status"]);
});

test("the command line, for people", async () => {
  using bench = createFenceBench();
  const own = ["--ip=10.0.0.9", "--username=admin", `--password-file=${bench.passwordFile}`];
  expect((await bench.run("", { args: [...own, "-o", "status"] })).stdout).toBe("Status: ON\n");
  expect((await bench.run("", { args: [...own, "--action=status"] })).code).toBe(0);
  expect((await bench.run("", { args: ["--help"] })).stdout).toContain("--power-timeout=[seconds]");
  for (const [arg, words] of [
    [`--password=${PASSWORD}`, "standard input only"],
    ["--passwort-file=/x", "no option --passwort-file"],
    [PASSWORD, "only -o ACTION and --key=value"],
    ["--ip=10.0.0.9\n-v", "ip must be one line"],
  ] as const) {
    const ended = await bench.run("", { args: [...own, "-o", "off", arg] });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(words);
    expect(ended.stderr).not.toContain(PASSWORD);
  }
  expect((await bench.run("", { args: own })).stderr).toContain("action is required");
  expect(bench.verbs()).toEqual(["status", "status"]);
});

test("validate-all contacts nothing and needs no ipmitool; every other action says what to install", async () => {
  using bench = createFenceBench();
  const path = "/nowhere";
  expect(await bench.run(device(bench, "validate-all"), { path })).toMatchObject({
    code: 0,
    stdout: "",
    stderr: "",
  });
  expect((await bench.run(device(bench, "validate-all", "ip=-x"), { path })).code).toBe(1);
  for (const action of ["status", "monitor", "off", "on", "reboot"]) {
    const ended = await bench.run(device(bench, action), { path });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toBe("fence_skyha_ipmi: there is no ipmitool on this host: install ipmitool\n");
    expect(ended.seconds).toBeLessThan(1);
  }
  expect(bench.calls()).toEqual([]);
});

test("metadata: well-formed, with every parameter and action, from both ways of asking", async () => {
  using bench = createFenceBench();
  const { code, stdout } = await bench.run("action=metadata\n", { path: "/nowhere" });
  expect(code).toBe(0);
  expect((await bench.run("", { args: ["-o", "metadata"] })).stdout).toBe(stdout);
  expect(XMLValidator.validate(stdout)).toBe(true);
  const always = ["parameter", "action"];
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    isArray: (name) => always.includes(name),
  });
  const agent = parser.parse(stdout)["resource-agent"];
  expect(agent.name).toBe("fence_skyha_ipmi");
  const parameters: {
    name: string;
    required: string;
    content: { default?: string };
    getopt: { mixed: string };
  }[] = agent.parameters.parameter;
  expect(parameters.map(({ name }) => name)).toEqual(Object.keys(fenceParameters));
  expect(parameters.filter(({ required }) => required === "1").map(({ name }) => name)).toEqual([
    "action",
    "ip",
    "username",
  ]);
  expect(parameters.find(({ name }) => name === "lanplus")?.content.default).toBe("1");
  expect(parameters.every(({ getopt }) => getopt.mixed !== "")).toBe(true);
  // A device that knew plug or port would be given one, and one that knew list would be asked for its hosts.
  expect(agent.actions.action.map(({ name }: { name: string }) => name)).toEqual([...ACTIONS]);
  expect(stdout).toContain('<action name="on" automatic="0" />');
});

test("the manual page has every parameter with its default", () => {
  const page = readFileSync(join(ROOT, "docs/agents/fence_skyha_ipmi.md"), "utf8");
  for (const [name, parameter] of Object.entries(fenceParameters)) {
    const isDefault =
      "default" in parameter
        ? `\`${Number.isNaN(Number(parameter.default)) ? parameter.default : Number(parameter.default)}\``
        : "required" in parameter
          ? "required"
          : "";
    expect(page).toContain(`| \`${name}\` | ${isDefault} |`);
  }
});

test("called by its name it is the agent; SIGTERM removes the temporary file", async () => {
  using bench = createFenceBench();
  bench.set("slow", "status");
  const child = spawn(process.execPath, [join(ROOT, "bin/skyha.ts")], {
    argv0: "/usr/sbin/fence_skyha_ipmi",
    env: { PATH: `${bench.binDir}:/usr/bin:/bin` },
    stdio: ["pipe", "ignore", "ignore"],
  });
  const left = () =>
    ["/run", "/tmp"].flatMap((directory) =>
      readdirSync(directory).filter((name) => name.startsWith(`fence_skyha_ipmi.${child.pid}.`)),
    );
  child.stdin.end(`ip=10.0.0.9\nusername=admin\npassword=${PASSWORD}\naction=status\n`);
  const ended = new Promise((resolve) => child.on("close", (code) => resolve(code)));
  const patience = Date.now() + 10_000;
  while (bench.seen("mode") === "" && Date.now() < patience) await Bun.sleep(50);
  expect(bench.seen("password")).toBe(PASSWORD);
  expect(left()).toHaveLength(1);
  child.kill("SIGTERM");
  expect(await ended).toBe(1);
  expect(left()).toEqual([]);
}, 20_000);

test("a reboot answers when the host is proven off, and another process powers it on again", async () => {
  using bench = createFenceBench();
  const child = spawn(process.execPath, [join(ROOT, "bin/skyha.ts")], {
    argv0: "/usr/sbin/fence_skyha_ipmi",
    env: { PATH: `${bench.binDir}:/usr/bin:/bin` },
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.stdin.end(`${device(bench, "reboot").join("\n")}\n`);
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code).toBe(0);
  expect(bench.verbs().slice(0, 2)).toEqual(["off", "status"]);
  const patience = Date.now() + 10_000;
  while (bench.power() !== "on" && Date.now() < patience) await Bun.sleep(50);
  expect(bench.power()).toBe("on");
  // The other process asks once more; the bench must not go away under it.
  while (bench.verbs().at(-1) !== "status" && Date.now() < patience) await Bun.sleep(50);
  await Bun.sleep(200);
}, 20_000);
