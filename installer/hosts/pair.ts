import { networkInterfaces } from "node:os";
import type { Host } from "../../core/host.ts";
import { SkyhaError } from "../../core/report.ts";
import type { Config, HostConfig } from "../config/schema.ts";
import { connectSsh } from "./connect.ts";
import { createLocalHost } from "./local.ts";

/** A connected host, or why it is not. */
export interface PairMember {
  readonly config: HostConfig;
  readonly host: Host | SkyhaError;
}

/** Connects to both hosts at the same time; the one this program runs on is not asked over SSH. */
export function connectPair(config: Config, acceptKeys: readonly string[]): Promise<PairMember[]> {
  return Promise.all(config.hosts.map((host) => connectMember(config, host, acceptKeys)));
}

/** The same pair, with one more try for a host that could not be connected to before. */
export function reconnected(config: Config, members: readonly PairMember[]): Promise<PairMember[]> {
  return Promise.all(
    members.map((member) =>
      member.host instanceof SkyhaError ? connectMember(config, member.config, []) : member,
    ),
  );
}

async function connectMember(
  config: Config,
  own: HostConfig,
  acceptKeys: readonly string[],
): Promise<PairMember> {
  try {
    return { config: own, host: await connectOne(config, own, acceptKeys) };
  } catch (error) {
    if (error instanceof SkyhaError) return { config: own, host: error };
    throw error;
  }
}

/** The hosts that could be connected to. */
export function reachableHosts(members: readonly PairMember[]): Host[] {
  return members.flatMap(({ host }) => (host instanceof SkyhaError ? [] : [host]));
}

/** Both hosts, or one error that names everything that is wrong. @throws SkyhaError */
export async function connectBoth(config: Config, acceptKeys: readonly string[]): Promise<[Host, Host]> {
  const members = await connectPair(config, acceptKeys);
  const errors = members.flatMap((member) => (member.host instanceof SkyhaError ? [member.host] : []));
  const hosts = reachableHosts(members);
  const [first, second] = hosts;
  if (first !== undefined && second !== undefined) return [first, second];
  await Promise.all(hosts.map((host) => host.close()));
  const exit = Math.max(...errors.map((error) => error.exitCode)) as SkyhaError["exitCode"];
  throw new SkyhaError(
    errors.flatMap((error) => error.reports),
    exit,
  );
}

function connectOne(config: Config, host: HostConfig, acceptKeys: readonly string[]): Promise<Host> {
  if (isThisMachine(host.address) && process.getuid?.() === 0)
    return Promise.resolve(createLocalHost(host.name));
  return connectSsh({
    name: host.name,
    address: host.address,
    port: config.ssh.port,
    user: config.ssh.user,
    ...(config.ssh.identity_file === undefined ? {} : { identityFile: config.ssh.identity_file }),
    ...(config.ssh.known_hosts === undefined ? {} : { knownHostsFile: config.ssh.known_hosts }),
    acceptKeys,
  });
}

function isThisMachine(address: string): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some((item) => item.address === address));
}
