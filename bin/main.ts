import { basename, dirname } from "node:path";

/** Called by an agent's name (`…/resource.d/skyha/postgres`, `fence_skyha_ipmi`) it is that one, else the command line. */
export async function main(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (isAgentName(program)) {
    // The agent path must not load the installer, nor the other way round.
    const { runAgent } = await import("../agents/registry.ts");
    return runAgent(basename(program), args, env);
  }
  // Pacemaker looks for fence agents in one directory of its own; people call them through PATH.
  if (basename(program) === "fence_skyha_ipmi") {
    const { fenceIpmi } = await import("../agents/fence-ipmi/agent.ts");
    return fenceIpmi(args, env);
  }
  if (args[0] === "agent") {
    const { agentCommand } = await import("../agents/cli.ts");
    return agentCommand(args.slice(1), { stdout: write(process.stdout), stderr: write(process.stderr), env });
  }
  if (args[0] === "drbd-handler") {
    const { drbdHandler } = await import("../agents/drbd/handler.ts");
    return drbdHandler(args.slice(1), env);
  }
  const { runCli } = await import("../installer/cli/app.ts");
  return runCli(args);
}

function isAgentName(program: string): boolean {
  return dirname(program).endsWith("/resource.d/skyha");
}

function write(stream: NodeJS.WriteStream): (text: string) => void {
  return (text) => void stream.write(text);
}
