import type { Known } from "../../core/cluster/known.ts";
import type { DrbdState } from "../../core/drbd/model.ts";
import { say } from "../../core/texts/say.ts";
import type { DrillRecord, FileSystemUse } from "../../core/verdict/facts.ts";
import type { Growth } from "../../core/verdict/growth.ts";
import { bytes, type Cell, cell, duration, type Paint, table } from "./layout.ts";
import { recent } from "./recent.ts";
import type { HostView, ResourceView, ShowView } from "./view.ts";
import { word } from "./words.ts";

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

interface Planned extends Section {
  /** Beginnings of the finding codes that belong here. */
  readonly areas: readonly string[];
}

/** Sections that have something wrong come first, the worst of them at the top; the rest keep their order. */
export function sectionsOf(view: ShowView, paint: Paint): Section[] {
  const planned: Planned[] = [
    { title: say`Hosts`, areas: ["host.", "cluster.stopped"], lines: hosts(view, paint) },
    { title: say`Last 24 h`, areas: [], lines: recent(view, paint) },
    { title: say`Services`, areas: ["service.", "vip.", "engine."], lines: services(view, paint) },
    { title: say`Data (DRBD)`, areas: ["data."], lines: data(view, paint) },
    { title: "NFS", areas: ["nfs."], lines: nfs(view, paint) },
    { title: say`Fencing`, areas: ["fencing."], lines: fencing(view, paint) },
    { title: say`Cluster`, areas: ["cluster.", "constraint."], lines: cluster(view, paint) },
    { title: say`Space`, areas: ["space."], lines: space(view, paint) },
  ];
  // Findings are sorted worst first, so where a section's first finding stands is how bad the section is.
  const place = (areas: readonly string[]) => {
    const serious = view.findings.filter((finding) => finding.level !== "info");
    const index = serious.findIndex((finding) => areas.some((area) => finding.code.startsWith(area)));
    return index < 0 ? serious.length : index;
  };
  return planned.sort((a, b) => place(a.areas) - place(b.areas));
}

const missing = (why: string, paint: Paint): string[] =>
  table([[cell(word("unknown"), paint.doubt), cell(why)]]);

function known<T>(item: Known<T>, paint: Paint, lay: (value: T) => string[]): string[] {
  return item.known ? lay(item.value) : missing(item.why, paint);
}

function hosts(view: ShowView, paint: Paint): string[] {
  return table(
    view.hosts.map((host) => [
      cell(host.name),
      cell(host.address),
      cell(host.duty === "unknown" ? "" : word(host.duty)),
      cell(word(host.node), host.node === "online" ? paint.good : paint.doubt),
      cell(hostNotes(host)),
    ]),
  );
}

function hostNotes(host: HostView): string {
  if (host.unreachable !== undefined) return say`no SSH: ${host.unreachable}`;
  const down = host.units.known
    ? Object.entries(host.units.value).filter(([, state]) => state !== "active")
    : [];
  const notes = down.map(([unit, state]) => `${unit} ${word(state)}`);
  if (host.clockOffset.known && Math.abs(host.clockOffset.value) > 5) {
    notes.push(
      host.clockOffset.value > 0
        ? say`clock ahead by ${duration(host.clockOffset.value)}`
        : say`clock behind by ${duration(-host.clockOffset.value)}`,
    );
  }
  return notes.join(", ");
}

function services(view: ShowView, paint: Paint): string[] {
  const colour = { yes: paint.good, no: paint.bad, unknown: paint.doubt };
  const answers = view.services.map((service) => [
    cell(service.name),
    cell(service.port === undefined ? "" : `${view.vip.address}:${service.port}`),
    cell(
      service.state === "yes" ? say`serves` : service.state === "no" ? say`DOWN` : word("unknown"),
      colour[service.state],
    ),
    cell(
      service.state === "yes" && service.outsideMs !== undefined
        ? say`answered in ${service.outsideMs} ms`
        : service.why,
    ),
  ]);
  const holder =
    view.vip.on.length === 0 ? say`on no host that could be asked` : say`on ${view.vip.on.join(say` AND `)}`;
  return [
    ...table([
      [
        cell("VIP"),
        cell(view.vip.address),
        cell(holder, view.vip.on.length === 1 ? paint.good : paint.doubt),
      ],
    ]),
    ...table(answers),
    ...known(view.resources, paint, (list) => resourceTable(list, paint)),
  ];
}

function resourceTable(list: readonly ResourceView[], paint: Paint): string[] {
  const shown = list.filter((resource) => !resource.agent.startsWith("stonith:"));
  return table(
    shown.map((resource): Cell[] => [
      cell(resource.id),
      cell(resource.role, resource.state === "ok" ? undefined : paint.doubt),
      cell(resource.nodes.join(",") || "-"),
      cell(resource.forSeconds === undefined ? "" : say`for ${duration(resource.forSeconds)}`),
      cell(resourceNote(resource), paint.doubt),
    ]),
  );
}

function resourceNote(resource: ResourceView): string {
  const count =
    resource.failures === 0
      ? ""
      : say`failed ${resource.failures >= 1_000_000 ? say`for good` : say`${resource.failures}x`}`;
  const state =
    resource.state === "ok" || (resource.state === "stopped" && resource.role === "Stopped")
      ? ""
      : word(resource.state);
  return [state, count].filter((text) => text !== "").join(", ");
}

function data(view: ShowView, paint: Paint): string[] {
  return table(
    view.data.map(({ host, state }): Cell[] => {
      if (!state.known)
        return [
          cell(host),
          cell(word("unknown"), paint.doubt),
          cell(""),
          cell(""),
          cell(reason(view, host, state.why)),
        ];
      const drbd = state.value;
      const good = drbd.disk === "UpToDate" && drbd.connection === "Connected" && drbd.sync === undefined;
      const settled = drbd.replication === "Off" || drbd.replication === "Established";
      return [
        cell(host),
        cell(drbd.role),
        cell(drbd.disk, good ? paint.good : paint.doubt),
        cell(settled ? drbd.connection : drbd.replication),
        cell(dataNotes(drbd)),
      ];
    }),
  );
}

/** Why a host cannot be reached is said once, at the host. */
const reason = (view: ShowView, host: string, why: string): string =>
  isReachable(view, host) ? why : say`not reachable`;

const isReachable = (view: ShowView, host: string): boolean =>
  view.hosts.some((item) => item.name === host && item.unreachable === undefined);

function dataNotes(drbd: DrbdState): string {
  const notes: string[] = [];
  if (drbd.sync) {
    const { percent, speedKiBs, etaSeconds, stalled, paused } = drbd.sync;
    if (percent !== undefined) notes.push(`${percent} %`);
    if (paused) notes.push(say`paused`);
    else if (stalled) notes.push(say`no progress`);
    else if (speedKiBs !== undefined) notes.push(`${bytes(speedKiBs * 1024)}/s`);
    if (etaSeconds !== undefined) notes.push(say`about ${duration(etaSeconds)} left`);
  }
  if (drbd.outOfSyncKiB) notes.push(say`${bytes(drbd.outOfSyncKiB * 1024)} differ`);
  if (drbd.suspended) notes.push(say`writes held back`);
  return notes.join(", ");
}

function nfs(view: ShowView, paint: Paint): string[] {
  return view.nfs.flatMap(({ host, state }) => {
    if (!isReachable(view, host)) return [];
    if (!state.known) return table([[cell(host), cell(word("unknown"), paint.doubt), cell(state.why)]]);
    const { exports, clients } = state.value;
    const who = clients.length === 0 ? say`no client has it open` : say`open by ${clients.join(", ")}`;
    return table(exports.map((item) => [cell(host), cell(item.path), cell(say`for ${item.client}; ${who}`)]));
  });
}

function fencing(view: ShowView, paint: Paint): string[] {
  return known(view.fencing, paint, ({ enabled, devices, history }) => {
    const on = enabled === undefined ? word("unknown") : enabled ? say`on` : say`OFF`;
    const colour = { proven: paint.good, untried: paint.doubt, doubtful: paint.doubt, broken: paint.bad };
    const judged = {
      proven: say`proven`,
      untried: say`unproven`,
      doubtful: say`unproven`,
      broken: say`BROKEN`,
    };
    return [
      ...table([[cell(say`fencing`), cell(on, enabled === true ? paint.good : paint.bad)]]),
      ...table(
        devices.map(({ node, state, why }) => [cell(node), cell(judged[state], colour[state]), cell(why)]),
      ),
      ...table(
        history.map((event) => [
          cell(say`history`),
          cell(event.target),
          cell(`${event.status} ${event.at ?? ""}`),
        ]),
      ),
    ];
  });
}

function cluster(view: ShowView, paint: Paint): string[] {
  const member = known(view.membership, paint, ({ dc, quorate, quorum, links }) => {
    const votes = quorum.known
      ? say` (${quorum.value.totalVotes ?? "?"} of ${quorum.value.expectedVotes ?? "?"} votes)`
      : "";
    const has = quorate === undefined ? word("unknown") : quorate ? word("yes") : say`NO`;
    return table([
      [cell(say`quorum`), cell(`${has}${votes}`, quorate ? paint.good : paint.doubt)],
      [cell(say`controller`), cell(dc ?? say`none`)],
      ...links.map((link) => [
        cell(say`link ${link.id}`),
        cell(link.connected ? say`connected` : say`DOWN`, link.connected ? paint.good : paint.doubt),
      ]),
    ]);
  });
  const drill = table([
    [
      cell(say`drill`),
      ...(view.drill.known
        ? drillCells(view.drill.value, paint)
        : [cell(say`unknown: ${view.drill.why}`, paint.doubt)]),
    ],
  ]);
  const scores = view.scores.known
    ? view.scores.value.map(({ node, score }) => `${node} ${score}`).join(", ")
    : "";
  const left = view.constraints.known ? view.constraints.value : [];
  return [
    ...member,
    ...drill,
    ...(scores === "" ? [] : table([[cell(say`promotion`), cell(say`scores: ${scores}`)]])),
    ...table(
      left.map((item) => [
        cell(say`constraint`),
        cell(`${item.id}${item.until === undefined ? "" : say` until ${item.until}`}`),
      ]),
    ),
  ];
}

function drillCells(last: DrillRecord | undefined, paint: Paint): Cell[] {
  if (last === undefined) return [cell(say`never drilled`, paint.doubt)];
  const { at, result, faults, worstSeconds, lost } = last;
  const day = at.slice(0, 10);
  const text = say`${day}: ${word(result)}, ${faults.length} faults, longest outage ${worstSeconds} s, ${lost} rows lost`;
  return [cell(text, result === "passed" ? paint.good : paint.doubt)];
}

function space(view: ShowView, paint: Paint): string[] {
  const reachable = view.space.filter(({ host }) => isReachable(view, host));
  return reachable.flatMap(({ host, fileSystems, directories, growth }) => [
    ...known(fileSystems, paint, (list) =>
      table(
        list.map((use) => [
          cell(host),
          cell(use.path),
          cell(`${spaceUsed(use)}${growth?.path === use.path ? spaceGrowth(growth) : ""}`),
        ]),
      ),
    ),
    ...(directories.known
      ? table(
          directories.value.slice(0, 6).map((use) => [cell(host), cell(use.path), cell(bytes(use.bytes))]),
        )
      : []),
  ]);
}

const spaceUsed = ({ usedBytes, freeBytes, totalBytes }: FileSystemUse): string =>
  say`${Math.floor((usedBytes / Math.max(usedBytes + freeBytes, 1)) * 100)} % used, ${bytes(freeBytes)} free of ${bytes(totalBytes)}`;

const spaceGrowth = ({ bytesPerDay, daysLeft }: Growth): string =>
  say`; grows ${bytes(bytesPerDay)} a day, full in about ${duration(daysLeft * 86_400)}`;
