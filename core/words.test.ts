import { expect, test } from "bun:test";
import { splitWords } from "./words.ts";

const SPLIT: readonly [line: string, words: readonly string[]][] = [
  ["", []],
  ["  a \t b ", ["a", "b"]],
  [`a 'b c' "d e"f`, ["a", "b c", "d ef"]],
  [`'' ""`, ["", ""]],
  ["a\\ b \\'", ["a b", "'"]],
  [`"a\\"b\\\\c\\d"`, ['a"b\\c\\d']],
  [`'$HOME' '|;&' \\$x "\\$x"`, ["$HOME", "|;&", "$x", "$x"]],
  ["*.txt ? [a-z] ~ #c {a,b}", ["*.txt", "?", "[a-z]", "~", "#c", "{a,b}"]],
  [`sh -c 'supervisorctl status | grep RUNNING'`, ["sh", "-c", "supervisorctl status | grep RUNNING"]],
];
for (const [line, words] of SPLIT) {
  test(`splits ${JSON.stringify(line)}`, () => expect(splitWords(line)).toEqual([...words]));
}

for (const line of [
  "'a",
  '"a',
  '"a\\',
  "a\\",
  "a | b",
  "a; b",
  "a > b",
  "$HOME",
  '"$HOME"',
  "`id`",
  "$(id)",
  "a && b",
]) {
  test(`refuses ${JSON.stringify(line)}`, () => expect(() => splitWords(line)).toThrow());
}
