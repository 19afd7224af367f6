import type { Severity } from "./report.ts";

/** One text per code. `next` is what the operator should type or edit. */
interface Entry<P> {
  readonly severity: Severity;
  readonly text: (payload: P) => string;
  readonly next?: (payload: P) => string | undefined;
}

function entry<P>(severity: Severity, text: Entry<P>["text"], next?: Entry<P>["next"]): Entry<P> {
  return { severity, text, ...(next ? { next } : {}) };
}

const error = <P>(text: Entry<P>["text"], next?: Entry<P>["next"]) => entry("error", text, next);
const warning = <P>(text: Entry<P>["text"], next?: Entry<P>["next"]) => entry("warning", text, next);

export const catalog = {
  // --- input ---
  "config.no-file": error<{ path: string; why: string }>(
    (p) => `cannot read ${p.path}: ${p.why}`,
    () => "skyha init > skyha.yaml   writes one to start from",
  ),
  "config.yaml": error<{ path: string; line: number; column: number; message: string }>(
    (p) => `${p.path}:${p.line}:${p.column}: ${p.message}`,
  ),
  "config.argument": error<{ key: string; message: string }>(
    (p) => `${p.key}: ${p.message}`,
    () => "skyha install --help   lists the arguments",
  ),
  "config.no-fencing": error<{ hosts: string[] }>(
    (p) =>
      `no fence device for ${p.hosts.join(" and ")}: without one a lost link makes both hosts write, so no automatic failover is built`,
    () =>
      "give hosts[].fence (seed form: fence_master=ipmi://USER@ADDRESS fence_slave=… fence_password_file=FILE), or accept_split_brain_risk: yes",
  ),
  "usage.unknown-argument": error<{ argument: string }>(
    (p) => `${p.argument} is neither key=value nor an option`,
    () => "skyha --help",
  ),
  // --- reaching hosts ---
  "host.unreachable": error<{ address: string; why: string }>(
    (p) => `cannot reach ${p.address} by SSH: ${p.why}`,
    (p) => `ssh ${p.address}   should log in without a question`,
  ),
  "host.auth": error<{ address: string; user: string; tried: string[] }>(
    (p) => `${p.address} does not let ${p.user} in (tried: ${p.tried.join(", ") || "no key found"})`,
    (p) => `ssh-copy-id ${p.user}@${p.address}`,
  ),
  "host.key-unknown": error<{ address: string; fingerprint: string }>(
    (p) => `the host key of ${p.address} is not known yet: ${p.fingerprint}`,
    (p) => `compare it on the console of that host, then add --accept-host-key ${p.fingerprint}`,
  ),
  "host.key-changed": error<{ address: string; fingerprint: string; file: string; line: number }>(
    (p) =>
      `the host key of ${p.address} CHANGED to ${p.fingerprint} (known one: ${p.file}:${p.line}): another machine answers there, or it was reinstalled`,
    (p) => `if it was reinstalled: ssh-keygen -R ${p.address} -f ${p.file}`,
  ),
  "host.not-root": error<{ user: string; why: string }>(
    (p) => `${p.user} cannot become root without a password: ${p.why}`,
    (p) => `echo '${p.user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/${p.user}   on that host, as root`,
  ),
  "host.unsupported-os": error<{ os: string }>(
    (p) => `${p.os} is not supported: Debian 12 and 13, Ubuntu, and Enterprise Linux 8 and 9 are`,
  ),
  "host.lost": error<{ why: string }>((p) => `connection lost: ${p.why}`),
  "command.failed": error<{ what: string; why: string }>((p) => `${p.what}: ${p.why}`),
} as const;

export type Code = keyof typeof catalog;
export type PayloadOf<C extends Code> = Parameters<(typeof catalog)[C]["text"]>[0];
export { error, warning };
