import { splitWords } from "../../core/words.ts";
import { type Container, type Engine, EngineRefusal } from "../engine/types.ts";
import type { Context } from "../ocf/context.ts";
import { TimeLimitError } from "../ocf/deadline.ts";
import type { ContainerTable } from "./parameters.ts";
import { decodeEscapes } from "./settings.ts";

/** A probe of a service: undefined when it serves, else why not. */
export type Check = (container: Container, engine: Engine, limitMs: number) => Promise<string | undefined>;

const MAX_ANSWER = 256 * 1024;
const RETRY_EXEC_MS = 100;

/** The checks that the parameters ask for, cheapest first. */
export function parameterChecks(context: Context<ContainerTable>, name: string): readonly Check[] {
  const { parameters } = context;
  const checks: Check[] = [];
  if (parameters.use_healthcheck) checks.push(async (container) => healthProblem(container));
  if (parameters.monitor_port !== undefined) {
    const dialogue: Dialogue = {
      host: parameters.monitor_host,
      port: parameters.monitor_port,
      send: decodeEscapes(parameters.monitor_send ?? ""),
      expect: decodeEscapes(parameters.monitor_expect ?? ""),
    };
    checks.push((_container, _engine, limitMs) => tcpProblem(context, dialogue, limitMs));
  }
  if (parameters.monitor_cmd !== undefined) {
    const argv = splitWords(parameters.monitor_cmd);
    checks.push((_container, engine) => commandProblem(context, engine, name, argv));
  }
  return checks;
}

/** A connection alone proves nothing: the kernel accepts it for a server that is frozen. */
export function waitsForAnswer({ monitor_port, monitor_expect }: ContainerValues): boolean {
  return monitor_port !== undefined && Boolean(monitor_expect);
}

type ContainerValues = Context<ContainerTable>["parameters"];

function healthProblem(container: Container): string | undefined {
  switch (container.health) {
    case "healthy":
      return undefined;
    case "starting":
      return "the image's health check has not passed yet";
    case "unhealthy":
      return `the image's health check fails: ${container.healthOutput || "it says nothing"}`;
    case "none":
      return "use_healthcheck is on, but the image has no health check";
  }
}

interface Dialogue {
  readonly host: string;
  readonly port: number;
  readonly send: string;
  readonly expect: string;
}

/** Connects, sends, reads until the expected text has come. */
export async function tcpProblem(
  { deadline }: Pick<Context<ContainerTable>, "deadline">,
  { host, port, send, expect }: Dialogue,
  limitMs: number,
): Promise<string | undefined> {
  const { connect } = await import("node:net");
  const place = `${host}:${port}`;
  let answer = "";
  const talk = (signal: AbortSignal) =>
    new Promise<string | undefined>((resolve) => {
      const socket = connect({ host, port });
      const end = (problem: string | undefined) => {
        socket.destroy();
        resolve(problem);
      };
      signal.addEventListener("abort", () => end(undefined));
      socket.on("connect", () => {
        if (send) socket.write(send, "latin1");
        if (!expect) end(undefined);
      });
      socket.on("data", (chunk: Buffer) => {
        answer += chunk.toString("latin1");
        if (answer.includes(expect)) end(undefined);
        else if (answer.length > MAX_ANSWER) end(`${place} answers at length, without the expected text`);
      });
      socket.on("error", (error) => end(`${place} does not answer: ${error.message}`));
      socket.on("close", () => end(`${place} closed the connection after ${quote(answer)}`));
    });
  try {
    return await deadline.during(place, talk, limitMs);
  } catch (error) {
    if (!(error instanceof TimeLimitError)) throw error;
    return answer ? `${place} answered only ${quote(answer)}` : error.message;
  }
}

async function commandProblem(
  context: Context<ContainerTable>,
  engine: Engine,
  name: string,
  argv: readonly string[],
): Promise<string | undefined> {
  const run = () => engine.exec(name, argv);
  const { code, output } = await run().catch(async (error: unknown) => {
    // Engines refuse a command now and then while they are busy with another; twice in a row means something.
    if (!(error instanceof EngineRefusal)) throw error;
    context.log.trace(`once more after: ${error.message}`);
    await context.system.sleep(RETRY_EXEC_MS);
    return run();
  });
  if (code === 0) return undefined;
  const said = output.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
  return `monitor_cmd ${argv[0]} ended with code ${code}${said ? `: ${said}` : ""}`;
}

function quote(text: string): string {
  return text ? JSON.stringify(text.slice(0, 80)) : "no answer";
}
