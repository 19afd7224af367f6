import { existsSync } from "node:fs";
import type { Command } from "@commander-js/extra-typings";
import { Exit } from "../../core/exit.ts";
import { report, SkyhaError, usageError } from "../../core/report.ts";
import { readConfig } from "../config/given.ts";
import { loadConfig, parseConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { connectSsh } from "../hosts/connect.ts";
import { connectPair, type PairMember } from "../hosts/pair.ts";
import { PATHS } from "../names.ts";

/** How the commands that work on a running pair are told which pair. */
export interface PairOptions {
  readonly file?: string | undefined;
  readonly host?: string | undefined;
  readonly user?: string | undefined;
  readonly identity?: string | undefined;
  readonly knownHosts?: string | undefined;
}

export const PAIR_HELP = `
Which pair: on one of its hosts nothing has to be said. From elsewhere: -f skyha.yaml, or --host ADDRESS of one of
the hosts, which is asked for the configuration.`;

const HOST_FLAGS = "--host <address>";

/** For a command to which `--host` means something else. */
interface AskedHost {
  readonly flags: string;
  readonly optionsOf: (command: Command) => PairOptions;
}

/** The options every such command has; kept in one place so that they are the same everywhere. */
const PAIR_OPTIONS: readonly (readonly [flags: string, description: string])[] = [
  ["-f, --file <file>", "the pair's configuration file"],
  [HOST_FLAGS, "ask this host of the pair for the configuration"],
  ["--user <name>", "log in as this user (with --host; default root)"],
  ["--identity <file>", "private key for SSH"],
  ["--known-hosts <file>", "known_hosts file for SSH"],
];

/** The configuration, and both hosts connected as far as they can be. @throws SkyhaError exit 2 */
async function openPair(
  options: PairOptions,
  words: readonly string[],
): Promise<{ config: Config; members: PairMember[] }> {
  const config = withSsh(
    words.length > 0 ? readConfig(words, options.file) : await findConfig(options),
    options,
  );
  return { config, members: await connectPair(config, []) };
}

/**
 * What every command on a running pair ends with: the options that tell which pair, the connection, the work, and
 * the end of the connection whatever became of the work.
 * @param wordsOf the arguments that are the words of `skyha install`
 */
export function onPair(
  command: Command,
  finish: (code: number) => void,
  work: (pair: { config: Config; members: PairMember[] }) => Promise<number>,
  wordsOf: (command: Command) => readonly string[] = () => [],
  { flags: askFlags, optionsOf }: AskedHost = { flags: HOST_FLAGS, optionsOf: (given) => given.opts() },
): Command {
  for (const [flags, description] of PAIR_OPTIONS)
    command.option(flags === HOST_FLAGS ? askFlags : flags, description);
  return command.action(async () => {
    const pair = await openPair(optionsOf(command), wordsOf(command));
    try {
      finish(await work(pair));
    } finally {
      await closePair(pair.members);
    }
  });
}

async function closePair(members: readonly PairMember[]): Promise<void> {
  await Promise.all(members.map(({ host }) => (host instanceof SkyhaError ? undefined : host.close())));
}

/** From the options, from this host, or from the current directory. @throws SkyhaError exit 2 */
export async function findConfig(options: PairOptions): Promise<Config> {
  if (options.file !== undefined) return loadConfig(options.file);
  if (options.host !== undefined) return configOfHost(options.host, options);
  if (existsSync(PATHS.config)) return onHost(loadConfig(PATHS.config));
  if (existsSync("skyha.yaml")) return loadConfig("skyha.yaml");
  throw usageError("usage.no-pair", {});
}

/** Between themselves the hosts use the key that install gave them. */
function onHost(config: Config): Config {
  if (!existsSync(PATHS.pairKey)) return config;
  return {
    ...config,
    ssh: { ...config.ssh, user: "root", identity_file: PATHS.pairKey, known_hosts: PATHS.pairKnownHosts },
  };
}

async function configOfHost(address: string, options: PairOptions): Promise<Config> {
  const host = await connectSsh({
    name: address,
    address,
    port: 22,
    user: options.user ?? "root",
    ...(options.identity === undefined ? {} : { identityFile: options.identity }),
    ...(options.knownHosts === undefined ? {} : { knownHostsFile: options.knownHosts }),
    acceptKeys: [],
  });
  try {
    const text = await host.read(PATHS.config);
    if (text === undefined)
      throw new SkyhaError([report("host.no-pair", { path: PATHS.config }, address)], Exit.usage);
    return parseConfig(text, `${address}:${PATHS.config}`);
  } finally {
    await host.close();
  }
}

function withSsh(config: Config, options: PairOptions): Config {
  const ssh = {
    ...config.ssh,
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(options.identity === undefined ? {} : { identity_file: options.identity }),
    ...(options.knownHosts === undefined ? {} : { known_hosts: options.knownHosts }),
  };
  return { ...config, ssh };
}
