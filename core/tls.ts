/** TLS of connections to servers of databases. */

/** The server lives, and TLS keeps the agent out: a certificate of either side. The text is a sentence about "it". */
export class TlsRefusal extends Error {}

/** As node:tls and the drivers take it. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly verifyIdentity: boolean;
  readonly checkServerIdentity?: () => undefined;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Codes and texts of the TLS library about certificates, and what the other side says when it refuses ours. */
const ABOUT_CERTIFICATES =
  /certificate|issuer|signature|altname|ALERT_(UNKNOWN_CA|HANDSHAKE_FAILURE|ACCESS_DENIED|DECRYPT_ERROR|PROTOCOL_VERSION)/i;
const THEIR_ALERT = /ALERT_([A-Z_]+)/;

/** undefined: the error is about something else. */
export function certificateProblem(error: Error): string | undefined {
  const code = "code" in error ? String(error.code) : "";
  if (!ABOUT_CERTIFICATES.test(`${code} ${error.message}`) && !/CERT/.test(code)) return undefined;
  const [, alert] = THEIR_ALERT.exec(`${code} ${error.message}`) ?? [];
  if (alert === undefined) return `its certificate fails: ${error.message}`;
  return `it refuses the agent's TLS: ${alert.toLowerCase().replaceAll("_", " ")}`;
}
