import { expect, test } from "bun:test";
import { run } from "./run.ts";
import { quote } from "./ssh.ts";

test("plain words stay readable", () => {
  expect(["uname", "-r", "/etc/hosts", "a=b,c"].map(quote)).toEqual(["uname", "-r", "/etc/hosts", "a=b,c"]);
});

test("a shell reads every word back as it was", async () => {
  const words = ["", " ", "it's", '"$HOME"', "a\nb", "`id`", "*", "\\", "ü", "-n"];
  const read = await run(["sh", "-c", `printf '%s\\0' ${words.map(quote).join(" ")}`]);
  expect(read.split("\0").slice(0, -1)).toEqual(words);
});
