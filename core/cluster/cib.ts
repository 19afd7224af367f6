import { type Known, known, unknown } from "./known.ts";
import { parseScore } from "./model.ts";
import {
  attributeOf,
  childOf,
  childrenOf,
  descendantsOf,
  parseBoolean,
  parseXml,
  type XmlElement,
} from "./xml.ts";

/** The parts of the cluster configuration that explain why something runs, or does not, where it does. */
export interface Cib {
  /** `admin_epoch.epoch.num_updates`: changes with every change. */
  readonly version: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly fenceDevices: readonly FenceDevice[];
  readonly locations: readonly LocationConstraint[];
  /** Who asked for maintenance by skyha, also when its time is over; undefined: nobody did. */
  readonly maintenance: MaintenanceRequest | undefined;
  /** Ids of everything that can be started: primitives, groups, clones. */
  readonly resourceIds: readonly string[];
  /** Ids of resources that are in maintenance by themselves; crm_mon 2.1.5 calls them unmanaged only. */
  readonly resting: readonly string[];
}

/** Id of the property set in which skyha asks for maintenance. */
export const MAINTENANCE_SET = "skyha-maintenance";

/** Times as in the CIB, ISO 8601. */
export interface MaintenanceRequest {
  readonly by: string | undefined;
  readonly since: string | undefined;
  /** undefined: until somebody ends it. */
  readonly until: string | undefined;
  readonly reason: string | undefined;
}

export interface FenceDevice {
  readonly id: string;
  readonly agent: string;
  /** Nodes it can power off; empty when the device itself is asked. */
  readonly targets: readonly string[];
}

/**
 * Who put a location constraint there:
 * - `ban`, `prefer`: crm_resource or pcs, for a move by hand;
 * - `drbd-fence`: DRBD's fence-peer handler, so that an outdated copy cannot be promoted;
 * - `configured`: part of the intended configuration.
 */
export type LocationOrigin = "ban" | "prefer" | "drbd-fence" | "configured";

export interface LocationConstraint {
  readonly id: string;
  readonly origin: LocationOrigin;
  readonly resource: string;
  /** `Promoted` when it only concerns promotion. */
  readonly role: string | undefined;
  readonly score: number | undefined;
  /** The node named by the constraint. */
  readonly node: string | undefined;
  /** True when it concerns every node except the named one. */
  readonly exceptNode: boolean;
  /** Time after which it has no effect any more, as printed; undefined: it stays until removed. */
  readonly until: string | undefined;
}

/** Reads `cibadmin --query`. */
export function parseCib(xml: string): Known<Cib> {
  const document = parseXml(xml);
  if (!document.known) return unknown(`cibadmin: ${document.why}`);
  const root = document.value;
  const configuration = childOf(root, "configuration");
  if (root.name !== "cib" || !configuration)
    return unknown("cibadmin: its output is no cluster configuration");
  const resources = childOf(configuration, "resources");
  return known({
    version: ["admin_epoch", "epoch", "num_updates"].map((name) => attributeOf(root, name)).join("."),
    properties: parseProperties(childOf(configuration, "crm_config")),
    fenceDevices: (resources ? descendantsOf(resources, "primitive") : [])
      .filter((primitive) => attributeOf(primitive, "class") === "stonith")
      .map(parseFenceDevice),
    locations: childrenOf(childOf(configuration, "constraints"), "rsc_location").map(parseLocation),
    maintenance: parseMaintenance(childOf(configuration, "crm_config")),
    resourceIds: (["primitive", "group", "clone", "master"] as const).flatMap((kind) =>
      (resources ? descendantsOf(resources, kind) : []).map((element) => attributeOf(element, "id")),
    ),
    resting: (resources ? descendantsOf(resources, "primitive") : [])
      .filter((primitive) =>
        childrenOf(primitive, "meta_attributes")
          .flatMap(nvpairs)
          .some(([name, value]) => name === "maintenance" && parseBoolean(value) === true),
      )
      .map((primitive) => attributeOf(primitive, "id")),
  });
}

/** A boolean cluster property; undefined when it is not set, so Pacemaker's default holds. */
export function booleanProperty(cib: Cib, ...names: readonly string[]): boolean | undefined {
  for (const name of names) {
    const value = parseBoolean(cib.properties.get(name));
    if (value !== undefined) return value;
  }
  return undefined;
}

function parseProperties(element: XmlElement | undefined): Map<string, string> {
  const properties = new Map<string, string>();
  for (const set of childrenOf(element, "cluster_property_set")) {
    for (const [name, value] of nvpairs(set)) if (!properties.has(name)) properties.set(name, value);
  }
  return properties;
}

function parseMaintenance(element: XmlElement | undefined): MaintenanceRequest | undefined {
  const set = childrenOf(element, "cluster_property_set").find(
    (item) => attributeOf(item, "id") === MAINTENANCE_SET,
  );
  if (set === undefined) return undefined;
  const values = new Map(nvpairs(set));
  return {
    by: values.get("skyha-by"),
    since: values.get("skyha-since"),
    until: ruleEnd(childOf(set, "rule")),
    reason: values.get("skyha-reason"),
  };
}

/** End of a rule that holds until then. */
function ruleEnd(rule: XmlElement | undefined): string | undefined {
  const ends = childrenOf(rule, "date_expression")
    .filter((expression) => attributeOf(expression, "operation") === "lt")
    .map((expression) => attributeOf(expression, "end"));
  return ends[0] === "" ? undefined : ends[0];
}

function parseFenceDevice(primitive: XmlElement): FenceDevice {
  const parameters = new Map(childrenOf(primitive, "instance_attributes").flatMap(nvpairs));
  const list = (parameters.get("pcmk_host_list") ?? "").split(/[\s,;]+/);
  // pcmk_host_map: `db1:outlet1;db2:outlet2`
  const map = (parameters.get("pcmk_host_map") ?? "").split(/[\s;]+/).map((pair) => pair.split(":")[0] ?? "");
  return {
    id: attributeOf(primitive, "id"),
    agent: attributeOf(primitive, "type"),
    targets: [...new Set([...list, ...map])].filter((name) => name !== ""),
  };
}

function nvpairs(set: XmlElement): [string, string][] {
  return childrenOf(set, "nvpair").map((pair) => [attributeOf(pair, "name"), attributeOf(pair, "value")]);
}

/** Both forms: `node`+`score` on the constraint, or a rule with expressions. */
function parseLocation(element: XmlElement): LocationConstraint {
  const id = attributeOf(element, "id");
  const rule = childOf(element, "rule");
  const nodeExpression = childrenOf(rule, "expression").find(
    (expression) => attributeOf(expression, "attribute") === "#uname",
  );
  const node = attributeOf(element, "node") || (nodeExpression ? attributeOf(nodeExpression, "value") : "");
  // Pacemaker reads the role of a rule from the rule alone: `crm_resource --ban --promoted --lifetime` puts it on
  // the constraint, and so keeps the resource from running at all (seen with 2.1.5 and 3.0.0).
  const role = attributeOf(rule ?? element, "role");
  const score = attributeOf(element, "score") || (rule ? attributeOf(rule, "score") : "");
  return {
    id,
    origin: originOf(id),
    resource: attributeOf(element, "rsc"),
    role: role === "" || role === "Started" ? undefined : role === "Master" ? "Promoted" : role,
    score: parseScore(score),
    node: node === "" ? undefined : node,
    exceptNode: nodeExpression !== undefined && attributeOf(nodeExpression, "operation") === "ne",
    until: ruleEnd(rule),
  };
}

function originOf(id: string): LocationOrigin {
  if (id.startsWith("cli-ban-")) return "ban";
  if (id.startsWith("cli-prefer-") || id.startsWith("cli-standby-")) return "prefer";
  return id.startsWith("drbd-fence-by-handler") ? "drbd-fence" : "configured";
}
