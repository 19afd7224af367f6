import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { XMLValidator } from "fast-xml-parser";
import type { Agent } from "./ocf/agent.ts";
import { agentNames, loadAgent } from "./registry.ts";

const root = join(import.meta.dir, "..");

async function agentOf(name: string): Promise<Agent> {
  const agent = await loadAgent(name);
  if (!agent) throw new Error(`no agent ${name}`);
  return agent;
}

// After a wanted change: bun agents/testing/update.ts, then look at the difference.
test.each(agentNames())("%s: meta-data and manual page are the reviewed ones", async (name) => {
  const agent = await agentOf(name);
  expect(agent.metadata()).toBe(readFileSync(join(root, "agents", name, "meta-data.xml"), "utf8"));
  expect(agent.documentation()).toBe(readFileSync(join(root, "docs/agents", `${name}.md`), "utf8"));
});

test.each(agentNames())("%s: the meta-data is well formed", async (name) => {
  expect(XMLValidator.validate((await agentOf(name)).metadata())).toBe(true);
});

test.each(agentNames())(
  "%s: every operation has a time-out, and it can be started, stopped and watched",
  async (name) => {
    const { operations } = await agentOf(name);
    expect(operations.every(({ timeout }) => timeout > 0)).toBe(true);
    expect(operations.map((operation) => operation.name)).toEqual(
      expect.arrayContaining(["start", "stop", "monitor"]),
    );
  },
);
