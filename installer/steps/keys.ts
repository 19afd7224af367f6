import type { ApplyContext, Change } from "../../core/change.ts";
import { type Host, run } from "../../core/host.ts";
import type { Config, HostConfig } from "../config/schema.ts";
import { gatherHostKeys, type HostFacts } from "../facts/host.ts";
import { PATHS } from "../names.ts";
import type { InstallFacts, Step } from "../plan/plan.ts";

const COMMENT = "skyha-pair";

/** Each host can log in to the other, with a key for this alone, so that every command works from either host. */
export const exchangeKeys: Step = {
  id: "keys",
  title: "SSH between the hosts",
  after: ["remember"],
  plan(config, facts) {
    if (isExchanged(config, facts)) return [];
    return [exchange(config)];
  },
};

function isExchanged(config: Config, { hosts: [first, second] }: InstallFacts): boolean {
  return trusts(first, second, config.hosts[1]) && trusts(second, first, config.hosts[0]);
}

/** `from` knows the host key of `to`, and `to` lets the key of `from` in. */
function trusts(from: HostFacts, to: HostFacts, target: HostConfig): boolean {
  const publicKey = from.files.get(`${PATHS.pairKey}.pub`);
  if (publicKey === undefined) return false;
  return (
    from.files.get(PATHS.pairKnownHosts) === knownHosts(target, to.hostKeys) &&
    to.files.get(PATHS.authorizedKeys)?.includes(keyOf(publicKey)) === true
  );
}

function exchange(config: Config): Change {
  return {
    id: "keys/cluster/exchange",
    step: "keys",
    host: "cluster",
    title: "let each host log in to the other as root",
    risk: "safe",
    preview: [
      `ssh-keygen -t ed25519 -f ${PATHS.pairKey}`,
      `${PATHS.authorizedKeys} += the other host's key, from its address only`,
    ],
    async apply(context) {
      const hosts = pairOf(context, config);
      await Promise.all(hosts.map(({ host }) => makeKey(host)));
      await Promise.all([letIn(hosts[0], hosts[1]), letIn(hosts[1], hosts[0])]);
    },
    async verify(context) {
      const [first, second] = pairOf(context, config);
      return (await cannotLogin(first, second, config)) ?? (await cannotLogin(second, first, config));
    },
  };
}

interface Member {
  readonly host: Host;
  readonly config: HostConfig;
}

function pairOf(context: ApplyContext, config: Config): readonly [Member, Member] {
  const [first, second] = config.hosts;
  return [
    { host: context.host(first.name), config: first },
    { host: context.host(second.name), config: second },
  ];
}

async function makeKey(host: Host): Promise<void> {
  if ((await host.read(`${PATHS.pairKey}.pub`)) !== undefined) return;
  await run(host, ["install", "-d", "-m", "700", "/etc/skyha/ssh"]);
  await run(host, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", COMMENT, "-f", PATHS.pairKey]);
}

/** Meanwhile both hosts unpack packages and receive a program of 100 MB, which a slow one is busy with. */
const LOGIN_MS = 90_000;

/** Lets `guest` in at `target`, from its own address only, and tells `guest` whom it will meet. */
async function letIn(guest: Member, target: Member): Promise<void> {
  const publicKey = await run(guest.host, ["cat", `${PATHS.pairKey}.pub`]);
  const hostKeys = await gatherHostKeys(target.host);
  await guest.host.write(PATHS.pairKnownHosts, knownHosts(target.config, hostKeys), { mode: 0o600 });
  const before = (await target.host.read(PATHS.authorizedKeys)) ?? "";
  if (before.includes(keyOf(publicKey))) return;
  // What an earlier installation of the other host left can never be used again.
  const kept = withoutPairKeys(before, guest.config)
    .split("\n")
    .filter((line) => line !== "");
  const line = `${fromOption(guest.config)} ${publicKey.trim()}`;
  await run(target.host, ["install", "-d", "-m", "700", "/root/.ssh"]);
  await target.host.write(PATHS.authorizedKeys, `${[...kept, line].join("\n")}\n`, { mode: 0o600 });
}

/** Content of authorized_keys without what {@link exchangeKeys} added for these hosts. */
export function withoutPairKeys(text: string, ...guests: readonly HostConfig[]): string {
  const isPairKey = (line: string) =>
    line.endsWith(COMMENT) && guests.some((guest) => line.includes(fromOption(guest)));
  return text
    .split("\n")
    .filter((line) => !isPairKey(line))
    .join("\n");
}

async function cannotLogin(from: Member, to: Member, config: Config): Promise<string | undefined> {
  const options = ["-o", "BatchMode=yes", "-o", `UserKnownHostsFile=${PATHS.pairKnownHosts}`];
  const target = ["-i", PATHS.pairKey, "-p", `${config.ssh.port}`, `root@${to.config.address}`, "true"];
  const tried = await from.host.exec(["ssh", ...options, ...target], { timeoutMs: LOGIN_MS });
  if (tried.code === 0) return undefined;
  const why = tried.timedOut ? `no answer within ${LOGIN_MS / 1000} s` : tried.stderr.trim();
  return `${from.config.name} cannot log in to ${to.config.name}: ${why}`;
}

function fromOption(guest: HostConfig): string {
  return `from="${[guest.address, ...guest.links].join(",")}"`;
}

function knownHosts(target: HostConfig, hostKeys: readonly string[]): string {
  return hostKeys.map((key) => `${target.address} ${key}\n`).join("");
}

/** The base64 part, which is the key whatever options or comment stand around it. */
function keyOf(publicKey: string): string {
  return publicKey.split(" ")[1] ?? publicKey;
}
