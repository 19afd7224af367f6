import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError, type Outcome } from "../ocf/outcome.ts";
import type { Check } from "./checks.ts";
import { monitorContainer } from "./monitor.ts";
import type { ContainerTable } from "./parameters.ts";

/** What a server's answers mean for the service. Reasons are sentences about "it". */
export type Verdict =
  | { readonly kind: "serving" }
  /** It serves, and something about it wants a look; a restart would not mend it. */
  | { readonly kind: "degraded"; readonly reason: string }
  /** It lives, but does not let the agent in: a start cannot prove itself, and a restart would mend nothing. */
  | { readonly kind: "locked-out"; readonly reason: string }
  /** Not now; it may by itself in a moment. `progress`: it says itself that it gets there. */
  | { readonly kind: "waiting"; readonly reason: string; readonly progress?: true }
  /** Not, and waiting does not help. */
  | { readonly kind: "failed"; readonly reason: string };

export type Question = (limitMs: number) => Promise<Verdict>;

/**
 * Within its first moments a container may find its port taken, and what was asked was another server: only a
 * failure that lasts this long ends a start.
 */
const PERSISTS_MS = 2000;

/** Asks the server until it serves; progress is told once. `server`: for messages, "redis at 127.0.0.1:6379". */
export function readyForStart(context: Context<ContainerTable>, server: string, ask: Question): Check {
  const { system, log } = context;
  let failedSince: number | undefined;
  let told = false;
  return async (_container, _engine, limitMs) => {
    const verdict = await ask(limitMs);
    if (verdict.kind === "serving" || verdict.kind === "degraded") return undefined;
    const text = `${server}: ${verdict.reason}`;
    if (verdict.kind === "waiting") {
      failedSince = undefined;
      if (verdict.progress && !told) log.info(text);
      told ||= verdict.progress === true;
    } else {
      failedSince ??= system.now();
      if (system.now() - failedSince >= PERSISTS_MS) throw new OcfError(Ocf.generic, text);
    }
    return text;
  };
}

/** Monitors the container and asks the server once. */
export async function monitorServer(
  context: Context<ContainerTable>,
  server: string,
  ask: Question,
): Promise<Outcome> {
  let degraded: string | undefined;
  const outcome = await monitorContainer(context, {
    async ready(_container, _engine, limitMs) {
      const verdict = await ask(limitMs);
      if (verdict.kind === "serving") return undefined;
      const text = `${server}: ${verdict.reason}`;
      if (verdict.kind !== "degraded" && verdict.kind !== "locked-out") return text;
      degraded = text;
      return undefined;
    },
  });
  if (outcome.code !== Ocf.success || degraded === undefined) return outcome;
  return { code: Ocf.degraded, reason: degraded };
}
