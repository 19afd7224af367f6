/** Writes what is generated from the agents' tables: `bun agents/testing/update.ts`, then look at the diff. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { agentNames, loadAgent } from "../registry.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
for (const name of agentNames()) {
  const agent = await loadAgent(name);
  if (!agent) continue;
  writeFileSync(join(root, "agents", name, "meta-data.xml"), agent.metadata());
  writeFileSync(join(root, "docs/agents", `${name}.md`), agent.documentation());
}
