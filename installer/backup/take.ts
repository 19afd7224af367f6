import { type Host, run } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { type Report, report, SkyhaError } from "../../core/report.ts";
import type { Config } from "../config/schema.ts";
import { freeSpace } from "../facts/backing.ts";
import { type PairMember, reachableHosts } from "../hosts/pair.ts";
import { backingFile } from "../names.ts";
import { bytesOf, dump } from "./dump.ts";
import { USED } from "./programs.ts";
import type { Source } from "./source.ts";
import { type BackupRecord, backupName, begin, copyToPeer, finish, prune, serviceBackups } from "./store.ts";

export interface TakeOptions {
  readonly config: Config;
  readonly members: readonly PairMember[];
  /** The host with the services. */
  readonly host: Host;
  readonly source: Source;
  /** How many stay, per host. */
  readonly keep: number;
  readonly progress: (text: string) => void;
  readonly pollMs?: number;
}

export interface Taken {
  readonly outcome: "done" | "failed" | "locked";
  /** `postgres.20260102T030405` */
  readonly name: string;
  readonly seconds: number;
  readonly reports: readonly Report[];
}

/** Kept free beside a backup. */
const SPARE_BYTES = 64 * 1024 * 1024;
const WATCH_MS = 5000;

/** One backup of one service: copied, checked, kept on both hosts. Never throws for what can go wrong on a host. */
export async function takeBackup(options: TakeOptions): Promise<Taken> {
  const { config, host, source } = options;
  const { service } = source;
  const began = performance.now();
  const end = (outcome: Taken["outcome"], name: string, reports: readonly Report[]): Taken => ({
    outcome,
    name,
    reports,
    seconds: Math.round((performance.now() - began) / 100) / 10,
  });
  let name = "";
  try {
    const stamp = (await run(host, ["date", "-u", "+%Y%m%dT%H%M%S"])).trim();
    name = backupName(service, stamp);
    const sourceBytes = await bytesOf(host, USED, source.directory);
    const tooFull = await spaceReport(host, config, service, sourceBytes);
    if (tooFull !== undefined) return end("failed", name, [tooFull]);
    const partial = await begin(host, config, service, stamp);
    const record = await fill(options, { stamp, partial, sourceBytes });
    const bytes = await finish(host, config, record, stamp);
    const others = await onOtherHost(options, name);
    await prune(host, config, service, options.keep, name);
    const path = `${serviceBackups(config, service)}/${name}`;
    const hosts = [host.name, ...others.hosts];
    const done = report("backup.done", { service, path, bytes, hosts });
    const notes = record.notes.map((note) => report("backup.note", { service, note }));
    return end(others.problem === undefined ? "done" : "failed", name, [
      done,
      ...notes,
      ...(others.problem === undefined ? [] : [others.problem]),
    ]);
  } catch (error) {
    if (error instanceof SkyhaError) return end("locked", name, error.reports);
    return end("failed", name, [report("backup.failed", { service, why: messageOf(error) })]);
  }
}

interface Begun {
  readonly stamp: string;
  readonly partial: string;
  readonly sourceBytes: number;
}

async function fill(options: TakeOptions, { partial, sourceBytes }: Begun): Promise<BackupRecord> {
  const { config, host, source, progress, pollMs } = options;
  const at = (await run(host, ["date", "-u", "+%Y-%m-%dT%H:%M:%SZ"])).trim();
  const timer = setInterval(() => void sayBytes(host, partial, progress), WATCH_MS);
  try {
    const directory = serviceBackups(config, source.service);
    const { data, consistent, notes } = await dump({
      host,
      source,
      directory,
      partial,
      ...(pollMs === undefined ? {} : { pollMs }),
    });
    const image = source.container?.image;
    return {
      format: 1,
      service: source.service,
      kind: source.kind,
      at,
      host: host.name,
      ...(image === undefined ? {} : { image }),
      data,
      sourceBytes,
      consistent,
      notes: [...notes],
    };
  } finally {
    clearInterval(timer);
  }
}

async function sayBytes(host: Host, partial: string, progress: (text: string) => void): Promise<void> {
  const asked = await host
    .exec(["sh", "-c", USED, "used", partial], { timeoutMs: 5000 })
    .catch(() => undefined);
  if (asked?.code === 0) progress(`${Math.round(Number(asked.stdout) / 1024 / 1024)} MiB`);
}

/** The volume's own file is sparse: what it may still grow by is not free. */
async function spaceReport(
  host: Host,
  config: Config,
  service: string,
  sourceBytes: number,
): Promise<Report | undefined> {
  const path = serviceBackups(config, service);
  const { freeBytes } = await freeSpace(host, config.data_dir);
  const neededBytes = sourceBytes + SPARE_BYTES + (await growth(host, backingFile(config.data_dir)));
  if (freeBytes >= neededBytes) return undefined;
  return report("backup.no-space", { service, path, neededBytes, freeBytes }, host.name);
}

async function growth(host: Host, file: string): Promise<number> {
  const asked = await host.exec(["stat", "-c", "%s %b %B", file], { timeoutMs: 20_000 });
  // None: the volume has a device of its own.
  if (asked.code === 1) return 0;
  const [size = Number.NaN, blocks = Number.NaN, unit = Number.NaN] = asked.stdout.split(" ").map(Number);
  const bytes = size - blocks * unit;
  if (asked.code !== 0 || Number.isNaN(bytes))
    throw new Error(`${host.name}: the size of ${file} is not known`);
  return Math.max(0, bytes);
}

/** The other host gets a copy; one that it could not be given is said, and the backup on this one counts all the same. */
async function onOtherHost(
  { config, members, host, source, keep, progress }: TakeOptions,
  name: string,
): Promise<{ readonly hosts: readonly string[]; readonly problem?: Report }> {
  const { service } = source;
  const peer = config.hosts.find((each) => each.name !== host.name);
  if (peer === undefined) return { hosts: [] };
  try {
    progress(`to ${peer.name}`);
    const path = `${serviceBackups(config, service)}/${name}`;
    const there = reachableHosts(members).find((each) => each.name === peer.name);
    if (there === undefined) throw new Error(`${peer.name} cannot be reached`);
    const size = await bytesOf(host, USED, path);
    const tooFull = await spaceReport(there, config, service, size);
    if (tooFull !== undefined) return { hosts: [], problem: tooFull };
    await copyToPeer(host, peer, config, { path, name, service });
    await prune(there, config, service, keep, name);
    return { hosts: [peer.name] };
  } catch (error) {
    const why = messageOf(error);
    return { hosts: [], problem: report("backup.not-copied", { service, name, to: peer.name, why }) };
  }
}
