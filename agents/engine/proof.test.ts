import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type ProofPlaces, proveWithoutEngine, type RecordedContainer } from "./proof.ts";

const OURS = "ab".repeat(32);
const OTHER = "cd".repeat(32);

let directory: string;
let places: ProofPlaces;
let podmanList: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "skyha-proof-"));
  places = { procDir: join(directory, "proc"), libDir: directory };
  podmanList = join(directory, "containers/storage/overlay-containers/containers.json");
  mkdirSync(dirname(podmanList), { recursive: true });
  mkdirSync(places.procDir);
});
afterEach(() => rmSync(directory, { recursive: true }));

function process(pid: number, cgroup: string, cmdline = "x\0", state = "S"): void {
  const at = join(places.procDir, String(pid));
  mkdirSync(at);
  writeFileSync(join(at, "cgroup"), `${cgroup}\n`);
  writeFileSync(join(at, "cmdline"), cmdline);
  writeFileSync(join(at, "stat"), `${pid} (x) ${state} ${"0 ".repeat(18)}99 0`);
}

function dockerKnows(id: string, name: string, resource = "pg"): void {
  const at = join(directory, "docker/containers", id);
  mkdirSync(at, { recursive: true });
  const config = { Name: `/${name}`, Config: { Labels: { owner: resource } } };
  writeFileSync(join(at, "config.v2.json"), JSON.stringify(config));
}

const prove = (recorded?: RecordedContainer, seen: string[] = []) =>
  proveWithoutEngine({ name: "pg", label: ["owner", "pg"], recorded, seen }, places);
const shim = (id: string) => `/usr/bin/containerd-shim-runc-v2\0-namespace\0moby\0-id\0${id}\0-address\0x\0`;
const conmon = (id: string) => `/usr/bin/conmon\0--api-version\x001\0-c\0${id}\0-u\0${id}\0`;

test("an empty host runs nothing", async () => expect((await prove()).kind).toBe("stopped"));

const GROUPS = [
  `0::/system.slice/docker-${OURS}.scope`,
  `12:pids:/docker/${OURS}\n1:name=systemd:/docker/${OURS}`,
  `0::/machine.slice/libpod-${OURS}.scope/container`,
  `0::/own.slice/libpod_parent/libpod-${OURS}`,
];
for (const group of GROUPS) {
  test(`a process in ${group.split("\n")[0]} runs`, async () => {
    process(7, group);
    dockerKnows(OURS, "pg");
    expect(await prove()).toEqual({ kind: "running", processes: [7], ids: [OURS] });
  });
}

test("containers of other names do not concern us", async () => {
  process(7, `0::/docker/${OTHER}`);
  process(8, "0::/system.slice/containerd.service", shim(OTHER));
  dockerKnows(OTHER, "redis");
  expect((await prove()).kind).toBe("stopped");
});

test("a container of our name with another owner is not ours", async () => {
  process(7, `0::/docker/${OTHER}`);
  dockerKnows(OTHER, "pg", "somebody");
  expect((await prove()).kind).toBe("stopped");
});

test("podman's list of names counts as well", async () => {
  process(7, `0::/machine.slice/libpod-${OTHER}.scope`);
  writeFileSync(podmanList, JSON.stringify([{ id: OTHER, names: ["redis"] }]));
  expect((await prove()).kind).toBe("stopped");
  writeFileSync(podmanList, JSON.stringify([{ id: OTHER, names: ["pg"] }]));
  expect((await prove()).kind).toBe("unknown");
});

for (const [what, commandLine] of [
  ["containerd-shim", shim(OURS)],
  ["conmon", conmon(OURS)],
] as const) {
  test(`${what} without a process inside: a start under way, or the rest of the recorded container`, async () => {
    process(7, "0::/system.slice/containerd.service", commandLine);
    dockerKnows(OURS, "pg");
    expect((await prove()).kind).toBe("unknown");
    expect((await prove({ id: OTHER, pid: 5, startTime: "1" })).kind).toBe("unknown");
    expect((await prove({ id: OURS, pid: 5, startTime: "1" })).kind).toBe("stopped");
    expect((await prove(undefined, [OURS])).kind).toBe("stopped");
  });
}

test("a zombie that nobody has collected does not run", async () => {
  process(7, `0::/docker/${OURS}`, "", "Z");
  dockerKnows(OURS, "pg");
  expect((await prove({ id: OURS, pid: 7, startTime: "99" })).kind).toBe("stopped");
});

test("the recorded process counts although its control group has another name", async () => {
  process(7, "0::/elsewhere");
  expect((await prove({ id: OURS, pid: 7, startTime: "99" })).kind).toBe("running");
  expect((await prove({ id: OURS, pid: 7, startTime: "98" })).kind).toBe("stopped");
});
