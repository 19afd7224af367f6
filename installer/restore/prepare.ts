import { dirname } from "node:path";
import type { Change } from "../../core/change.ts";
import { type Host, run } from "../../core/host.ts";
import { say } from "../../core/texts/say.ts";
import { checksumProblem, copyToPeer, type StoredBackup, serviceBackups } from "../backup/store.ts";
import type { Config } from "../config/schema.ts";
import { freeSpace } from "../facts/backing.ts";
import type { Swap } from "./swap.ts";
import { type Content, tryData } from "./trial.ts";

export interface Preparation {
  readonly config: Config;
  readonly swap: Swap;
  /** The same backup on the hosts that have it. */
  readonly copies: readonly StoredBackup[];
  readonly stamp: string;
}

/** Kept free beside what is unpacked. */
const SPARE_BYTES = 64 * 1024 * 1024;

/** The data of a backup in a directory beside the live ones, looked into; nothing that is served is touched. */
export function prepareChange({ config, swap, copies, stamp }: Preparation): Change {
  const { source, fresh } = swap;
  const name = copies[0]?.name ?? "";
  return {
    id: `prepare/${swap.host}/${source.service}`,
    step: "prepare",
    host: swap.host,
    title: `make ${fresh} of ${name}, and look what is in it`,
    risk: "safe",
    preview: [`${serviceBackups(config, source.service)}/${name} -> ${fresh}`],
    async apply(context) {
      const host = context.host(swap.host);
      const backup = copies.find((each) => each.host === swap.host) ?? copies[0];
      if (backup?.record === undefined) throw new Error(`there is no backup ${name}`);
      if (backup.host !== swap.host) await fetch(context.host(backup.host), config, swap.host, backup);
      const here: StoredBackup = { ...backup, host: swap.host };
      const problem = await checksumProblem(host, here);
      if (problem !== undefined) throw new Error(`${name}: ${problem}`);
      await requireSpace(host, dirname(fresh), backup.record.sourceBytes);
      const data = `${here.path}/${backup.record.data}`;
      try {
        const content = await tryData({
          host,
          source,
          data,
          target: fresh,
          stamp,
          forUse: true,
          progress: context.progress,
        });
        for (const each of content) context.progress(contentText(each));
        await likeLive(host, swap);
      } catch (error) {
        // A copy of what the backup has, made a moment ago, under a name of its own.
        await host.exec(["rm", "-rf", "--", fresh], { timeoutMs: 600_000 }).catch(() => undefined);
        throw error;
      }
    },
    async verify(context) {
      const there = await context.host(swap.host).exec(["test", "-d", fresh], { timeoutMs: 30_000 });
      return there.code === 0 ? undefined : `there is no directory ${fresh}`;
    },
  };
}

export const contentText = ({ name, text }: Content): string => `${name}: ${text}`;

/** Both hosts keep backups under the same path. */
async function fetch(from: Host, config: Config, to: string, backup: StoredBackup): Promise<void> {
  const peer = config.hosts.find((each) => each.name === to);
  if (peer === undefined) throw new Error(`the pair has no host ${to}`);
  await copyToPeer(from, peer, config, backup);
}

/** Owner and rights of the directory itself are those of the one it replaces, when there is one. */
async function likeLive(host: Host, { source, fresh }: Swap): Promise<void> {
  const there = await host.exec(["test", "-d", source.directory], { timeoutMs: 30_000 });
  if (there.code !== 0) return;
  await run(host, ["chown", `--reference=${source.directory}`, "--", fresh]);
  await run(host, ["chmod", `--reference=${source.directory}`, "--", fresh]);
}

/** @throws Error when there is not enough */
export async function requireSpace(host: Host, directory: string, sourceBytes: number): Promise<void> {
  const { freeBytes } = await freeSpace(host, directory);
  const needed = sourceBytes * 1.2 + SPARE_BYTES;
  if (freeBytes >= needed) return;
  const mega = (bytes: number) => Math.ceil(bytes / 1024 / 1024);
  throw new Error(
    say`no space in ${directory} on ${host.name}: ${mega(needed)} MB needed, ${mega(freeBytes)} MB free`,
  );
}
