import { type Report, report } from "../../core/report.ts";
import { say } from "../../core/texts/say.ts";
import type { Io } from "../cli/io.ts";
import { tell } from "../render/changes.ts";
import { printReports } from "../render/reports.ts";
import { cell, table } from "../show/layout.ts";
import { type ResetView, takesData, targetsOf } from "./scope.ts";

/** What is lost, as far as it can be seen, and what there is of it elsewhere. */
export function tellLosses(io: Io, json: boolean, view: ResetView): void {
  if (view.scope.kind !== "data") {
    tellStays(io, json, view);
    return;
  }
  const reports: Report[] = [];
  const listed = view.hosts.flatMap(({ name, volume }) =>
    (volume ?? []).map((content) => ({ host: name, ...content })),
  );
  if (json) for (const content of listed) io.out(`${JSON.stringify({ type: "content", ...content })}\n`);
  else if (listed.length > 0) {
    const rows = listed.map(({ path, sizeKiB, newest }) => [
      cell(`  ${path}`),
      cell(sizeKiB === undefined ? "?" : `${(sizeKiB / 1024).toFixed(1)} MiB`),
      cell(newest === undefined ? "" : say`newest: ${newest}`),
    ]);
    tell(io, json, {}, `${table(rows).join("\n")}\n`);
  }
  const holders = view.hosts.filter(({ copy }) => copy.kind === "data");
  if (view.hosts.every(({ facts }) => !facts.mounted) && holders.length > 0)
    reports.push(report("reset.not-listed", {}));
  const [only, another] = holders;
  if (only !== undefined && another === undefined)
    reports.push(report("reset.only-copy", { host: only.name }));
  const backups = view.hosts.flatMap(({ name, backup }) =>
    backup === undefined ? [] : [`${name}:${backup}`],
  );
  reports.push(
    ...(backups.length === 0
      ? [report("reset.no-backup", { directory: `${view.config.data_dir}/recover` })]
      : backups.map((newest) => report("reset.backup", { newest }))),
  );
  printReports(io, reports, json);
  tellStays(io, json, view);
}

export function tellStays(io: Io, json: boolean, view: ResetView): void {
  const what = [
    say`packages, the container engine`,
    ...(view.choices.images ? [] : [say`images`]),
    ...(takesData(view)
      ? [say`the journal in /var/lib/skyha`]
      : [say`the replicated volume, its DRBD resource, passwords and settings in /etc/skyha, the program`]),
  ];
  const unknown = targetsOf(view).filter(({ originals }) => originals.units === undefined);
  if (unknown.length > 0) {
    const names = unknown.map(({ name }) => name).join(say` and `);
    what.push(say`on ${names}: which services start at boot, because how it was before is not recorded`);
  }
  const reports: Report[] = [report("reset.stays", { what })];
  if (view.scope.kind === "host") {
    const { host } = view.scope;
    const other = view.hosts.find(({ name }) => name !== host)?.name ?? "";
    reports.push(report("reset.one-left", { host, other }));
  }
  printReports(io, reports, json);
}
