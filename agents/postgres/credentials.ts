import { stat } from "node:fs/promises";
import { readHostFile, readPassword } from "../container/secret-file.ts";
import { requireAuthorities } from "../container/tls.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import type { PostgresTable } from "./parameters.ts";

/** What the agent logs in with. */
export interface Credentials {
  /** undefined: that the server asks for one is answer enough. */
  readonly password: string | undefined;
  /** Trusted certificates, PEM; undefined: certificates are not checked. */
  readonly authorities: string | undefined;
  /** What of it this host lacks. */
  readonly problem?: string;
}

const ACCESS_OF_OTHERS = 0o077;

/** @throws OcfError with code 2 when a file cannot be read on this host. */
export async function readCredentials(context: Context<PostgresTable>): Promise<Credentials> {
  const { password_file: file, tls, tls_ca_file: path } = context.parameters;
  const authorities =
    tls === "verify-full" && path !== undefined
      ? await readHostFile(context, "tls_ca_file", path)
      : undefined;
  if (path !== undefined && authorities !== undefined) await requireAuthorities(path, authorities);
  return {
    password: file === undefined ? undefined : await readPassword(context, "password_file", file),
    authorities,
  };
}

/** For monitor: a server that runs is not to be ended for a file that the agent alone needs. */
export async function findCredentials(context: Context<PostgresTable>): Promise<Credentials> {
  try {
    return await readCredentials(context);
  } catch (error) {
    if (!(error instanceof OcfError)) throw error;
    // Without trusted certificates nothing secret is sent: the server may be anyone.
    return { password: undefined, authorities: undefined, problem: error.message };
  }
}

export async function warnOfOpenSecret({ parameters, deadline, log }: Context<PostgresTable>): Promise<void> {
  const { password_file: path } = parameters;
  if (path === undefined) return;
  const stats = await deadline.during(path, () => stat(path));
  if ((stats.mode & ACCESS_OF_OTHERS) !== 0) {
    log.warn(`password_file ${path} is open to other users of this host: chmod 600 ${path}`);
  }
}
