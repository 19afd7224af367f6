import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/**
 * known_hosts(5): `[@marker] names keytype base64-key [comment]`; names are comma-separated patterns, or
 * `|1|salt|hash` = HMAC-SHA1(salt, name) in base64.
 */
export interface KnownKey {
  readonly line: number;
  readonly marker: "" | "@cert-authority" | "@revoked";
  readonly names: string;
  readonly type: string;
  readonly key: Buffer;
}

export type KeyJudgement =
  | { readonly verdict: "known" }
  | { readonly verdict: "unknown" }
  | { readonly verdict: "changed" | "revoked"; readonly line: number };

export function parseKnownHosts(text: string): KnownKey[] {
  return text.split("\n").flatMap((raw, index) => {
    const words = raw.trim().split(/\s+/);
    const first = words[0] ?? "";
    if (first === "" || first.startsWith("#")) return [];
    const marker = first === "@cert-authority" || first === "@revoked" ? first : "";
    const [names, type, key] = marker === "" ? words : words.slice(1);
    if (names === undefined || type === undefined || key === undefined) return [];
    return [{ line: index + 1, marker, names, type, key: Buffer.from(key, "base64") }];
  });
}

/**
 * What the file says about this key of this server. A server with several host keys shows one; it is "changed"
 * only when the file has another key of the same type for it, and "unknown" when it knows other types only.
 */
export function judgeKey(known: readonly KnownKey[], host: string, port: number, key: Buffer): KeyJudgement {
  const name = hostField(host, port);
  const mine = known.filter((entry) => entry.marker !== "@cert-authority" && matchesName(entry.names, name));
  const revoked = mine.find((entry) => entry.marker === "@revoked" && entry.key.equals(key));
  if (revoked) return { verdict: "revoked", line: revoked.line };
  const valid = mine.filter((entry) => entry.marker === "");
  if (valid.some((entry) => entry.key.equals(key))) return { verdict: "known" };
  const other = valid.find((entry) => entry.type === keyType(key));
  return other ? { verdict: "changed", line: other.line } : { verdict: "unknown" };
}

/** Key types the file has for this server, so that the handshake asks for one that can be checked. */
export function knownTypes(known: readonly KnownKey[], host: string, port: number): string[] {
  const name = hostField(host, port);
  return known
    .filter((entry) => entry.marker === "" && matchesName(entry.names, name))
    .map((entry) => entry.type);
}

/** The line OpenSSH would add for this key. */
export function knownHostsLine(host: string, port: number, key: Buffer): string {
  return `${hostField(host, port)} ${keyType(key)} ${key.toString("base64")}\n`;
}

/** As `ssh-keygen -lf` prints it: SHA256, base64 without padding. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** RFC 4253 §6.6: the blob starts with its type as a length-prefixed string. */
export function keyType(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  return key.subarray(4, 4 + length).toString("latin1");
}

function hostField(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

function matchesName(names: string, wanted: string): boolean {
  if (names.startsWith("|1|")) return matchesHash(names, wanted);
  let matched = false;
  for (const pattern of names.split(",")) {
    const negated = pattern.startsWith("!");
    if (!matchesPattern(negated ? pattern.slice(1) : pattern, wanted)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

function matchesPattern(pattern: string, wanted: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "i").test(wanted);
}

function matchesHash(field: string, wanted: string): boolean {
  const [, , salt, hash] = field.split("|");
  if (salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, "base64");
  const actual = createHmac("sha1", Buffer.from(salt, "base64")).update(wanted).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
