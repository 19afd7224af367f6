import type { Check } from "../container/checks.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import { type Answer, askServer } from "./ask.ts";
import type { Credentials } from "./credentials.ts";
import type { PostgresTable } from "./parameters.ts";

/** Part of monitor's time for one connection: a hung server is told well before the operation's time-out. */
const ANSWER_SHARE = 0.6;
/**
 * Part of monitor's time for a server that restarts itself after one of its processes died: usually it is back in a
 * second or two, and to be restarted from outside would throw its recovery away.
 */
const RECOVERY_SHARE = 0.4;
const ASK_AGAIN_MS = 250;
const WRITE_TEST_LEVEL = 20;

/** Start's question: is it really ready? @throws OcfError for what no waiting mends. */
export function readyForStart(context: Context<PostgresTable>, credentials: Credentials): Check {
  let isTold = false;
  const once = (tell: () => void) => {
    if (!isTold) tell();
    isTold = true;
  };
  return async (_container, _engine, limitMs) => {
    const answer = await askServer(context, { credentials, limitMs, write: false });
    switch (answer.kind) {
      case "serving":
        return undefined;
      case "starting":
        once(() => context.log.info(`waiting for PostgreSQL: ${answer.text}`));
        return answer.text;
      case "blind":
        if (answer.cause === "refused") throw new OcfError(Ocf.generic, answer.text);
        // Clients that took every connection came after recovery; to fail now would drive them to the other host.
        context.log.warn(answer.text);
        return undefined;
      case "failed":
        return answer.text;
    }
  };
}

/** Monitor's question, and what it is degraded by when it serves. */
export function readyForMonitor(
  context: Context<PostgresTable>,
  credentials: Credentials,
): { readonly ready: Check; readonly degradation: () => string | undefined } {
  let degradation = credentials.problem;
  const ready: Check = async (_container, _engine, limitMs) => {
    const answer = await askPatiently(context, credentials, limitMs);
    switch (answer.kind) {
      case "serving":
        return undefined;
      case "blind":
        degradation ??= answer.text;
        return undefined;
      case "starting":
      case "failed":
        return answer.text;
    }
  };
  return { ready, degradation: () => degradation };
}

async function askPatiently(
  context: Context<PostgresTable>,
  credentials: Credentials,
  limitMs: number,
): Promise<Answer> {
  const { system, environment, parameters } = context;
  const write = parameters.write_test && environment.checkLevel >= WRITE_TEST_LEVEL;
  const until = system.now() + limitMs * RECOVERY_SHARE;
  for (;;) {
    const left = context.deadline.remainingMs();
    const answer = await askServer(context, { credentials, limitMs: left * ANSWER_SHARE, write });
    if (answer.kind !== "starting" || system.now() > until) return answer;
    await system.sleep(ASK_AGAIN_MS);
  }
}
