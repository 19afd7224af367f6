import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Exit, type ExitCode } from "../../core/exit.ts";
import { messageOf } from "../../core/message.ts";
import { runProcess } from "../../core/process.ts";
import { report, SkyhaError } from "../../core/report.ts";
import type { Io } from "../cli/io.ts";
import { VERSION } from "../cli/version.ts";
import type { Config } from "../config/schema.ts";
import { type GatherOptions, gatherPair } from "../facts/pair/gather.ts";
import { profileOf } from "../facts/pair/profile.ts";
import { type PairMember, reachableHosts } from "../hosts/pair.ts";
import { printReports } from "../render/reports.ts";
import { pairHosts } from "../show/command.ts";
import { renderPlain } from "../show/plain.ts";
import { showPair } from "../show/show-pair.ts";
import { cleaner, type HostPart, partOf, secretsOf, timeline } from "./bundle.ts";

export interface ReportOptions extends GatherOptions {
  readonly config: Config;
  readonly members: readonly PairMember[];
  readonly io: Io;
  readonly json: boolean;
  /** As journalctl takes it: "24 hours ago", "2026-01-02 03:04". */
  readonly since: string;
  /** Directory the bundle is written to. */
  readonly directory: string;
}

/**
 * Everything about a pair that helps to understand what happened, without its secrets, as one file.
 * @returns 0 written · 1 could not be written · 3 no host could be asked, or what is secret there is not known
 */
export async function runReport(options: ReportOptions): Promise<ExitCode> {
  const { config, members, io, json, since, directory } = options;
  const hosts = reachableHosts(members);
  const problems = members.flatMap(({ config: { name }, host }) =>
    host instanceof SkyhaError ? [{ host: name, why: host.message }] : [],
  );
  if (hosts.length === 0) {
    printReports(io, [report("report.nobody", { hosts: problems.map(({ host }) => host) })], json);
    return Exit.unknown;
  }
  let secrets: string[];
  try {
    secrets = (await Promise.all(hosts.map(secretsOf))).flat();
  } catch (error) {
    printReports(io, [report("report.secrets-unknown", { why: messageOf(error) })], json);
    return Exit.unknown;
  }
  const clean = cleaner(secrets);
  const view = showPair(await gatherPair(pairHosts(members), profileOf(config), options));
  const progress = (host: string) => (file: string) => {
    if (io.terminal && !json) io.out(`  ${host}  ${file}\n`);
  };
  const parts = await Promise.all(
    hosts.map((host) => partOf(host, config, since, secrets, progress(host.name))),
  );
  const stamp = view.takenAt.replace(/[-:]|\..*/g, "");
  const name = `skyha-report-${config.cluster}-${stamp}Z`;
  const files = new Map([
    ["README.txt", readme(name, since, parts, problems)],
    ["show.txt", clean(renderPlain(view, false))],
    ["show.json", clean(`${JSON.stringify(view, undefined, 1)}\n`)],
    ["timeline.log", timeline(parts)],
    ...parts.flatMap(({ host, files: own }) =>
      [...own].map(([file, text]): [string, string] => [`${host}/${file}`, text]),
    ),
  ]);
  try {
    const path = await pack(name, files, directory);
    const megabytes = Math.round(statSync(path).size / 1e5) / 10;
    const missing = parts.flatMap(({ host, missing: list }) => list.map(({ file }) => `${host}/${file}`));
    const unreached = problems.map(({ host }) => host);
    printReports(
      io,
      [report("report.written", { path, files: files.size, megabytes, missing, unreached })],
      json,
    );
    return Exit.done;
  } catch (error) {
    printReports(io, [report("report.failed", { directory, why: messageOf(error) })], json);
    return Exit.failed;
  }
}

function readme(
  name: string,
  since: string,
  parts: readonly HostPart[],
  problems: readonly { readonly host: string; readonly why: string }[],
): string {
  return [
    `${name}, by skyha ${VERSION}`,
    "",
    `Journals since: ${since}. Times are UTC.`,
    "Passwords that the hosts keep for skyha, private keys and values of password parameters are masked: ******.",
    "",
    "show.txt, show.json   what skyha show said",
    "timeline.log          the journals of both hosts (cluster, engine, DRBD, NFS, kernel) by time",
    ...parts.flatMap(({ host, files, missing }) => [
      `${host}/`,
      ...[...files.keys()].map((file) => `  ${file}`),
      ...missing.map(({ file, why }) => `  ${file}   MISSING: ${why}`),
    ]),
    ...problems.map(({ host, why }) => `${host}/   MISSING: ${why}`),
    "",
  ].join("\n");
}

/** @returns its path; readable by its owner only */
async function pack(name: string, files: ReadonlyMap<string, string>, directory: string): Promise<string> {
  const work = mkdtempSync(join(tmpdir(), "skyha-report-"));
  try {
    for (const [file, text] of files) {
      const path = join(work, name, file);
      mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
      writeFileSync(path, text, { mode: 0o600 });
    }
    const target = join(resolve(directory), `${name}.tar.gz`);
    // Made with the owner's rights only from the first byte on.
    writeFileSync(target, "", { mode: 0o600, flag: "wx" });
    const packed = await runProcess(["tar", "-C", work, "-czf", target, name], { timeoutMs: 120_000 });
    if (packed.code !== 0) throw new Error(packed.stderr.trim() || `tar ended with code ${packed.code}`);
    return target;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
