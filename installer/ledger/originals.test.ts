import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Host } from "../../core/host.ts";
import { runProcess } from "../../core/process.ts";
import { readFile } from "../hosts/files.ts";
import { PATHS } from "../names.ts";
import { giveBack, keepOriginal, notGivenBack, readOriginals } from "./originals.ts";

/** A host whose /var/lib/skyha is a directory of the test; what it is told to do, a real shell does. */
let directory: string;
let host: Host;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "skyha-originals-"));
  const moved = (word: string) => word.replace(PATHS.state, join(directory, "state"));
  host = {
    name: "db1",
    address: "",
    exec: (argv, options = {}) => {
      const [program, ...words] = argv.map(moved);
      return runProcess([program ?? "", ...words], options);
    },
    read: (path) => readFile(host, path),
    write: () => Promise.reject(new Error("nothing here writes")),
    upload: () => Promise.reject(new Error("nothing here uploads")),
    close: async () => {},
  };
});
afterEach(() => rmSync(directory, { recursive: true }));

const begin = () => {
  const file = join(directory, "state/original/units.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '{"corosync.service":""}\n');
};

test("the first content of a file is kept with its mode, and given back; later ones are skyha's own", async () => {
  begin();
  const path = join(directory, "a file.conf");
  writeFileSync(path, "theirs");
  chmodSync(path, 0o640);
  await keepOriginal(host, path);
  writeFileSync(path, "ours");
  chmodSync(path, 0o600);
  await keepOriginal(host, path);
  expect(statSync(join(directory, "state/original/files")).mode & 0o777).toBe(0o700);
  expect(await notGivenBack(host, path)).toContain("is not as it was");
  await giveBack(host, path);
  expect(readFileSync(path, "utf8")).toBe("theirs");
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(await notGivenBack(host, path)).toBeUndefined();
});

test("a file that was not there goes, also when a later installation found it", async () => {
  begin();
  const path = join(directory, "etc/new.conf");
  await keepOriginal(host, path);
  mkdirSync(dirname(path));
  writeFileSync(path, "ours");
  await keepOriginal(host, path);
  expect((await readOriginals(host)).files).toEqual(new Map([[path, "absent"]]));
  await giveBack(host, path);
  expect(existsSync(path)).toBe(false);
  expect(await notGivenBack(host, path)).toBeUndefined();
});

test("where the first installation recorded nothing, nobody knows: what is there is not taken for an original", async () => {
  const path = join(directory, "old.conf");
  writeFileSync(path, "of an older skyha");
  await keepOriginal(host, path);
  expect(await readOriginals(host)).toEqual({ units: undefined, files: new Map() });
});

test("nothing is kept of what is skyha's own; a torn record is not read as an empty one", async () => {
  begin();
  await keepOriginal(host, "/etc/skyha/secrets/postgres.password");
  expect((await readOriginals(host)).files).toEqual(new Map());
  writeFileSync(join(directory, "state/original/units.json"), '{"corosync');
  await expect(readOriginals(host)).rejects.toThrow("cannot be read");
});
