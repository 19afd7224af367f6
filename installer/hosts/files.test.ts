import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFile } from "./files.ts";
import { createLocalHost } from "./local.ts";

const directory = mkdtempSync(join(tmpdir(), "skyha-files-"));
const path = join(directory, "authorized_keys");
const local = createLocalHost("db1");

test("a file is replaced whole, with its mode", async () => {
  await writeFile(local, path, "first\n");
  await writeFile(local, path, "größer\n", { mode: 0o600 });
  expect(readFileSync(path, "utf8")).toBe("größer\n");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test.each([0, 4])("a sender that is killed after %d bytes replaces nothing", async (sent) => {
  writeFileSync(path, "the keys that let root in\n");
  const killed: typeof local = {
    ...local,
    exec: (argv, options) => local.exec(argv, { ...options, stdin: (options?.stdin ?? "").slice(0, sent) }),
  };
  await expect(writeFile(killed, path, "the keys and one more\n")).rejects.toThrow("did not arrive whole");
  expect(readFileSync(path, "utf8")).toBe("the keys that let root in\n");
  expect(readdirSync(directory)).toEqual(["authorized_keys"]);
  if (sent === 4) rmSync(directory, { recursive: true });
});
