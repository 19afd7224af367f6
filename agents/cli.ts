import { nameOfCode, Ocf } from "./ocf/codes.ts";
import { realSystem } from "./ocf/system.ts";
import { agentNames, loadAgent, runAgent } from "./registry.ts";

export interface AgentIo {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

export const AGENT_USAGE = `skyha agent list                                lists the agents
skyha agent describe NAME [--xml | --markdown]  parameters and operations of one
skyha agent run NAME ACTION [parameter=value…]  runs one action here and explains the code it ends with
`;

const USAGE_CODE = 2;

/** `skyha agent …`: exit code 2 for wrong usage; of \`run\` the agent's own. */
export async function agentCommand(args: readonly string[], io: AgentIo): Promise<number> {
  const [verb, name, ...rest] = args;
  if (verb === "list") {
    io.stdout(await listAgents());
    return 0;
  }
  const wantsAgent = verb === "describe" || verb === "run";
  if (wantsAgent && name !== undefined) {
    const text = verb === "describe" ? await describeAgent(name, rest[0]) : undefined;
    if (text !== undefined) {
      io.stdout(text);
      return 0;
    }
    if (verb === "run" && agentNames().includes(name)) return runForPeople(name, rest, io);
    io.stderr(`there is no agent "${name}"; there are: ${agentNames().join(", ")}\n`);
    return USAGE_CODE;
  }
  io.stderr(AGENT_USAGE);
  return USAGE_CODE;
}

export async function listAgents(): Promise<string> {
  const agents = await Promise.all(agentNames().map(loadAgent));
  return agents.map((agent) => (agent ? `ocf:skyha:${agent.name.padEnd(12)} ${agent.short}\n` : "")).join("");
}

/** undefined when there is no agent of that name. */
export async function describeAgent(name: string, format?: string): Promise<string | undefined> {
  const agent = await loadAgent(name);
  return format === "--xml" ? agent?.metadata() : agent?.documentation();
}

async function runForPeople(name: string, args: readonly string[], io: AgentIo): Promise<number> {
  const [action, ...pairs] = args;
  const wrong = pairs.find((pair) => !/^\w+=/.test(pair));
  if (action === undefined || wrong !== undefined) {
    io.stderr(wrong === undefined ? AGENT_USAGE : `${wrong} is not parameter=value\n`);
    return USAGE_CODE;
  }
  const env = { ...io.env };
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    env[`OCF_RESKEY_${pair.slice(0, equals)}`] = pair.slice(equals + 1);
  }
  // The reason is caught to be shown after the result; everything else is passed on as it comes.
  let reason = "";
  const prefix = "ocf-exit-reason:";
  const system = {
    ...realSystem(env),
    stdout: io.stdout,
    stderr: (text: string) => {
      if (text.startsWith(prefix)) reason = text.slice(prefix.length).trim();
      else io.stderr(text);
    },
  };
  const began = system.now();
  const code = await runAgent(name, [action], { ...env, OCF_EXIT_REASON_PREFIX: prefix }, system);
  // Documents are for pipes: nothing may come after them.
  if (action === "meta-data" && code === Ocf.success) return code;
  io.stdout(`${action}: ${code} (${nameOfCode(code)}) in ${Math.round(system.now() - began)} ms\n`);
  if (reason) io.stdout(`reason: ${reason}\n`);
  return code;
}
