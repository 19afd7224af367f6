import { expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  fingerprint,
  judgeKey,
  keyType,
  knownHostsLine,
  knownTypes,
  parseKnownHosts,
} from "./known-hosts.ts";

const ED = "AAAAC3NzaC1lZDI1NTE5AAAAIHYxQ3Tq4bGJ0gQv6oKx0Uq8m0h5m8b8k9i2n3c4d5e6";
const OTHER = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAQ3Tq4bGJ0gQv6oKx0Uq8m0h5m8b8k9i2n3c4d5e6";
const key = Buffer.from(ED, "base64");
const other = Buffer.from(OTHER, "base64");
const judge = (text: string, host = "db1", port = 22, shown = key) =>
  judgeKey(parseKnownHosts(text), host, port, shown);

test("a key in the file is known, by name, by list, by pattern, on another port", () => {
  expect(judge(`db1 ssh-ed25519 ${ED}`)).toEqual({ verdict: "known" });
  expect(judge(`x,db1,10.0.0.1 ssh-ed25519 ${ED} me@here`)).toEqual({ verdict: "known" });
  expect(judge(`db* ssh-ed25519 ${ED}`)).toEqual({ verdict: "known" });
  expect(judge(`[db1]:2222 ssh-ed25519 ${ED}`, "db1", 2222)).toEqual({ verdict: "known" });
});

test("port, negation and unrelated names do not match", () => {
  expect(judge(`db1 ssh-ed25519 ${ED}`, "db1", 2222)).toEqual({ verdict: "unknown" });
  expect(judge(`db*,!db1 ssh-ed25519 ${ED}`)).toEqual({ verdict: "unknown" });
  expect(judge(`db10 ssh-ed25519 ${ED}`)).toEqual({ verdict: "unknown" });
  expect(judge("")).toEqual({ verdict: "unknown" });
});

test("another key of the same type is a change, of another type is not", () => {
  expect(judge(`# c\ndb1 ssh-ed25519 ${OTHER}`)).toEqual({ verdict: "changed", line: 2 });
  expect(judge("db1 ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7")).toEqual({ verdict: "unknown" });
});

test("a revoked key is refused even when it is also listed", () => {
  expect(judge(`db1 ssh-ed25519 ${ED}\n@revoked db1 ssh-ed25519 ${ED}`)).toEqual({
    verdict: "revoked",
    line: 2,
  });
});

test("names hashed by ssh-keygen -H are found", () => {
  const dir = mkdtempSync(join(tmpdir(), "skyha-kh-"));
  const file = join(dir, "known_hosts");
  writeFileSync(file, knownHostsLine("db1", 22, key) + knownHostsLine("db1", 2222, other));
  execFileSync("ssh-keygen", ["-H", "-f", file], { stdio: "ignore" });
  const text = readFileSync(file, "utf8");
  expect(text).toContain("|1|");
  expect(judge(text)).toEqual({ verdict: "known" });
  expect(judge(text, "db1", 2222)).toEqual({ verdict: "changed", line: 2 });
  expect(judge(text, "db2")).toEqual({ verdict: "unknown" });
  expect(knownTypes(parseKnownHosts(text), "db1", 22)).toEqual(["ssh-ed25519"]);
});

test("type and fingerprint are read from the blob, as ssh-keygen prints them", () => {
  expect(keyType(key)).toBe("ssh-ed25519");
  const dir = mkdtempSync(join(tmpdir(), "skyha-kh-"));
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(dir, "k")]);
  const [, blob] = readFileSync(join(dir, "k.pub"), "utf8").split(" ");
  const shown = execFileSync("ssh-keygen", ["-lf", join(dir, "k.pub")], { encoding: "utf8" });
  expect(shown).toContain(fingerprint(Buffer.from(blob ?? "", "base64")));
});

test("garbage lines are skipped, never thrown on", () => {
  expect(parseKnownHosts("x\n@revoked\n|1|a\n\0\n   \n")).toEqual([]);
});
