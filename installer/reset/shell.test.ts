import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ApplyContext, Change } from "../../core/change.ts";
import type { Host } from "../../core/host.ts";
import { runProcess } from "../../core/process.ts";
import { readFile } from "../hosts/files.ts";
import { PATHS } from "../names.ts";
import { testConfig } from "../testing/facts.ts";
import { removeLinks, setCibAside } from "./cluster-changes.ts";
import { keepVolume, keptIn } from "./data-changes.ts";
import { removeOwn } from "./file-changes.ts";
import { installedHost } from "./testing.ts";

/*
 * What is done by a shell, done by a real one, in a directory that stands for the host's root: each word that is an absolute
 * path is moved below it, so that nothing of the machine the tests run on can be named.
 */
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "skyha-reset-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const moved = (word: string) => (word.startsWith("/") ? `${root}${word}` : word);
const host: Host = {
  name: "db1",
  address: "",
  exec: ([program, ...words], options = {}) => runProcess([program, ...words.map(moved)], options),
  read: (path) => readFile(host, path),
  write: () => Promise.reject(new Error("nothing here writes")),
  upload: () => Promise.reject(new Error("nothing here uploads")),
  close: async () => {},
};
const context: ApplyContext = { hosts: [host], host: () => host, progress: () => {} };
const put = (path: string, text: string) => {
  mkdirSync(dirname(moved(path)), { recursive: true });
  writeFileSync(moved(path), text);
};
async function done(change: Change): Promise<void> {
  expect(await change.verify(context)).toBeDefined();
  await change.apply(context);
  expect(await change.verify(context)).toBeUndefined();
}

test("the volume is kept with the passwords of its services, and without what gives power over other hosts", async () => {
  put("/data/drbd.img", "blocks");
  put("/etc/skyha/skyha.yaml", "cluster: skycluster\n");
  put("/etc/skyha/secrets/postgres.password", "secret\n");
  put("/etc/skyha/secrets/fence-db2.password", "bmc\n");
  put("/etc/skyha/ssh/id_ed25519", "key\n");
  const kept = keptIn("/data", "20260102T030405");
  await done(keepVolume(installedHost(testConfig(), "db1"), kept));
  expect(existsSync(moved("/data/drbd.img"))).toBe(false);
  expect(readFileSync(moved(kept.image), "utf8")).toBe("blocks");
  expect(statSync(moved(kept.directory)).mode & 0o777).toBe(0o700);
  expect(existsSync(moved(`${kept.directory}/skyha/secrets/postgres.password`))).toBe(true);
  for (const gone of ["secrets/fence-db2.password", "ssh"])
    expect(existsSync(moved(`${kept.directory}/skyha/${gone}`))).toBe(false);
});

test("a copy that is there already is not overwritten, and the volume stays where it is", async () => {
  put("/data/drbd.img", "blocks");
  const kept = keptIn("/data", "20260102T030405");
  put(kept.image, "another");
  const change = keepVolume(installedHost(testConfig(), "db1"), kept);
  await expect(change.apply(context)).rejects.toThrow("ended with code");
  expect(readFileSync(moved("/data/drbd.img"), "utf8")).toBe("blocks");
  expect(readFileSync(moved(kept.image), "utf8")).toBe("another");
  expect(await change.verify(context)).toContain("still there");
});

test("the CIB and its older versions are moved, the directory stays as the package made it", async () => {
  put(`${PATHS.cibDirectory}/cib.xml`, "<cib/>");
  put(`${PATHS.cibDirectory}/cib-1.raw`, "<cib/>");
  await done(setCibAside("db1", "20260102T030405"));
  expect(existsSync(moved(PATHS.cibDirectory))).toBe(true);
  for (const file of ["cib.xml", "cib-1.raw"])
    expect(existsSync(moved(`${PATHS.state}/removed/cib-20260102T030405/${file}`))).toBe(true);
});

test("a name that leads to another program stays", async () => {
  const [ours, theirs] = [`${PATHS.agentDirectory}/postgres`, `${PATHS.agentDirectory}/theirs`];
  mkdirSync(moved(PATHS.agentDirectory), { recursive: true });
  symlinkSync(moved(PATHS.program), moved(ours));
  symlinkSync("/opt/else", moved(theirs));
  await removeLinks("db1", [ours, theirs]).apply(context);
  expect([ours, theirs].map((path) => statSyncLink(path))).toEqual([false, true]);
});
const statSyncLink = (path: string) => statSync(dirname(moved(path))).isDirectory() && isLink(moved(path));
const isLink = (path: string) => Bun.spawnSync(["test", "-L", path]).exitCode === 0;

test("what is skyha's own goes; the mount point only when it is empty", async () => {
  put("/etc/skyha/secrets/a", "x");
  put("/drbd/left", "x");
  await done(removeOwn("db1", "settings", "settings", ["/etc/skyha"], "/drbd"));
  expect(existsSync(moved("/drbd/left"))).toBe(true);
  rmSync(moved("/drbd/left"));
  put("/etc/skyha/a", "x");
  await done(removeOwn("db1", "settings", "settings", ["/etc/skyha"], "/drbd"));
  expect(existsSync(moved("/drbd"))).toBe(false);
});
