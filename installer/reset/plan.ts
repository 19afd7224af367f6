import type { Change } from "../../core/change.ts";
import { imageKey } from "../facts/local.ts";
import { PATHS } from "../names.ts";
import { wantedImages } from "../steps/images.ts";
import { leaveCluster, removeLinks, setCibAside, stopServices, takeDrbdDown } from "./cluster-changes.ts";
import {
  detachLoop,
  keepVolume,
  keptIn,
  removeContainers,
  removeImages,
  removeVolume,
} from "./data-changes.ts";
import {
  CLUSTER_UNITS,
  filesToGiveBack,
  giveFilesBack,
  giveHostsBack,
  giveUnitsBack,
  removeOwn,
  removePairKeys,
} from "./file-changes.ts";
import { OURS, type ResetHost } from "./look.ts";
import { statusOf } from "./reasons.ts";
import {
  keeperOf,
  ownsBacking,
  ownsCluster,
  type ResetView,
  runsCluster,
  takesData,
  targetsOf,
} from "./scope.ts";

/**
 * Everything that is done, in order: stage after stage, each on all hosts, none before the one before it has been seen
 * to hold. What is gone already yields no Change, so the same command goes on where it was interrupted: nothing that
 * a later stage needs to recognise what is skyha's goes before it. Pure.
 */
export function resetChanges(view: ResetView): Change[] {
  const hosts = targetsOf(view);
  const each = (changes: (host: ResetHost) => readonly Change[]) => hosts.flatMap(changes);
  return [
    ...stop(view),
    ...each((host) => leave(view, host)),
    ...(takesData(view) ? volume(view, hosts) : []),
    ...each((host) => (isSetAside(view, host) ? [setCibAside(host.name, view.choices.stamp)] : [])),
    ...each(links),
    ...each((host) => giveUnitsBack(host, view.config.pcs, leaves(view, host))),
    ...each((host) => files(view, host)),
    ...each((host) => own(view, host)),
    ...keys(view, hosts),
    ...(takesData(view) ? each(last) : []),
  ];
}

/** One host of two stops by itself: its cluster moves nothing, because nothing is there. */
function stop(view: ResetView): Change[] {
  if (view.scope.kind === "host" || !view.hosts.some((host) => runsCluster(host, view.config))) return [];
  const status = statusOf(view);
  const runs = status?.resources.some(({ active, agent }) => active && !agent.startsWith("stonith:"));
  return runs === false ? [] : [stopServices()];
}

function leaves({ config }: ResetView, host: ResetHost): boolean {
  const atBoot = CLUSTER_UNITS.some((unit) => host.facts.units.get(unit)?.file === "enabled");
  return runsCluster(host, config) || (ownsCluster(host, config) && atBoot);
}

function leave(view: ResetView, host: ResetHost): Change[] {
  if (!leaves(view, host)) return [];
  const other = view.scope.kind === "host" ? view.hosts.find(({ name }) => name !== host.name) : undefined;
  return [leaveCluster(host.name, view.config.vip.address, other?.name)];
}

function volume(view: ResetView, hosts: readonly ResetHost[]): Change[] {
  const { config, choices, scope } = view;
  const keeper = keeperOf(view);
  const backed = hosts.filter((host) => ownsBacking(host, config));
  const keeps = (host: ResetHost) =>
    scope.kind === "data" &&
    !choices.noCopy &&
    host.name === keeper.name &&
    host.facts.backing.kind === "file" &&
    host.copy.kind !== "none" &&
    host.copy.kind !== "unused";
  const remains = (host: ResetHost) => {
    if (scope.kind === "host")
      return `; ${view.hosts.find(({ name }) => name !== host.name)?.name} has it all`;
    return backed.some(keeps) ? `; it is kept on ${keeper.name}` : "";
  };
  return [
    ...hosts.flatMap(({ name, facts }) =>
      facts.drbd.disk === "absent" && !runs(view, name) ? [] : [takeDrbdDown(name)],
    ),
    ...hosts.flatMap(({ name, containers }) => {
      // What the cluster stops it also removes; what lost power with its host is still there, and does not run.
      const stopped = containers.all.filter(
        (container) => !(runs(view, name) && containers.running.includes(container)),
      );
      return stopped.length === 0 ? [] : [removeContainers(name, config.engine, stopped)];
    }),
    // The copy that is kept is safe before the other one goes.
    ...backed.filter(keeps).map((host) => keepVolume(host, keptIn(config.data_dir, choices.stamp))),
    ...backed.filter((host) => !keeps(host)).map((host) => removeVolume(host, remains(host))),
    ...hosts.flatMap(({ name, facts }) =>
      facts.units.get("skyha-storage.service")?.file === "enabled"
        ? [detachLoop(name, config.drbd.loop_device, config.data_dir)]
        : [],
    ),
    ...(choices.images
      ? hosts.flatMap(({ name, facts }) => {
          const images = wantedImages(config).filter((image) => facts.images.has(imageKey(image)));
          return images.length === 0 ? [] : [removeImages(name, config.engine, images)];
        })
      : []),
  ];
}

const runs = (view: ResetView, name: string): boolean =>
  view.hosts.some((host) => host.name === name && runsCluster(host, view.config));

const isSetAside = ({ config }: ResetView, host: ResetHost): boolean =>
  host.there.has(OURS.cib) && ownsCluster(host, config);

function links({ name, facts }: ResetHost): Change[] {
  const ours = [...facts.links].filter(([, target]) => target === PATHS.program).map(([link]) => link);
  return ours.length === 0 ? [] : [removeLinks(name, ours)];
}

function files(view: ResetView, host: ResetHost): Change[] {
  const paths = filesToGiveBack(host, takesData(view));
  return [...(paths.length === 0 ? [] : [giveFilesBack(host, paths)]), ...giveHostsBack(host, view.config)];
}

function own(view: ResetView, host: ResetHost): Change[] {
  const remove = (step: string, what: string, paths: readonly string[]) => {
    const found = paths.filter((path) => host.there.has(path));
    return found.length === 0 ? [] : [removeOwn(host.name, step, what, found)];
  };
  return [
    ...remove("records", "what was remembered of the cluster", [
      OURS.applied,
      OURS.fenceProof,
      OURS.drill,
      // The past of the volume goes with the volume.
      ...(takesData(view) ? [OURS.space] : []),
      ...(view.config.pcs && host.originals.units?.["pcsd.service"] !== "enabled"
        ? [OURS.pcsKnownHosts]
        : []),
    ]),
    ...(takesData(view) ? remove("settings", "settings and passwords", [OURS.settings]) : []),
  ];
}

/** After the settings: these are the way by which the hosts reach each other. */
function keys(view: ResetView, hosts: readonly ResetHost[]): Change[] {
  if (!takesData(view)) return [];
  const of = (names: readonly string[]) => view.config.hosts.filter(({ name }) => names.includes(name));
  const gone = hosts.map(({ name }) => name);
  const all = view.hosts.map(({ name }) => name);
  return view.hosts.flatMap((host) => removePairKeys(host, of(gone.includes(host.name) ? all : gone)));
}

function last(host: ResetHost): Change[] {
  const paths = [OURS.program, OURS.originals].filter((path) => host.there.has(path));
  return paths.length === 0
    ? []
    : [removeOwn(host.name, "program", "skyha, and what it remembered of the host", paths, PATHS.mount)];
}
