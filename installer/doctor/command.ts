import { Exit, type ExitCode } from "../../core/exit.ts";
import type { Host } from "../../core/host.ts";
import { describe, type Report } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import type { Finding } from "../../core/verdict/finding.ts";
import { verdict } from "../../core/verdict.ts";
import type { Io } from "../cli/io.ts";
import type { Config } from "../config/schema.ts";
import { clusterHas } from "../facts/host.ts";
import { gatherPair } from "../facts/pair/gather.ts";
import type { TcpProbe } from "../facts/pair/outside.ts";
import { profileOf } from "../facts/pair/profile.ts";
import { IDS } from "../names.ts";
import type { InstallFacts } from "../plan/plan.ts";
import { CHECKS } from "../plan/preflight.ts";
import { cell, createPaint, padded, table, wantsColour, width } from "../show/layout.ts";

export interface DoctorOptions {
  readonly config: Config;
  readonly hosts: readonly Host[];
  readonly facts: InstallFacts["hosts"];
  readonly io: Io;
  readonly json: boolean;
  readonly probe?: TcpProbe;
}

/**
 * Every check of an installation, and on a running pair what `skyha show` finds; reads only.
 * @returns 0 nothing is wrong, though something may want a look or be unknown · 1 something is
 */
export async function runDoctor({ config, hosts, facts, io, json, probe }: DoctorOptions): Promise<ExitCode> {
  const checks = CHECKS.map(({ id, title, problems }) => {
    const reports = problems(config, facts);
    return { id, title: title(), reports, result: resultOf(reports) };
  });
  const isBuilt = clusterHas(facts, IDS.drbdClone);
  const findings = isBuilt ? await findingsOf(config, hosts, probe) : [];
  if (json) {
    for (const { id, result, reports } of checks)
      io.out(
        `${JSON.stringify({ type: "check", id, ok: result === "ok", result, problems: reports.map(describe) })}\n`,
      );
    for (const finding of findings) io.out(`${JSON.stringify({ type: "finding", ...finding })}\n`);
  } else {
    const paint = createPaint(wantsColour(io.terminal, io.env));
    const words = { ok: say`ok`, warning: say`look`, unknown: "?", problem: say`NO` };
    const colours = { ok: paint.good, warning: paint.doubt, unknown: paint.doubt, problem: paint.bad };
    const columns = Math.max(...Object.values(words).map(width));
    const print = (result: Result, title: string, lines: readonly string[]) => {
      const word = cell(padded(words[result], columns), colours[result]);
      io.out(`${table([[word, cell(title)]]).join("\n")}\n`);
      for (const line of lines) io.out(`${" ".repeat(columns + 4)}${line}\n`);
    };
    for (const { title, result, reports } of checks) print(result, title, reports.flatMap(reportLines));
    if (isBuilt) {
      const result = findings.length === 0 ? "ok" : "problem";
      print(result, say`the running pair`, findings.flatMap(findingLines));
    }
  }
  return findings.length > 0 || checks.some(({ result }) => result === "problem") ? Exit.failed : Exit.done;
}

type Result = "ok" | "warning" | "unknown" | "problem";

/** Reports that say that there is no answer. */
const UNANSWERED: readonly Report["code"][] = ["preflight.not-known", "preflight.firewall-unclear"];

/** Of several the worst; what is not known is never "ok". */
function resultOf(reports: readonly Report[]): Result {
  if (reports.some((item) => describe(item).severity === "error")) return "problem";
  if (reports.some(({ code }) => UNANSWERED.includes(code))) return "unknown";
  return reports.length > 0 ? "warning" : "ok";
}

async function findingsOf(
  config: Config,
  hosts: readonly Host[],
  probe: TcpProbe | undefined,
): Promise<readonly Finding[]> {
  const places = config.hosts.map(({ name, address }) => ({
    name,
    address,
    host: hosts.find((host) => host.name === name) ?? { unreachable: "not connected" },
  }));
  const facts = await gatherPair(places, profileOf(config), probe === undefined ? {} : { probe });
  return verdict(facts).findings.filter(({ level }) => level !== "info");
}

function reportLines(item: Report): string[] {
  const { host, text, next } = describe(item);
  return [`${host === undefined ? "" : `${host}: `}${text}`, ...(next === undefined ? [] : [`  -> ${next}`])];
}

function findingLines({ text, next }: Finding): string[] {
  const where = next?.on === undefined ? "" : say`   on ${next.on}`;
  return [text, ...(next === undefined ? [] : [`  -> ${next.command}${where}`])];
}
