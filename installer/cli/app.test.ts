import { expect, test } from "bun:test";
import { HostError } from "../../core/host.ts";
import { exitOf, runCli } from "./app.ts";
import type { Io } from "./io.ts";

async function said(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  let text = "";
  const keep = (part: string) => {
    text += part;
  };
  const io: Io = { out: keep, err: keep, terminal: false, env };
  await runCli([...args, "-f", "/nowhere/skyha.yaml"], io);
  return text;
}

const CHINESE = { LANG: "zh_CN.UTF-8" };

test("messages come in the language of LANG, --lang has the last word, programs read English", async () => {
  expect(await said(["plan"], CHINESE)).toContain("无法读取 /nowhere/skyha.yaml");
  expect(await said(["plan"], {})).toContain("cannot read /nowhere/skyha.yaml");
  expect(await said(["--lang", "zh", "plan"], {})).toContain("无法读取");
  expect(await said(["plan", "--lang", "en"], CHINESE)).toContain("cannot read");
  expect(await said(["plan", "--json"], CHINESE)).toContain("cannot read");
  expect(await said(["show", "--check"], CHINESE)).toContain("cannot read");
  expect(await said(["plan", "--lang", "fr"], {})).toContain("choices are en, zh");
});

test("a host that stops answering in the middle is a line, not a bug", () => {
  let text = "";
  const keep = (part: string) => {
    text += part;
  };
  const io: Io = { out: keep, err: keep, terminal: false, env: {} };
  expect(exitOf(new HostError("db1", "no answer within 25 s"), io, false)).toBe(3);
  expect(text).toStartWith("error: db1: the host does not answer any more: no answer within 25 s\n");
  expect(text).not.toContain("unexpected");
  text = "";
  expect(exitOf(new TypeError("x is undefined"), io, false)).toBe(1);
  expect(text).toContain("unexpected error, please report it\nTypeError: x is undefined");
});
