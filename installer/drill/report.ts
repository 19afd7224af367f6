import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DrillRecord, PairProfile } from "../../core/verdict/facts.ts";
import { type FaultResult, lostRows } from "./result.ts";

/** The report as data. Fields are added under the same version. */
export interface DrillReport {
  readonly version: 1;
  readonly cluster: string;
  readonly vip: string;
  readonly hosts: readonly string[];
  readonly record: DrillRecord;
  readonly faults: readonly FaultResult[];
  readonly notRun: readonly { readonly fault: string; readonly why: string }[];
}

export function drillReport(
  { cluster, vip, hosts }: PairProfile,
  record: DrillRecord,
  faults: readonly FaultResult[],
  notRun: DrillReport["notRun"],
): DrillReport {
  return { version: 1, cluster, vip, hosts: hosts.map(({ name }) => name), record, faults, notRun };
}

/** For people, and for whoever audits them. */
export function markdown(report: DrillReport): string {
  const { record, faults, notRun } = report;
  const explained = [...new Set(faults.flatMap(({ rows }) => rows.flatMap(losses)))];
  return `${[
    `# Drill of ${report.cluster}, ${record.at}`,
    "",
    `Hosts ${report.hosts.join(" and ")}, VIP ${report.vip}; run by ${record.by}. Result: **${record.result}**.`,
    "",
    "| Fault | Injected on | Longest outage, by service | Rows acknowledged | Rows lost | Back after | Result |",
    "|---|---|---|---|---|---|---|",
    ...faults.map(row),
    "",
    ...faults.flatMap(details),
    ...(notRun.length === 0
      ? []
      : ["## Not run", "", ...notRun.map(({ fault, why }) => `- ${fault}: ${cellText(why)}`), ""]),
    "## How this was measured",
    "",
    "From the machine that skyha ran on, through the VIP, one fault at a time, each on a pair that was whole.",
    "For services with rows, a client wrote numbered rows one after the other, each waiting for its answer for at most",
    "1 s, with a new connection every second. The outage (RTO) is the longest time without an acknowledged row. Rows lost",
    "(RPO) are acknowledged rows that were not there afterwards. For the others, marked *tcp*, only a TCP connection was",
    "tried four times a second: that a connection is accepted does not prove that the service works. Nothing was written",
    "over NFS, which would need a mount.",
    ...(explained.length === 0 ? [] : ["", ...explained]),
  ].join("\n")}\n`;
}

const losses = ({ service, mayLose, lost }: FaultResult["rows"][number]): string[] =>
  mayLose === undefined
    ? []
    : [`${service} may lose acknowledged rows as it is configured: ${mayLose}. ${lost ?? "?"} were lost.`];

function row(fault: FaultResult): string {
  const outages = fault.outages.map(
    ({ service, by, seconds, stillDown }) =>
      `${service} ${seconds} s${by === "connections" ? " (tcp)" : ""}${stillDown ? ", still down" : ""}`,
  );
  const acknowledged = fault.rows.map(({ service, acknowledged: count }) => `${service} ${count}`);
  const lost = fault.rows.map(
    ({ service, lost: count, mayLose }) => `${service} ${count ?? "?"}${mayLose === undefined ? "" : "*"}`,
  );
  const cells = [
    fault.id,
    fault.host,
    outages.join("<br>"),
    acknowledged.join("<br>"),
    lost.join("<br>"),
    `${fault.seconds} s`,
    `${fault.outcome}${fault.why === "" ? "" : `: ${fault.why}`}`,
  ];
  return `| ${cells.map(cellText).join(" | ")} |`;
}

const cellText = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/[\r\n]+/g, " ");

function details(fault: FaultResult): string[] {
  const moved =
    fault.activeAfter === fault.activeBefore
      ? `The services stayed on ${fault.activeBefore}.`
      : `The services moved from ${fault.activeBefore} to ${fault.activeAfter ?? "an unknown place"}.`;
  return [
    `## ${fault.id}`,
    "",
    `${fault.at}, on ${fault.host}: \`${fault.command.replaceAll("\n", " ")}\``,
    "",
    `${moved} Rows lost that may not be lost: ${lostRows(fault.rows)}.`,
    ...fault.failures.map((text) => `- the cluster noted: ${cellText(text)}`),
    ...fault.left.map((text) => `- LEFT BEHIND: ${cellText(text)}`),
    "",
  ];
}

/** @throws Error when the directory is none, or cannot be written into */
export function checkDirectory(directory: string): void {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`${directory} is not a directory`);
}

/** Two new files. @returns their paths. @throws Error of the file system */
export function writeReport(directory: string, stamp: string, report: DrillReport): readonly string[] {
  const base = join(directory, `skyha-drill-${stamp}`);
  const files = [
    [`${base}.md`, markdown(report)],
    [`${base}.json`, `${JSON.stringify(report, null, 2)}\n`],
  ] as const;
  for (const [path, text] of files) writeFileSync(path, text, { flag: "wx" });
  return files.map(([path]) => path);
}
