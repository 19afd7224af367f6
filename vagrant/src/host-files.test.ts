import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debugfsScript, identityFiles } from "./host-files.ts";

const directory = mkdtempSync(join(tmpdir(), "identity-"));
afterAll(() => rmSync(directory, { recursive: true }));
const hostKeyFile = join(directory, "key");
writeFileSync(hostKeyFile, "PRIVATE KEY\n");

function filesOf(name: "db1" | "db2") {
  const aptSource = "deb [trusted=yes] http://10.77.0.1:8000/ ./";
  const files = identityFiles({
    name,
    octet: 77,
    authorizedKey: "ssh-ed25519 AAAA lab",
    hostKeyFile,
    aptSource,
  });
  return new Map(files.map((file) => [file.path, file]));
}

test("a host gets its own name, addresses and machine id", () => {
  const db2 = filesOf("db2");
  expect(db2.get("/etc/hostname")?.text).toBe("db2\n");
  expect(db2.get("/etc/systemd/network/10-link2.network")?.text).toContain("Address=10.77.1.12/24");
  expect(db2.get("/etc/machine-id")?.text).toMatch(/^[0-9a-f]{32}\n$/);
  expect(db2.get("/etc/machine-id")?.text).not.toBe(filesOf("db1").get("/etc/machine-id")?.text);
});

test("no route leads out of the lab", () => {
  expect([...filesOf("db1").values()].map((file) => file.text).join("")).not.toContain("Gateway");
});

test("private files are private inside the image", () => {
  const file = filesOf("db1").get("/etc/ssh/ssh_host_ed25519_key");
  expect(file?.text).toBe("PRIVATE KEY\n");
  const script = debugfsScript(file === undefined ? [] : [file], (index) => `/staging/${index}`);
  expect(script).toContain("write /staging/0 /etc/ssh/ssh_host_ed25519_key");
  expect(script).toContain("sif /etc/ssh/ssh_host_ed25519_key mode 0100600");
});
