import { expect, test } from "bun:test";
import { agentCommand } from "./cli.ts";

async function command(...args: string[]) {
  let stdout = "";
  let stderr = "";
  const code = await agentCommand(args, {
    env: { PATH: "/nowhere" },
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
  });
  return { code, stdout, stderr };
}

test("lists and describes the agents", async () => {
  expect((await command("list")).stdout).toContain("ocf:skyha:container");
  expect((await command("describe", "container")).stdout).toContain("| `image` | string | required |");
  expect((await command("describe", "container", "--xml")).stdout).toStartWith("<?xml");
});

test("runs an action for people: code, name, time, reason", async () => {
  const ended = await command("run", "container", "validate-all", "image=i", "run_opts=--gpus=all");
  expect(ended.code).toBe(6);
  expect(ended.stdout).toMatch(
    /^validate-all: 6 \(invalid configuration\) in \d+ ms\nreason: run_opts .*--gpus/,
  );
  expect(ended.stderr).toBe("");
});

test("wrong usage is 2 and names the mistake", async () => {
  expect(await command()).toMatchObject({ code: 2 });
  expect((await command("run", "nonsense", "start")).stderr).toContain("there are: container");
  expect((await command("run", "container", "start", "image")).stderr).toContain(
    "image is not parameter=value",
  );
});
