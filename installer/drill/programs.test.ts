import { afterAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runProcess } from "../../core/process.ts";
import { config } from "./fake-pair.ts";
import { allFaults, planFault } from "./faults.ts";
import { PROGRAMS, script } from "./programs.ts";

/** These run on hosts as root, so what they do is tried with a real shell and false tools. */
const folder = mkdtempSync(join(tmpdir(), "skyha-programs-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(program: string, words: readonly string[], tools: Readonly<Record<string, string>>) {
  const bin = mkdtempSync(join(folder, "bin-"));
  for (const [name, text] of Object.entries(tools)) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "$0 $*" >> ${bin}/log\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}` };
  const { code } = await runProcess(script(program, ...words), { env });
  const log = existsSync(join(bin, "log")) ? readFileSync(join(bin, "log"), "utf8") : "";
  return { code, log: log.replaceAll(`${bin}/`, "") };
}

const stateOf = (pid: number) => /^\d+ \(.*\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];

describe("a signal for the first process of a container", () => {
  test("reaches it, and it alone", async () => {
    const child = spawn("sleep", ["60"]);
    const pid = child.pid ?? 0;
    const signal = (name: string) =>
      run(PROGRAMS.signalService, [name, "docker", "redis"], { docker: `echo ${pid}` });
    const stopped = await signal("STOP");
    expect(stopped).toEqual({ code: 0, log: "docker container inspect --format {{.State.Pid}} redis\n" });
    await sleep(50);
    expect(stateOf(pid)).toBe("T");
    expect((await signal("CONT")).code).toBe(0);
    await sleep(50);
    expect(stateOf(pid)).not.toBe("T");
    const ended = new Promise((resolve) => child.once("exit", (_code, name) => resolve(name)));
    await signal("KILL");
    expect(await ended).toBe("SIGKILL");
  });

  // 0 is the process group of whoever asks, and what docker prints for a container that does not run.
  test.each(["echo 0", "echo 1", "echo", "echo none", "exit 1", "echo 0; exit 1"])(
    "%s: nobody",
    async (docker) => {
      const { code } = await run(PROGRAMS.signalService, ["KILL", "docker", "redis"], { docker });
      expect(code).not.toBe(0);
    },
  );
});

test.each(["echo 0", "exit 1"])("a daemon that does not run is not killed: %s", async (systemctl) => {
  const { code } = await run(PROGRAMS.killUnit, ["docker.service"], { systemctl });
  expect(code).not.toBe(0);
});

describe("the route is gone only with proof", () => {
  const show = (text: string) => `case "$*" in "route show"*) ${text};; *) exit 2;; esac`;
  test.each([
    ["gone", show("true"), 0],
    ["still there", show("echo 'unreachable 10.0.0.1'"), 1],
    ["not known", "exit 1", 1],
  ])("%s", async (_name, ip, code) => {
    const result = await run(PROGRAMS.removeRoute, ["10.0.0.1", "213"], { ip });
    expect(result.code).toBe(code);
    expect(result.log).toStartWith("ip route del unreachable 10.0.0.1 proto 213\n");
  });
});

describe("DRBD is connected again only when it stands alone", () => {
  const drbdadm = (state: string) => `[ "$1" != cstate ] || ${state}`;
  test.each([
    ["echo StandAlone", true, 0],
    ["echo Connected", false, 0],
    ["echo Unconfigured", false, 0],
    ["exit 10", false, 1],
  ])("%s", async (state, connects, code) => {
    const result = await run(PROGRAMS.connectDrbd, ["skydata"], { drbdadm: drbdadm(state) });
    expect(result.log.includes("drbdadm connect skydata")).toBe(connects);
    expect(result.code).toBe(code);
  });
});

describe("filling the volume", () => {
  const place = (name: string) => join(mkdtempSync(join(folder, "volume-")), name);
  const tools = { df: "echo Avail; echo 104857600", fallocate: `: > "$3"` };

  test("leaves 4 MiB", async () => {
    const file = place("filler");
    const result = await run(PROGRAMS.fill, [folder, folder, file], { ...tools, mountpoint: "true" });
    expect(result).toMatchObject({ code: 0, log: expect.stringContaining(`fallocate -l 100663296 ${file}`) });
  });

  test("leaves some more where the file system does not give that much", async () => {
    const file = place("filler");
    const fallocate = `[ "$2" -lt 99000000 ] && : > "$3"`;
    const result = await run(PROGRAMS.fill, [folder, folder, file], {
      ...tools,
      mountpoint: "true",
      fallocate,
    });
    expect(result).toMatchObject({ code: 0, log: expect.stringContaining(`fallocate -l 88080384 ${file}`) });
    expect(existsSync(file)).toBe(true);
  });

  test.each([
    ["nothing is mounted there", { mountpoint: "exit 32" }, folder],
    ["another volume is", { mountpoint: "true" }, "/nowhere/.skyha-volume"],
  ])("not when %s", async (_name, more, sentinel) => {
    const file = place("filler");
    const result = await run(PROGRAMS.fill, [folder, sentinel, file], { ...tools, ...more });
    expect(result.code).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  test("not over a file that is there, and no half of one is left", async () => {
    const there = place("filler");
    writeFileSync(there, "mine");
    const taken = await run(PROGRAMS.fill, [folder, folder, there], { ...tools, mountpoint: "true" });
    expect(taken.code).toBe(1);
    expect(readFileSync(there, "utf8")).toBe("mine");
    const file = place("filler");
    const failing = { ...tools, mountpoint: "true", fallocate: `: > "$3"; exit 1` };
    expect((await run(PROGRAMS.fill, [folder, folder, file], failing)).code).toBe(1);
    expect(existsSync(file)).toBe(false);
  });
});

test("what a timer of systemd runs holds nothing that systemd would expand (systemd.service(5), command lines)", () => {
  const places = { config, active: "db1", passive: "db2" };
  const undo = allFaults(config).wanted.flatMap((item) => planFault(item, places).undo);
  expect(undo.length).toBeGreaterThan(8);
  for (const { argv } of undo) for (const word of argv) expect(word).not.toMatch(/^\$|\$\{|\$\$|%/);
});
