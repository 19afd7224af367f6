import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createVolumeBench, mountLine, OTHER, type VolumeBench } from "./fake-volume.ts";

let host: VolumeBench;
let file: string;
beforeEach(() => {
  host = createVolumeBench();
  host.table(mountLine(host.directory));
  file = join(host.bench.directory, "lib/skyha/space-fs");
});
afterEach(() => host.clean());

const monitor = (env: Record<string, string> = {}) => host.act("monitor", {}, env);
const lines = () => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);
const age = (seconds: number) => utimesSync(file, Date.now() / 1000 - seconds, Date.now() / 1000 - seconds);

test("one sample an hour, by a monitor that starts no program", async () => {
  expect(await monitor()).toMatchObject({ code: 0, stderr: "" });
  const [first = "", ...more] = lines();
  expect(more).toEqual([]);
  const [at, used, free] = first.split(" ").map(Number);
  expect(Math.abs((at ?? 0) - Date.now() / 1000)).toBeLessThan(60);
  expect(used).toBeGreaterThan(0);
  expect(free).toBeGreaterThan(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await monitor();
  age(3500);
  await monitor();
  expect(lines()).toHaveLength(1);
  age(3700);
  await monitor();
  expect(lines()).toHaveLength(2);
  expect(host.calls()).toEqual([]);
  expect(readdirSync(join(file, ".."))).toEqual(["space-fs"]);
});

test("a probe, a stop and a failure note nothing", async () => {
  await monitor({ OCF_RESKEY_CRM_meta_interval: "0" });
  await host.act("start");
  host.table(mountLine(host.directory, { superOptions: "ro" }));
  expect((await monitor()).code).toBe(1);
  host.table(mountLine(host.directory, { device: OTHER }));
  expect((await monitor()).code).toBe(1);
  expect(existsSync(file)).toBe(false);
});

test("thirty days are kept, and nothing that is no sample", async () => {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(
    file,
    `${Array.from({ length: 900 }, (_, index) => `${index} 1 2`).join("\n")}\ntorn 1\n{}\n`,
  );
  age(4000);
  await monitor();
  expect(lines()).toHaveLength(720);
  expect(lines()[0]).toBe("181 1 2");
  expect(lines().at(-1)).toMatch(/^\d{10} \d+ \d+$/);
  writeFileSync(file, "9".repeat(2_000_000));
  age(4000);
  await monitor();
  expect(lines()).toHaveLength(1);
});

test("a clock that was set back does not end the samples", async () => {
  await monitor();
  age(-90_000);
  await monitor();
  expect(lines()).toHaveLength(2);
});

describe("whatever goes wrong with it is not the monitor's", () => {
  test.each([
    ["its directory cannot be made", () => writeFileSync(join(host.bench.directory, "lib"), "a file")],
    ["a directory is in its place", () => mkdirSync(file, { recursive: true })],
    ["the new file cannot be written", () => mkdirSync(`${file}.new`, { recursive: true })],
  ])("%s", async (_name, spoil) => {
    rmSync(join(host.bench.directory, "lib"), { recursive: true, force: true });
    spoil();
    for (const _twice of [1, 2]) expect(await monitor()).toMatchObject({ code: 0, stderr: "" });
  });

  test("statfs that hangs or fails: the monitor answers all the same, and asks once an hour", async () => {
    let asked = 0;
    host.bench.space = () => {
      asked++;
      return new Promise(() => {});
    };
    const hung = await monitor();
    expect(hung).toMatchObject({ code: 0, stderr: "" });
    expect(hung.ms).toBeLessThan(2000);
    host.bench.space = () => {
      asked++;
      return Promise.reject(new Error("EIO"));
    };
    expect(await monitor()).toMatchObject({ code: 0, stderr: "" });
    expect(asked).toBe(1);
    age(3700);
    expect(await monitor()).toMatchObject({ code: 0, stderr: "" });
    expect(asked).toBe(2);
    expect(lines()).toEqual([""]);
  });
});
