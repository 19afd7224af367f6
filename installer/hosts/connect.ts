import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, type ConnectConfig, type ServerHostKeyAlgorithm, utils } from "ssh2";
import { Exit } from "../../core/exit.ts";
import { type Host, HostError } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { type Report, report, SkyhaError } from "../../core/report.ts";
import { fingerprint, judgeKey, knownHostsLine, knownTypes, parseKnownHosts } from "./known-hosts.ts";
import { createSshHost, proveRoot } from "./ssh.ts";

export interface SshTarget {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly identityFile?: string;
  /** Default ~/.ssh/known_hosts. */
  readonly knownHostsFile?: string;
  /** `SHA256:…` given on the command line: trusts and remembers a key that is not known yet, never a changed one. */
  readonly acceptKeys: readonly string[];
}

/** AES only: the pure JavaScript ChaCha20 of ssh2 is reported to corrupt streams without its native part. */
const CIPHERS = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr"] as const;
/** A host that lives takes a connection at once, even when it is too busy to go on with it soon. */
export const CONNECT_TIMEOUT_MS = 4000;
const READY_TIMEOUT_MS = 15_000;
/** A host in the middle of unpacking packages has been seen to refuse a key that it takes a moment later. */
const REFUSED_AGAIN_MS = 2000;

/**
 * Logs in, verifies the host key, and proves root.
 * @throws SkyhaError exit 2: unreachable, refused, key unknown, key changed, no sudo. Nothing was changed.
 */
export async function connectSsh(target: SshTarget): Promise<Host> {
  const client = await logIn(target);
  const { name, address } = target;
  const reconnect = () => logIn(target);
  const host = createSshHost({ name, address, client, reconnect, sudo: target.user !== "root" });
  try {
    await proveRoot(host);
  } catch (error) {
    await host.close();
    if (!(error instanceof HostError)) throw error;
    throw new SkyhaError(
      [report("host.not-root", { user: target.user, why: error.message }, name)],
      Exit.usage,
    );
  }
  return host;
}

/** One verified connection; a refused key is shown a second time. @throws SkyhaError as {@link connectSsh} */
async function logIn(target: SshTarget): Promise<Client> {
  try {
    return await logInOnce(target);
  } catch (error) {
    if (!(error instanceof SkyhaError) || error.reports[0]?.code !== "host.auth") throw error;
    await sleep(REFUSED_AGAIN_MS);
    return logInOnce(target);
  }
}

async function logInOnce(target: SshTarget): Promise<Client> {
  const client = new Client();
  const keyFile = target.knownHostsFile ?? join(homedir(), ".ssh", "known_hosts");
  const known = existsSync(keyFile) ? parseKnownHosts(readFileSync(keyFile, "utf8")) : [];
  let refusal: Report | undefined;
  const keys = privateKeys(target);
  const config: ConnectConfig = {
    username: target.user,
    readyTimeout: READY_TIMEOUT_MS,
    keepaliveInterval: 5000,
    keepaliveCountMax: 3,
    algorithms: {
      cipher: [...CIPHERS],
      serverHostKey: serverHostKeys(knownTypes(known, target.address, target.port)),
    },
    hostVerifier: (key: Buffer) => {
      const judged = judgeKey(known, target.address, target.port, key);
      if (judged.verdict === "known") return true;
      const shown = { address: target.address, fingerprint: fingerprint(key) };
      if (judged.verdict === "unknown" && target.acceptKeys.includes(shown.fingerprint)) {
        remember(keyFile, knownHostsLine(target.address, target.port, key));
        return true;
      }
      refusal =
        judged.verdict === "unknown"
          ? report("host.key-unknown", shown, target.name)
          : report("host.key-changed", { ...shown, file: keyFile, line: judged.line }, target.name);
      return false;
    },
    authHandler: [...authMethods(target.user, keys)],
  };
  try {
    await ready(client, { ...config, sock: await dial(target.address, target.port) });
  } catch (error) {
    client.end();
    throw new SkyhaError([refusal ?? loginReport(target, keys, error)], refusal ? Exit.refused : Exit.usage);
  }
  return client;
}

/** The TCP connection, with a limit of its own: ssh2 has one for connection and handshake together. */
export function dial(address: string, port: number, timeoutMs = CONNECT_TIMEOUT_MS): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, timeout: timeoutMs });
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.once("error", fail);
    socket.once("timeout", () => fail(new Error(`no connection within ${timeoutMs / 1000} s`)));
    socket.once("connect", () => {
      socket.off("error", fail);
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      resolve(socket);
    });
  });
}

function ready(client: Client, config: ConnectConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once("ready", resolve);
    client.once("error", reject);
    client.once("close", () => reject(new Error("the server closed the connection")));
    client.connect(config);
  });
}

interface PrivateKey {
  readonly path: string;
  readonly text: Buffer;
}

function privateKeys(target: SshTarget): PrivateKey[] {
  const names = ["id_ed25519", "id_ecdsa", "id_rsa"].map((name) => join(homedir(), ".ssh", name));
  const paths = target.identityFile !== undefined ? [target.identityFile] : names;
  return paths.flatMap((path) => {
    if (!existsSync(path)) return [];
    const text = readFileSync(path);
    // An encrypted key cannot be used without its passphrase; the agent holds it for those who have one.
    return utils.parseKey(text) instanceof Error ? [] : [{ path, text }];
  });
}

function authMethods(user: string, keys: readonly PrivateKey[]) {
  const agent = process.env["SSH_AUTH_SOCK"];
  return [
    ...keys.map((key) => ({ type: "publickey" as const, username: user, key: key.text })),
    ...(agent === undefined ? [] : [{ type: "agent" as const, username: user, agent }]),
  ];
}

/** Types we hold a key of come first, so that the server shows one that can be compared. */
function serverHostKeys(types: readonly string[]): ServerHostKeyAlgorithm[] {
  const all = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "rsa-sha2-512",
    "rsa-sha2-256",
  ] as const;
  const wanted = all.filter((name) => types.includes(name.startsWith("rsa-") ? "ssh-rsa" : name));
  return [...wanted, ...all.filter((name) => !wanted.includes(name))];
}

function loginReport(target: SshTarget, keys: readonly PrivateKey[], error: unknown): Report {
  const why = messageOf(error);
  if (/authentication methods failed/i.test(why)) {
    const tried = [
      ...keys.map((key) => key.path),
      ...(process.env["SSH_AUTH_SOCK"] ? ["the SSH agent"] : []),
    ];
    return report("host.auth", { address: target.address, user: target.user, tried }, target.name);
  }
  return report("host.unreachable", { address: target.address, why }, target.name);
}

function remember(file: string, line: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, line, { flag: "a", mode: 0o600 });
}
