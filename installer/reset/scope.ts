import type { Config } from "../config/schema.ts";
import { DRBD, PATHS } from "../names.ts";
import type { ResetHost } from "./look.ts";

/** What is taken off. */
export type Scope =
  /** The cluster of both hosts; the replicated volume stays. */
  | { readonly kind: "cluster" }
  /** That, the replicated volume and everything else of skyha, from both hosts. */
  | { readonly kind: "data" }
  /** Everything of skyha from one host; the other one goes on. */
  | { readonly kind: "host"; readonly host: string };

export interface Choices {
  /** Keep no copy of the volume. */
  readonly noCopy: boolean;
  /** Images of the services go as well. */
  readonly images: boolean;
  /** Cluster resources that skyha did not make go with the cluster. */
  readonly foreign: boolean;
  /** Makes names unique: 20260102T030405 */
  readonly stamp: string;
}

/** Everything the plan and the reasons against it are worked out from. */
export interface ResetView {
  readonly config: Config;
  readonly scope: Scope;
  readonly choices: Choices;
  /** Both hosts, in the order of the configuration. */
  readonly hosts: readonly [ResetHost, ResetHost];
}

/** What has to be typed: the name of what is lost. */
export const nameOf = ({ config, scope }: Pick<ResetView, "config" | "scope">): string =>
  scope.kind === "host" ? scope.host : config.cluster;

/** The hosts that lose something. */
export const targetsOf = ({ scope, hosts }: ResetView): ResetHost[] =>
  hosts.filter(({ name }) => scope.kind !== "host" || name === scope.host);

export const takesData = ({ scope }: Pick<ResetView, "scope">): boolean => scope.kind !== "cluster";

/** By its configuration file; the one that a package brings along names a cluster "debian". */
export const ownsCluster = ({ facts }: ResetHost, { cluster }: Config): boolean =>
  /^\s*cluster_name:\s*(\S+)/m.exec(facts.files.get(PATHS.corosyncConf) ?? "")?.[1] === cluster;

export const runsCluster = (host: ResetHost, config: Config): boolean =>
  ownsCluster(host, config) &&
  ["corosync.service", "pacemaker.service"].some((unit) => isActive(host.facts.units.get(unit)?.active));

/** A unit that is starting, stopping or reloading has something running. */
const isActive = (state: string | undefined): boolean =>
  state !== undefined && !["", "inactive", "failed"].includes(state);

const hasResource = ({ facts }: ResetHost): boolean =>
  facts.files.get(PATHS.drbdResource)?.includes(`resource ${DRBD.resource}`) === true;

/**
 * Whether our DRBD resource is on the device or file that the configuration names, by what is on the host itself:
 * with another pair's configuration it would be somebody else's.
 */
function isNamed({ facts }: ResetHost, { drbd }: Config): boolean {
  const { kind, path } = facts.backing;
  const resource = facts.files.get(PATHS.drbdResource) ?? "";
  if (kind === "device") return resource.includes(`disk ${path};`);
  const unit = facts.files.get(PATHS.storageUnit) ?? "";
  return (
    resource.includes(`disk ${drbd.loop_device};`) &&
    unit.split("\n").some((line) => line.endsWith(`losetup ${drbd.loop_device} ${path}`))
  );
}

export const ownsBacking = (host: ResetHost, config: Config): boolean =>
  host.facts.backing.exists && hasResource(host) && isNamed(host, config);

/** There is a resource of ours, and the configuration says that it is somewhere else. */
export const isElsewhere = (host: ResetHost, config: Config): boolean =>
  hasResource(host) && !isNamed(host, config);

/** The host where the volume is in use, or was last; its copy is the one that is kept. */
export function keeperOf(view: ResetView): ResetHost {
  const { hosts } = view;
  return (
    hosts.find(({ facts }) => facts.mounted) ?? hosts.find(({ copy }) => copy.kind === "data") ?? hosts[0]
  );
}
