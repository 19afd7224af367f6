import type { Agent } from "./ocf/agent.ts";
import { Ocf, type OcfCode } from "./ocf/codes.ts";
import { oneLine } from "./ocf/log.ts";
import type { Outcome } from "./ocf/outcome.ts";
import { realSystem, type System } from "./ocf/system.ts";

/** A line per agent. Lazy: one call loads one agent. */
const AGENTS: Readonly<Record<string, () => Promise<Agent>>> = {
  container: async () => (await import("./container/agent.ts")).containerAgent,
  filesystem: async () => (await import("./filesystem/agent.ts")).filesystemAgent,
  ip: async () => (await import("./ip/agent.ts")).ipAgent,
  postgres: async () => (await import("./postgres/agent.ts")).postgresAgent,
  nfs: async () => (await import("./nfs/agent.ts")).nfsAgent,
  drbd: async () => (await import("./drbd/agent.ts")).drbdAgent,
  redis: async () => (await import("./redis/agent.ts")).redisAgent,
  mysql: async () => (await import("./mysql/agent.ts")).mysqlAgent,
};

export function agentNames(): readonly string[] {
  return Object.keys(AGENTS);
}

export async function loadAgent(name: string): Promise<Agent | undefined> {
  return Object.hasOwn(AGENTS, name) ? AGENTS[name]?.() : undefined;
}

/**
 * One call by Pacemaker: does the action, writes at most one exit reason to standard error, answers with the exit
 * code. The caller has to end the process with it: a hung socket would keep it alive.
 * @param argv the arguments after the program's name; all but the first are ignored.
 */
export async function runAgent(
  agentName: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  system: System = realSystem(env),
): Promise<OcfCode> {
  const [action = ""] = argv;
  const agent = await loadAgent(agentName);
  const outcome = agent
    ? await outcomeOf(agent, action, env, system)
    : { code: Ocf.installed, reason: `there is no agent "${agentName}"` };
  if (outcome.reason) {
    system.stderr(`${env["OCF_EXIT_REASON_PREFIX"] ?? "ocf-exit-reason:"}${oneLine(outcome.reason)}\n`);
  }
  return outcome.code;
}

async function outcomeOf(
  agent: Agent,
  action: string,
  env: NodeJS.ProcessEnv,
  system: System,
): Promise<Outcome> {
  if (action !== "meta-data") return agent.invoke({ action, env, system });
  system.stdout(agent.metadata());
  return { code: Ocf.success };
}
