import type { Verdict } from "../container/question.ts";

/** An error that the server itself sent: its number and words. */
export interface ServerError {
  readonly number: number;
  readonly text: string;
}

/**
 * Numbers of the MySQL and MariaDB error references, the same in both, as far as a login or a look at variables can
 * bring them. What is not here is a failure.
 */
const LOGIN_ERRORS: Readonly<Record<number, Verdict>> = {
  1040: {
    kind: "degraded",
    reason: "it has no connection left (max_connections); monitor cannot look inside",
  },
  1203: { kind: "degraded", reason: "its user has no connection left (max_user_connections)" },
  1226: { kind: "degraded", reason: "its user has reached a limit of the account" },
  1820: { kind: "degraded", reason: "the password of its user has expired" },
  1862: { kind: "degraded", reason: "the password of its user has expired" },
  1129: {
    kind: "degraded",
    reason:
      "it has blocked this address after aborted connections: FLUSH HOSTS or TRUNCATE performance_schema.host_cache",
  },
};
/** ER_ACCESS_DENIED_ERROR: wrong password, or no such user. */
const ACCESS_DENIED = 1045;
/** Refused before anybody has said who they are: a server that talks like that is alive. */
const HOST_NOT_PRIVILEGED = 1130;
/** Only MySQL, and MariaDB from 11.4 on, say it like that; older ones of MariaDB deny access. */
const SECURE_TRANSPORT_REQUIRED = 3159;
/** The making of a database, or a shutdown that is under way: the port is open for a moment. */
const SHUTDOWN = 1053;

/** Judges an error in place of a greeting, a login or the first answer. */
export function judgeLogin({ number, text }: ServerError, loggingIn: boolean): Verdict {
  if (number === HOST_NOT_PRIVILEGED && !loggingIn) return { kind: "serving" };
  if (number === SHUTDOWN) return { kind: "waiting", reason: "it is shutting down" };
  if (number === ACCESS_DENIED) {
    return { kind: "locked-out", reason: `it refuses the agent: ${text} (error ${number})` };
  }
  if (number === SECURE_TRANSPORT_REQUIRED) {
    return {
      kind: "locked-out",
      reason: `it wants TLS; set tls of this resource: ${text} (error ${number})`,
    };
  }
  const known = LOGIN_ERRORS[number];
  if (known) return known;
  return { kind: "failed", reason: `it refuses the agent: ${text} (error ${number})` };
}

/** Off is 0 or OFF; from version 12 of MariaDB on read_only has more than two values. */
export function judgeReadOnly(row: Readonly<Record<string, unknown>>): Verdict {
  const on = Object.entries(row).filter(([, value]) => !/^(0|off|false)$/i.test(String(value)));
  if (on.length === 0) return { kind: "serving" };
  const names = on.map(([name, value]) => `${name}=${String(value)}`).join(" and ");
  return { kind: "failed", reason: `it is read-only (${names}), but this resource is the only server` };
}

/** Errors of a write that say nothing about whether others can write. */
const WRITE_ERRORS: Readonly<Record<number, string>> = {
  1044: "its user may not use the schema skyha",
  1142: "its user may not write into the schema skyha",
  1227: "its user may not do the write test",
  1205: "a write waited for a lock until it gave up (is a backup running?)",
};

export function judgeWriteError({ number, text }: ServerError): Verdict {
  const harmless = WRITE_ERRORS[number];
  if (harmless) return { kind: "degraded", reason: `${harmless}: ${text}` };
  return { kind: "failed", reason: `it refuses writes: ${text} (error ${number})` };
}
