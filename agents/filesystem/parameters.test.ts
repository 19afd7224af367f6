import { afterEach, beforeEach, expect, test } from "bun:test";
import { createVolumeBench, type VolumeBench } from "./fake-volume.ts";

let host: VolumeBench;
beforeEach(() => {
  host = createVolumeBench();
});
afterEach(() => host.clean());

const HOSTILE = [
  "a b",
  "; reboot",
  "$(reboot)",
  "`id`",
  "'",
  '"',
  "a\nb",
  "--force",
  "-o",
  "a|b",
  "../../etc",
  "a\0b",
  "*",
];
for (const name of ["device", "directory", "fstype", "options", "sentinel"]) {
  test(`${name} takes no words for a shell, and none that looks like an option`, async () => {
    const start = name === "device" ? "/dev/" : name === "directory" ? "/" : "";
    for (const value of HOSTILE.flatMap((word) => [word, `${start}${word}`])) {
      // A name may hold hyphens once the path has begun; a quote ends a security label in options.
      if (/^\/(dev\/)?-[-a-z]+$/.test(value) || (name === "sentinel" && value.startsWith("-"))) continue;
      for (const action of ["start", "monitor", "validate-all"]) {
        const ended = await host.act(action, { [name]: value });
        expect({ value, code: ended.code }).toEqual({ value, code: 6 });
        expect(ended.reason).toStartWith(name);
      }
      expect((await host.act("stop", { [name]: value })).code).toBe(0);
    }
    expect(host.calls()).toEqual([]);
  });
}

for (const [name, value] of [
  ["device", "/dev/../etc/passwd"],
  ["device", "/dev/"],
  ["directory", "/"],
  ["directory", "/a/../b"],
  ["directory", "relative"],
  ["options", "noatime,remount"],
  ["options", "bind"],
  ["options", "loop=/dev/loop3"],
  ["sentinel", ".."],
  ["sentinel", "a/b"],
] as const) {
  test(`${name}=${value} is refused everywhere`, async () => {
    expect((await host.act("start", { [name]: value })).code).toBe(6);
  });
}
