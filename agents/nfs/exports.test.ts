import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { ExportsError, parseExports, renderExports } from "./exports.ts";
import { createFakeNfs, type FakeNfs } from "./fake.ts";

let nfs: FakeNfs;
beforeAll(async () => {
  nfs = await createFakeNfs();
});
afterAll(() => nfs.close());

const GOOD: readonly string[] = [
  "/srv/a 10.78.0.0/24(rw,sync,no_subtree_check,all_squash,fsid=1)",
  "/srv/a *(ro,fsid=0)",
  "/srv/a fd00:78::/64(rw,fsid=root) host.example.org(ro,fsid=0) @group(ro,fsid=0)",
  "/srv/a *.example.org(rw,sec=krb5:krb5p,anonuid=65534,fsid=6c1a2b3c-0d1e-4f5a-8b9c-0d1e2f3a4b5c)",
  "/srv/a-b_c.d 10.0.0.1(fsid=1);/srv/b  10.0.0.1(fsid=2)",
];
for (const text of GOOD) {
  test(`reads ${text}`, () => expect(parseExports(text).length).toBe(text.split(";").length));
}

const BAD: readonly string[] = [
  "",
  ";",
  "/srv/a *(fsid=1);",
  "srv *(fsid=1)",
  "/ *(fsid=1)",
  "/srv/../etc *(fsid=1)",
  "/srv/./a *(fsid=1)",
  "/srv/a/ *(fsid=1)",
  "/srv//a *(fsid=1)",
  "/srv/a",
  "/srv/a *",
  "/srv/a (fsid=1)",
  "/srv/a 10.0.0.1 (rw,fsid=1)",
  "/srv/a *(rw)",
  "/srv/a *()",
  "/srv/a *(rw,,fsid=1)",
  "/srv/a *(fsid=)",
  "/srv/a *(fsid=1,fsid=2)",
  "/srv/a *(fsid=x)",
  "/srv/a *(nofsid=1)",
  "/srv/a *(fsid=1) 10.0.0.1(rw)",
  "/srv/a *(fsid=1) 10.0.0.1(fsid=2)",
  "/srv/a *(fsid=1) *(fsid=1)",
  "/srv/a *(fsid=1);/srv/b *(fsid=01)",
  "/srv/a *(fsid=0);/srv/b *(fsid=root)",
  "/srv/a *(fsid=1);/srv/a 10.0.0.1(fsid=1)",
  "/srv/a -rw,fsid=1 *(fsid=1)",
  "/srv/a *(fsid=1)\n/etc *(rw,no_root_squash,fsid=2)",
  "/srv/a *(fsid=1)\r/etc *(fsid=2)",
  "/srv/a\t*(fsid=1)",
  "/srv/a *(fsid=1)\\",
  '"/srv/a" *(fsid=1)',
  "/srv/a '*'(fsid=1)",
  "/srv/a\\040b *(fsid=1)",
  "/srv/a *(fsid=1) #",
  "/srv/$(id) *(fsid=1)",
  "/srv/`id` *(fsid=1)",
  "/srv/a *(fsid=1)(rw)",
  "/srv/a *((fsid=1))",
  "/srv/ä *(fsid=1)",
  "/srv/a *(fsid=1)\u2028/etc *(fsid=2)",
  `/srv/a ${"a".repeat(500)}(fsid=1)`,
  `/${"a".repeat(1001)} *(fsid=1)`,
];
for (const text of BAD) {
  test(`refuses ${JSON.stringify(text.slice(0, 60))}, and writes nothing`, async () => {
    expect(() => parseExports(text)).toThrow(ExportsError);
    for (const action of ["validate-all", "start", "monitor", "reload-agent"]) {
      const ended = await nfs.act(action, { exports: text });
      expect(ended.code).toBe(6);
      expect(ended.reason).toStartWith("exports ");
    }
    expect(existsSync(`${nfs.bench.directory}/etc`)).toBe(false);
    expect(nfs.calls()).toEqual([]);
  });
}

test("the file holds one export per line, below a word about its writer", () => {
  const lines = renderExports(parseExports("/srv/a *(fsid=1)  h(ro,fsid=1); /srv/b *(fsid=2)")).split("\n");
  expect(lines[0]).toStartWith("# written by ocf:skyha:nfs");
  expect(lines.slice(1)).toEqual(["/srv/a *(fsid=1) h(ro,fsid=1)", "/srv/b *(fsid=2)", ""]);
});

const WRONG: readonly [name: string, value: string, text: string][] = [
  ["state_directory", "info", "plain absolute path"],
  ["state_directory", "/vol/../etc", "plain absolute path"],
  ["state_directory", "/elsewhere/info", "below a path of mount_check"],
  ["mount_check", "relative", "absolute paths"],
  ["mount_check", "/a/../b", "absolute paths"],
  ["sentinel", "../x", "a file name"],
  ["port", "0", "whole number"],
  ["address", "127.0.0.1; reboot", "an address"],
];
for (const [name, value, text] of WRONG) {
  test(`${name}=${value} is refused everywhere`, async () => {
    const ended = await nfs.act("start", { [name]: value });
    expect(ended.code).toBe(6);
    expect(ended.reason).toStartWith(name);
    expect(ended.reason).toContain(text);
  });
}

test("the client database does not lie where clients can write", async () => {
  const ended = await nfs.act("start", { state_directory: `${nfs.share}/info` });
  expect(ended).toMatchObject({ code: 6 });
  expect(ended.reason).toContain("clients can write");
});
