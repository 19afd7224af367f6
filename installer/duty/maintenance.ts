import type { ApplyContext, Change } from "../../core/change.ts";
import { MAINTENANCE_SET } from "../../core/cluster/cib.ts";
import { attributes, type Values } from "../cib/build.ts";
import { editCib } from "../cib/edit.ts";
import { element, type XmlNode } from "../cib/xml.ts";
import { clusterHost, statusOf } from "../recover/changes.ts";

/** Who took the cluster's hands off, and until when. */
export interface MaintenanceNote {
  /** user@machine */
  readonly by: string;
  /** ISO 8601, seconds, UTC */
  readonly since: string;
  /** ISO 8601, seconds, UTC; undefined: until somebody ends it. */
  readonly until: string | undefined;
  readonly reason: string | undefined;
}

/**
 * A set of properties of its own, which Pacemaker itself stops to heed when its time is over (Pacemaker Explained,
 * "Rules"). Who and why are properties that Pacemaker does not know and leaves alone.
 * @param note undefined: no maintenance
 */
export function withMaintenance(configuration: XmlNode, note: MaintenanceNote | undefined): XmlNode {
  const children = configuration.children.map((section) => {
    if (section.name !== "crm_config") return section;
    const others = section.children
      .filter((set) => set.attributes["id"] !== MAINTENANCE_SET)
      // The set that comes first wins, so a plain "false" would too.
      .map((set) => ({ ...set, children: set.children.filter((pair) => !saysMaintenance(pair)) }));
    return { ...section, children: [...others, ...(note === undefined ? [] : [setOf(note)])] };
  });
  return { ...configuration, children };
}

const saysMaintenance = (pair: XmlNode): boolean => pair.attributes["name"] === "maintenance-mode";

function setOf({ by, since, until, reason }: MaintenanceNote): XmlNode {
  const values: Values = {
    "maintenance-mode": "true",
    "skyha-by": by,
    "skyha-since": since,
    ...(reason === undefined ? {} : { "skyha-reason": reason }),
  };
  const set = attributes("cluster_property_set", MAINTENANCE_SET, values);
  if (until === undefined) return set;
  const end = element("date_expression", { id: `${MAINTENANCE_SET}-end`, operation: "lt", end: until });
  const rule = element("rule", { id: `${MAINTENANCE_SET}-rule`, "boolean-op": "and", score: "INFINITY" }, [
    end,
  ]);
  return { ...set, children: [rule, ...set.children] };
}

export function startMaintenance(note: MaintenanceNote): Change {
  const until = note.until === undefined ? "" : ` until ${note.until}`;
  return maintenance(note, `take the cluster's hands off everything (maintenance)${until}`);
}

export const endMaintenance = (): Change => maintenance(undefined, "end the maintenance of the cluster");

function maintenance(note: MaintenanceNote | undefined, title: string): Change {
  const on = note !== undefined;
  return {
    id: `duties/cluster/${on ? "maintenance" : "end-maintenance"}-cluster`,
    step: "duties",
    host: "cluster",
    title,
    risk: "safe",
    preview: [`maintenance-mode ${on ? "true" : "false"}`],
    async apply(context: ApplyContext) {
      await editCib(await clusterHost(context), (configuration) => withMaintenance(configuration, note));
    },
    async verify(context) {
      const status = await statusOf(await clusterHost(context));
      if (status?.options.maintenance === on) return undefined;
      return on ? "it is not in maintenance" : "it is still in maintenance";
    },
  };
}
