import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "./errors.ts";
import { isConnected } from "./network.ts";
import { isOn } from "./power.ts";
import { hostOf, type LabRecord } from "./record.ts";
import { attempt, type Outcome, type RunOptions, run } from "./run.ts";

/** Client options that accept exactly the key this lab gave the host. */
export function sshOptions(record: Pick<LabRecord, "sshKeyFile" | "knownHostsFile">): string[] {
  const settings = [
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${record.knownHostsFile}`,
    "GlobalKnownHostsFile=/dev/null",
    "IdentitiesOnly=yes",
    "ConnectTimeout=5",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "LogLevel=ERROR",
  ];
  return ["-F", "/dev/null", "-i", record.sshKeyFile, ...settings.flatMap((setting) => ["-o", setting])];
}

/** One word of a POSIX shell command line. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function sshCommand(record: LabRecord, host: string, command?: string | readonly string[]): string[] {
  const target = `root@${addressOf(record, host)}`;
  const remote = typeof command === "string" ? [command] : (command ?? []).map(quote);
  return ["ssh", ...sshOptions(record), target, ...(remote.length === 0 ? [] : ["--", remote.join(" ")])];
}

/** With link 1 cut the other one still leads there. */
function addressOf(record: LabRecord, host: string): string {
  const { addresses, taps } = hostOf(record, host);
  return isConnected(taps[0]) || !isConnected(taps[1]) ? addresses[0] : addresses[1];
}

export type SshOptions = Pick<RunOptions, "stdin" | "stdinFile" | "timeoutMs">;

/** A string goes to the host's shell as it is; an array is quoted word by word. Exit code 255 is SSH's own. */
export async function ssh(
  record: LabRecord,
  host: string,
  command: string | readonly string[],
  options: SshOptions = {},
): Promise<Outcome> {
  return await attempt(sshCommand(record, host, command), options);
}

const OFF_LIMIT_MS = 10_000;

/** Returns when `host` runs commands; gives up early when it stays off, as a fenced one does only briefly. */
export async function waitSsh(record: LabRecord, host: string, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let lastOn = Date.now();
  while (Date.now() < deadline && Date.now() < lastOn + OFF_LIMIT_MS) {
    if (isOn(record.prefix, host)) lastOn = Date.now();
    // The port first: an ssh(1) that waits for a booting host would outlive a lab that is killed meanwhile.
    if ((await answers(addressOf(record, host), 22)) && (await ssh(record, host, ["true"])).code === 0)
      return;
    await sleep(200);
  }
  const what = isOn(record.prefix, host) ? `did not answer SSH within ${timeoutMs / 1000} s` : "is off";
  throw new LabError(
    `${host} ${what}; the end of its console:\n${consoleTail(hostOf(record, host).consoleLog)}`,
  );
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(1000, () => settle(false));
    socket.once("connect", () => settle(true)).once("error", () => settle(false));
  });
}

function consoleTail(path: string): string {
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-12).join("\n");
}

/** A key pair without passphrase; returns the public half. */
export async function makeKey(file: string, comment: string): Promise<string> {
  await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file]);
  return (await run(["ssh-keygen", "-y", "-f", file])).trim();
}
