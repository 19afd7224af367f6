import { expect, test } from "bun:test";
import { HostError } from "../../../core/host.ts";
import { captured } from "../../../fixtures/captured/read.ts";
import { createFakeHost, type Scripted } from "../../hosts/fake.ts";
import { testConfig } from "../../testing/facts.ts";
import { gatherMachine } from "./gather.ts";
import { parseDockerConfig, parseMemory, parseRestartPolicies, parseSecureBoot } from "./parse.ts";

const of = (name: string) => captured(`machine/${name}`);
const EFI = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

/** A host without anything that these questions are about. */
const SILENT: readonly Scripted[] = [
  { argv: ["nft", "-j", "list", "ruleset"], code: 127 },
  { argv: ["iptables-save"], code: 127 },
  { argv: ["firewall-cmd", "--state"], code: 127 },
  { argv: ["test", "-d", "/sys/module/nf_tables"], code: 1 },
  { argv: ["test", "-d", "/sys/firmware/efi"], code: 1 },
  { argv: ["test", "-d", "/sys/module/drbd"], code: 1 },
  { argv: ["test", "-c", "/dev/watchdog"], code: 1 },
  { argv: ["modinfo", "-F", "signer", "drbd"], code: 1 },
  { argv: ["docker", "info", "--format", "{{json .LiveRestoreEnabled}}"], code: 127 },
  { argv: ["docker", "container", "ls", "--all", "--quiet"], code: 127 },
];
const FILES = { "/proc/meminfo": of("meminfo"), "/proc/filesystems": of("filesystems") };

const machine = (answers: readonly Scripted[] = [], files: Record<string, string> = {}) =>
  gatherMachine(createFakeHost("db1", [...answers, ...SILENT], { ...FILES, ...files }), testConfig());

test("a plain host: every question has an answer", async () => {
  expect(await machine()).toEqual({
    firewall: { manager: undefined, rulesets: [], unread: undefined },
    selinux: { value: "absent" },
    secureBoot: { value: false },
    drbdSignature: { value: { loaded: false, signer: undefined } },
    liveRestore: { value: false },
    restartPolicies: { value: [] },
    watchdog: { value: false },
    memoryBytes: { value: 16_384_000 * 1024 },
  });
});

test("SELinux: its own word, and no guess without it", async () => {
  const mode = async (files: Record<string, string>) => (await machine([], files)).selinux;
  expect(await mode({ "/sys/fs/selinux/enforce": "1" })).toEqual({ value: "enforcing" });
  expect(await mode({ "/sys/fs/selinux/enforce": "0\n" })).toEqual({ value: "permissive" });
  expect(await mode({ "/proc/filesystems": "nodev\tselinuxfs\n\text4\n" })).toMatchObject({
    unknown: expect.stringContaining("not mounted"),
  });
});

test("secure boot: the variable, no UEFI, or not known", async () => {
  expect(parseSecureBoot("\x06\0\0\0\x01")).toBe(true);
  expect(parseSecureBoot("\x06\0\0\0\0")).toBe(false);
  expect(() => parseSecureBoot("\x06\0\0\0")).toThrow();
  expect((await machine([], { [EFI]: "\x06\0\0\0\x01" })).secureBoot).toEqual({ value: true });
  const hidden = await machine([{ argv: ["test", "-d", "/sys/firmware/efi"], code: 0 }]);
  expect(hidden.secureBoot).toMatchObject({ unknown: expect.stringContaining("UEFI") });
});

test("whose key the module is signed with", async () => {
  const signer = { argv: ["modinfo", "-F", "signer", "drbd"], stdout: "DKMS module signing key\n" };
  expect((await machine([signer])).drbdSignature).toEqual({
    value: { loaded: false, signer: "DKMS module signing key" },
  });
  const unsigned = { argv: ["modinfo", "-F", "signer", "drbd"], stdout: "" };
  expect((await machine([unsigned])).drbdSignature).toMatchObject({ value: { signer: undefined } });
});

test("live-restore: the daemon's word before its file's", async () => {
  const info = (stdout: string, code = 0) => ({
    argv: ["docker", "info", "--format", "{{json .LiveRestoreEnabled}}"],
    stdout,
    code,
  });
  const file = { "/etc/docker/daemon.json": '{"live-restore": true}' };
  expect((await machine([info("false\n")], file)).liveRestore).toEqual({ value: false });
  expect((await machine([info("true\n")])).liveRestore).toEqual({ value: true });
  // A daemon that does not run prints its client's part of the answer.
  expect((await machine([info("false\n", 1)], file)).liveRestore).toEqual({ value: true });
  expect((await machine([], { "/etc/docker/daemon.json": "{" })).liveRestore).toHaveProperty("unknown");
  expect(parseDockerConfig('{"iptables": false}')).toBe(false);
});

test("restart policies of containers, ours by the label", async () => {
  const ls = (stdout: string, code = 0) => ({
    argv: ["docker", "container", "ls", "--all", "--quiet"],
    stdout,
    code,
  });
  const inspect = { argv: ["docker", "container", "inspect", "--format", /skyha/, "a1", "b2", "c3"] };
  const { restartPolicies } = await machine([
    ls("a1\nb2\nc3\n"),
    { ...inspect, stdout: of("restart-policies") },
  ]);
  expect(restartPolicies).toEqual({
    value: [
      { container: "postgres", policy: "no", resource: "postgres" },
      { container: "redis", policy: "unless-stopped", resource: undefined },
      { container: "stray", policy: "always", resource: "bstkd" },
    ],
  });
  expect((await machine([ls("", 1)])).restartPolicies).toMatchObject({
    unknown: expect.stringContaining("docker"),
  });
  expect((await machine([ls("a1\nb2\nc3\n"), { ...inspect, code: 1 }])).restartPolicies).toHaveProperty(
    "unknown",
  );
  expect(parseRestartPolicies("pg\t\t<no value>\n")).toEqual([
    { container: "pg", policy: "", resource: undefined },
  ]);
  expect(() => parseRestartPolicies("nonsense")).toThrow();
});

test("what gives no answer in time is not known, whatever it is", async () => {
  const late = SILENT.map(({ argv }) => ({ argv, code: 124, timedOut: true }));
  const { firewall, ...answers } = await gatherMachine(createFakeHost("db1", late), testConfig());
  expect(firewall.unread).toContain("nft: no answer in time");
  expect(Object.entries(answers).filter(([, answer]) => "value" in answer)).toEqual([]);
});

test("a lost connection is not an answer of the host", async () => {
  const host = createFakeHost("db1", SILENT, FILES);
  const lost = { ...host, read: () => Promise.reject(new HostError("db1", "connection lost")) };
  await expect(gatherMachine(lost, testConfig())).rejects.toThrow("connection lost");
});

test("memory", () => {
  expect(parseMemory(of("meminfo"))).toBe(16_384_000 * 1024);
  expect(() => parseMemory("")).toThrow("MemTotal");
});
