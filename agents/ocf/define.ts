import { createRedactor } from "../../core/redact.ts";
import type { Action, Agent, AgentDefinition, Invocation } from "./agent.ts";
import { Ocf } from "./codes.ts";
import { type Context, createRunner } from "./context.ts";
import { createDeadline, expiry, TimeLimitError } from "./deadline.ts";
import { documentationOf } from "./document.ts";
import { apiMismatch, readEnvironment } from "./environment.ts";
import { createLog, type Log } from "./log.ts";
import { metadataOf } from "./metadata.ts";
import { OcfError, type Outcome, success } from "./outcome.ts";
import type { ParameterTable } from "./table.ts";
import { readValues } from "./values.ts";

const DEFAULT_TIMEOUT_S = 20;

/** Makes a callable agent of its definition: this file is the order in which every action is handled. */
export function defineAgent<T extends ParameterTable>(definition: AgentDefinition<T>): Agent {
  return {
    name: definition.name,
    short: definition.short,
    operations: definition.operations,
    metadata: () => metadataOf(definition),
    documentation: () => documentationOf(definition),
    invoke: (invocation) => invoke(definition, invocation),
  };
}

async function invoke<T extends ParameterTable>(
  definition: AgentDefinition<T>,
  { action, env, system }: Invocation,
): Promise<Outcome> {
  const mismatch = apiMismatch(env);
  if (mismatch) return { code: Ocf.generic, reason: mismatch };

  const handler = handlerOf(definition, action);
  if (!handler) return { code: Ocf.unimplemented, reason: `${definition.name} has no action "${action}"` };

  const environment = readEnvironment(env, action);
  const { values, problems: valueProblems } = readValues(definition.parameters, env);
  const problems = [
    ...valueProblems,
    ...(valueProblems.length === 0 ? (definition.check?.(values) ?? []) : []),
  ];
  // What is running must be stoppable, whatever has been written into the configuration since it was started.
  const [problem] = action === "stop" || action === "demote" || action === "notify" ? [] : problems;
  if (problem) return { code: Ocf.configured, reason: problem.text };

  const secrets = createRedactor();
  const log = createLog(system, environment, secrets);
  const timeoutMs = environment.timeoutMs ?? defaultTimeoutMs(definition, action);
  const deadline = createDeadline(timeoutMs, system.now);
  const context: Context<T> = {
    parameters: values,
    problems,
    environment,
    instance: environment.instance ?? env["OCF_RESKEY_name"] ?? definition.name,
    deadline,
    log,
    secrets,
    system,
    run: createRunner(system, deadline, log),
  };
  log.trace(`${action} of ${context.instance}, time-out ${timeoutMs} ms`);
  const { expired, stop } = expiry(deadline, action, timeoutMs);
  try {
    const outcome = await Promise.race([handler(context), expired]);
    return redacted(outcome, secrets.redact);
  } catch (error) {
    return redacted(outcomeOf(error, log), secrets.redact);
  } finally {
    stop();
    deadline.close();
  }
}

function handlerOf<T extends ParameterTable>(
  definition: AgentDefinition<T>,
  action: string,
): Action<T> | undefined {
  if (action === "validate-all") return (context) => validateAll(definition, context);
  const { actions } = definition;
  switch (action) {
    case "start":
    case "stop":
    case "monitor":
    case "promote":
    case "demote":
    case "notify":
    case "reload-agent":
      return actions[action];
    default:
      return undefined;
  }
}

async function validateAll<T extends ParameterTable>(
  definition: AgentDefinition<T>,
  context: Context<T>,
): Promise<Outcome> {
  if (context.environment.checkLevel === 0 || !definition.checkHost) return success;
  return definition.checkHost(context);
}

function defaultTimeoutMs<T extends ParameterTable>(definition: AgentDefinition<T>, action: string): number {
  const operation = definition.operations.find((candidate) => candidate.name === action);
  return (operation?.timeout ?? DEFAULT_TIMEOUT_S) * 1000;
}

function outcomeOf(error: unknown, log: Log): Outcome {
  if (error instanceof OcfError) return { code: error.code, reason: error.message };
  if (error instanceof TimeLimitError) return { code: Ocf.generic, reason: error.message };
  // A bug of ours: the stack is for the issue, the reason for the operator.
  if (error instanceof Error) {
    log.warn(`internal error: ${error.stack ?? error.message}`);
    return { code: Ocf.generic, reason: `internal error: ${error.message}` };
  }
  return { code: Ocf.generic, reason: `internal error: ${String(error)}` };
}

function redacted(outcome: Outcome, redact: (text: string) => string): Outcome {
  return outcome.reason === undefined ? outcome : { ...outcome, reason: redact(outcome.reason) };
}
