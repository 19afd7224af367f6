import { messageOf } from "../../core/message.ts";
import type { TlsOptions } from "../../core/tls.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import { defineParameters, type ValuesOf } from "../ocf/table.ts";
import type { Problem } from "../ocf/values.ts";
import { PATH_PATTERN, PATH_TEXT } from "./data-directory.ts";
import { readHostFile } from "./secret-file.ts";

/** Parameters of an agent that may speak TLS to its server; each agent says itself what its `tls` does. */
export const tlsParameters = defineParameters({
  tls: {
    type: "string",
    default: "disable",
    oneOf: ["disable", "require", "verify-ca", "verify-full"],
    short: "TLS of the agent's connection",
    long: "require encrypts and trusts whoever answers. verify-ca checks the certificate against tls_ca_file, verify-full also its name against monitor_host.",
  },
  tls_ca_file: {
    type: "string",
    reloadable: true,
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "Certificates that are trusted",
    long: "PEM file on this host for tls=verify-ca and verify-full.",
  },
  tls_cert_file: {
    type: "string",
    reloadable: true,
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "Certificate of the agent",
    long: "PEM file on this host with the agent's own certificate, for a server that asks its clients for one. Goes with tls_key_file.",
  },
  tls_key_file: {
    type: "string",
    reloadable: true,
    pattern: PATH_PATTERN,
    patternText: PATH_TEXT,
    short: "Key of the agent's certificate",
    long: "PEM file on this host (mode 0600) with the key of tls_cert_file, without a passphrase.",
  },
});

export type TlsTable = typeof tlsParameters;

/** What the agent brings to a TLS connection, in PEM. */
export interface TlsFiles {
  readonly authorities?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** Everything that can be wrong with the values without looking at a host. */
export function checkTls(values: ValuesOf<TlsTable>): readonly Problem[] {
  const { tls, tls_ca_file, tls_cert_file, tls_key_file } = values;
  const problems: Problem[] = [];
  if (isVerifying(tls) && tls_ca_file === undefined) {
    problems.push({ parameter: "tls_ca_file", text: `tls_ca_file must be set for tls=${tls}` });
  }
  if ((tls_cert_file === undefined) !== (tls_key_file === undefined)) {
    const missing = tls_key_file === undefined ? "tls_key_file" : "tls_cert_file";
    problems.push({ parameter: missing, text: "tls_cert_file and tls_key_file go together" });
  }
  return problems;
}

const isVerifying = (tls: string): boolean => tls.startsWith("verify-");

/**
 * The files that the parameters name, read and found to be what they should be.
 * @throws OcfError with code 2 when this host's files will not do
 */
export async function readTls(context: Context<TlsTable>): Promise<TlsFiles> {
  const { tls, tls_ca_file, tls_cert_file, tls_key_file } = context.parameters;
  if (tls === "disable") return {};
  const read = (parameter: string, path: string | undefined) =>
    path === undefined ? undefined : readHostFile(context, parameter, path);
  const [authorities, certificate, key] = [
    isVerifying(tls) ? await read("tls_ca_file", tls_ca_file) : undefined,
    await read("tls_cert_file", tls_cert_file),
    await read("tls_key_file", tls_key_file),
  ];
  if (authorities !== undefined) await requireAuthorities(`${tls_ca_file}`, authorities);
  if (certificate !== undefined && key !== undefined) {
    const what = `tls_cert_file ${tls_cert_file} and tls_key_file ${tls_key_file} cannot be used together`;
    await tryOut(what, { cert: certificate, key });
  }
  return {
    ...(authorities === undefined ? {} : { authorities }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
  };
}

/** @param path of tls_ca_file, for the message. @throws OcfError with code 2 when the text holds no certificate */
export async function requireAuthorities(path: string, authorities: string): Promise<void> {
  const what = `tls_ca_file ${path} holds no certificate that can be used`;
  // A key is PEM as well, and the library takes it for a list of no certificates.
  if (!/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(authorities))
    throw new OcfError(Ocf.arguments, what);
  await tryOut(what, { ca: authorities });
}

async function tryOut(what: string, options: { ca?: string; cert?: string; key?: string }): Promise<void> {
  const { createSecureContext } = await import("node:tls");
  try {
    createSecureContext(options);
  } catch (error) {
    throw new OcfError(Ocf.arguments, `${what}: ${messageOf(error)}`);
  }
}

/**
 * How to connect; undefined: without TLS. Without the files that were asked for (`files` undefined) nobody is
 * verified, so the caller must send nothing secret.
 */
export function tlsOptions(
  tls: ValuesOf<TlsTable>["tls"],
  files: TlsFiles | undefined,
): TlsOptions | undefined {
  if (tls === "disable") return undefined;
  const { authorities, certificate, key } = files ?? {};
  const verifyIdentity = files !== undefined && tls === "verify-full";
  return {
    rejectUnauthorized: files !== undefined && isVerifying(tls),
    // The driver of MySQL wants it said the one way, node:tls the other.
    verifyIdentity,
    ...(verifyIdentity ? {} : { checkServerIdentity: () => undefined }),
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  };
}
