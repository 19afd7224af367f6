import { expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { quoteArgv } from "./quote.ts";

test.each([
  [["ls", "-l", "/drbd"], "ls -l /drbd"],
  [["echo", "a b"], "echo 'a b'"],
  [["echo", ""], "echo ''"],
  [["echo", "it's"], "echo 'it'\\''s'"],
  [["echo", '$HOME `id` "x"; rm -rf /'], "echo '$HOME `id` \"x\"; rm -rf /'"],
  [["echo", "~root", "*"], "echo '~root' '*'"],
] as const)("quotes %j", (argv, wanted) => {
  expect(quoteArgv(argv)).toBe(wanted);
});

test("a shell gives back every argument unchanged", () => {
  const nasty = [
    "",
    " ",
    "a\nb",
    "'",
    "''",
    "\\",
    "$(id)",
    "`id`",
    "!x",
    "#",
    "é漢",
    "-n",
    "--",
    "\t*?[a]{b,c}",
  ];
  const out = execFileSync("sh", ["-c", quoteArgv(["printf", "%s\\0", ...nasty])], { encoding: "utf8" });
  expect(out.split("\0").slice(0, -1)).toEqual(nasty);
});

test("refuses a NUL byte", () => {
  expect(() => quoteArgv(["echo", "a\0b"])).toThrow("NUL");
});
