import { expect, test } from "bun:test";
import { createFenceBench, device } from "./bench.ts";
import { parsePower } from "./ipmitool.ts";

test("status: 0 for on, 2 for off; monitor is content with both", async () => {
  using bench = createFenceBench();
  expect(await bench.run(device(bench, "status"))).toMatchObject({
    code: 0,
    stdout: "Status: ON\n",
    stderr: "",
  });
  expect(await bench.run(device(bench, "monitor"))).toMatchObject({ code: 0, stderr: "" });
  bench.set("power", "off");
  expect(await bench.run(device(bench, "status"))).toMatchObject({ code: 2, stdout: "Status: OFF\n" });
  expect((await bench.run(device(bench, "monitor"))).code).toBe(0);
  expect(bench.verbs()).toEqual(["status", "status", "status", "status"]);
});

test("an answer that is not understood is unknown, never guessed", async () => {
  for (const text of [
    "",
    "Chassis Power is",
    "Chassis Power is offline",
    "Chassis Power is on\nChassis Power is off",
    "Chassis power is off",
    "System Power : off",
  ]) {
    expect(parsePower(text).known).toBe(false);
  }
  using bench = createFenceBench();
  bench.set("say", "Chassis Power is \u001b[31moff\nno, on");
  for (const action of ["status", "monitor", "off", "reboot", "on"]) {
    const ended = await bench.run(device(bench, action, "power_timeout=2"));
    expect([action, ended.code]).toEqual([action, 1]);
    expect(ended.stderr).toMatch(
      /^fence_skyha_ipmi: \P{Cc}*did not say whether the power is on or off\P{Cc}*\n$/u,
    );
    expect(ended.stdout).toBe("");
  }
});

test("two answers to one question are none: not even when the last says what is wanted", async () => {
  using bench = createFenceBench();
  bench.set("say", "Chassis Power is on\nChassis Power is off");
  expect((await bench.run(device(bench, "off", "power_timeout=2"))).code).toBe(1);
});

test("command and proof are one session; only what is not yet so is asked again", async () => {
  using bench = createFenceBench();
  await bench.run(device(bench, "off"));
  expect(bench.calls()).toHaveLength(1);
  expect(bench.calls()[0]).toMatch(/ exec \S+\/fence_skyha_ipmi\.\S+$/);
  bench.set("late", "2");
  await bench.run(device(bench, "on"));
  expect(
    bench
      .calls()
      .slice(1)
      .map((call) => call.split(" ").at(-2)),
  ).toEqual(["exec", "power", "power"]);
  expect(bench.leftovers()).toEqual([]);
});

test("without a place for the script, or with an ipmitool that cannot read it, it takes two sessions", async () => {
  using full = createFenceBench();
  const nowhere = { directories: ["/nowhere", "/proc"] };
  expect(await full.run(device(full, "off"), nowhere)).toMatchObject({ code: 0, stderr: "" });
  expect(full.verbs()).toEqual(["off", "status"]);
  expect(full.calls()).toHaveLength(2);

  using old = createFenceBench();
  old.set("noexec", "yes");
  expect((await old.run(device(old, "off"))).code).toBe(0);
  expect(old.verbs().filter((verb) => verb === "off")).toHaveLength(1);
  expect(old.power()).toBe("off");
});

test("status that fails once is asked again; a BMC that never answers is 1 for every action, in time", async () => {
  using bench = createFenceBench();
  bench.set("broken", "status\non\noff");
  for (const action of ["status", "monitor", "off", "on", "reboot"]) {
    const ended = await bench.run(device(bench, action, "power_timeout=20"));
    expect([action, ended.code]).toEqual([action, 1]);
    expect(ended.stderr).toContain("Unable to establish IPMI");
    expect(ended.stderr.trimEnd()).not.toContain("\n");
    expect(ended.seconds).toBeLessThan(21);
  }
  // Logins that fail are few, or the controller locks the user out.
  expect(bench.calls().length).toBeLessThan(80);
});

test("off: proven before it succeeds, also when the BMC takes its time", async () => {
  using bench = createFenceBench();
  bench.set("late", "3");
  const ended = await bench.run(device(bench, "off"));
  expect(ended).toMatchObject({ code: 0, stdout: "Success: Powered OFF\n", stderr: "" });
  expect(bench.power()).toBe("off");
  expect(bench.verbs()).toEqual(["off", "status", "status", "status", "status"]);
});

test("off: a host that is off already is success at once, whatever the BMC says to the command", async () => {
  using bench = createFenceBench();
  bench.set("power", "off");
  expect(await bench.run(device(bench, "off"))).toMatchObject({ code: 0, stderr: "" });
  expect(bench.verbs()).toEqual(["off", "status"]);
});

test("off: a BMC that says ok and does nothing is asked again every 2 s, then 1", async () => {
  using bench = createFenceBench();
  bench.set("deaf", "off");
  const ended = await bench.run(device(bench, "off", "power_timeout=7"));
  expect(ended.code).toBe(1);
  expect(ended.stderr).toBe(
    "fence_skyha_ipmi: 10.0.0.9 was not proven to be off within 7 s: the BMC says the power is on\n",
  );
  expect(ended.seconds).toBeGreaterThan(6.5);
  expect(ended.seconds).toBeLessThan(7.5);
  expect(bench.verbs().filter((verb) => verb === "off")).toHaveLength(4);
  expect(bench.verbs().filter((verb) => verb === "status").length).toBeGreaterThan(15);
});

test("off: a command that hangs leaves time for the question, and the reason names what the BMC said", async () => {
  using bench = createFenceBench();
  bench.set("slow", "off");
  const hanging = await bench.run(device(bench, "off", "timeout=1", "power_timeout=2"));
  expect(hanging.code).toBe(1);
  expect(hanging.stderr).toContain("the BMC says the power is on");
  expect(hanging.seconds).toBeLessThan(2.5);
  bench.set("power", "off");
  expect((await bench.run(device(bench, "off", "timeout=1", "power_timeout=2"))).code).toBe(0);

  using refusing = createFenceBench();
  refusing.set("broken", "off");
  expect((await refusing.run(device(refusing, "off", "power_timeout=1"))).stderr).toContain(
    "the BMC says the power is on (ipmitool: Error: Unable to establish",
  );
}, 15_000);

test("on: until it is on", async () => {
  using bench = createFenceBench();
  bench.set("power", "off");
  bench.set("late", "1");
  expect(await bench.run(device(bench, "on"))).toMatchObject({ code: 0, stdout: "Success: Powered ON\n" });
  expect(bench.power()).toBe("on");
  bench.set("power", "off");
  bench.set("deaf", "on");
  expect((await bench.run(device(bench, "on", "power_timeout=1"))).code).toBe(1);
});

test("reboot: off with proof, then on", async () => {
  using bench = createFenceBench();
  const ended = await bench.run(device(bench, "reboot"));
  expect(ended).toMatchObject({ code: 0, stdout: "Success: Rebooted\n", stderr: "" });
  expect(bench.verbs()).toEqual(["off", "status", "on", "status"]);
});

test("reboot: the host is fenced even if it does not come on again; without proof of off it is not", async () => {
  for (const trouble of ["deaf", "broken"] as const) {
    using bench = createFenceBench();
    bench.set(trouble, "on");
    const ended = await bench.run(device(bench, "reboot", "power_timeout=3", "timeout=2"));
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(
      /^fence_skyha_ipmi: WARNING: 10\.0\.0\.9 is fenced .*the BMC says the power is off.*\n$/,
    );
    expect(ended.seconds).toBeLessThan(5.5);
  }
  using bench = createFenceBench();
  bench.set("deaf", "off");
  expect((await bench.run(device(bench, "reboot", "power_timeout=2"))).code).toBe(1);
  expect(bench.verbs()).not.toContain("on");
});

test("delay: before off and reboot only, and not counted", async () => {
  using bench = createFenceBench();
  expect((await bench.run(device(bench, "off", "delay=7", "power_timeout=2"))).seconds).toBeGreaterThan(7);
  expect((await bench.run(device(bench, "status", "delay=7"))).seconds).toBeLessThan(5);
});
