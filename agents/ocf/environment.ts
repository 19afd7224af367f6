/** What Pacemaker tells an agent besides its parameters. */
export interface OcfEnvironment {
  /** Resource name without the ":N" of anonymous clones; undefined when a tool calls without one. */
  readonly instance: string | undefined;
  /** Name of this node in the cluster, when told. */
  readonly node: string | undefined;
  /** 0, 10 or 20; a level between means the next lower one. */
  readonly checkLevel: 0 | 10 | 20;
  /** A one-time monitor, asking "does it run here?" before anything was started. */
  readonly isProbe: boolean;
  /** The operation's time-out, when told. */
  readonly timeoutMs: number | undefined;
  readonly trace: boolean;
  readonly traceFile: string | undefined;
}

export function readEnvironment(env: NodeJS.ProcessEnv, action: string): OcfEnvironment {
  const timeout = Number(env["OCF_RESKEY_CRM_meta_timeout"]);
  return {
    instance: instanceName(env),
    node: env["OCF_RESKEY_CRM_meta_on_node"] || undefined,
    checkLevel: checkLevel(env["OCF_CHECK_LEVEL"] ?? env["OCF_RESKEY_OCF_CHECK_LEVEL"]),
    isProbe: action === "monitor" && Number(env["OCF_RESKEY_CRM_meta_interval"] || 0) === 0,
    timeoutMs: Number.isFinite(timeout) && timeout > 0 ? timeout : undefined,
    trace: isOn(env["OCF_TRACE_RA"]) || isOn(env["OCF_RESKEY_trace_ra"]),
    traceFile: env["OCF_TRACE_FILE"] || undefined,
  };
}

/** The reason why this caller speaks another API than ours, or undefined. Callers that say nothing are fine. */
export function apiMismatch(env: NodeJS.ProcessEnv): string | undefined {
  const major = env["OCF_RA_VERSION_MAJOR"];
  if (!major || major === "1") return undefined;
  return `this agent implements version 1 of the OCF resource agent API, the caller wants version ${major}`;
}

function instanceName(env: NodeJS.ProcessEnv): string | undefined {
  const name = env["OCF_RESOURCE_INSTANCE"];
  if (!name) return undefined;
  return isOn(env["OCF_RESKEY_CRM_meta_globally_unique"]) ? name : name.replace(/:\d+$/, "");
}

function checkLevel(text: string | undefined): 0 | 10 | 20 {
  const level = Number(text ?? 0);
  if (level >= 20) return 20;
  return level >= 10 ? 10 : 0;
}

function isOn(text: string | undefined): boolean {
  return text !== undefined && /^(1|true|yes|on|y)$/i.test(text);
}
