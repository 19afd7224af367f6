import { type Known, known, unknown } from "../../core/cluster/known.ts";
import {
  attributeOf,
  childOf,
  childrenOf,
  descendantsOf,
  parseXml,
  type XmlElement,
} from "../../core/cluster/xml.ts";

/**
 * The location constraint that keeps every host but one from being promoted. Same id and form as the one of
 * drbd-utils' `crm-fence-peer.sh`, so that tools and people who know that one recognise ours.
 */
export function constraintId(resource: string, clone: string): string {
  return `drbd-fence-by-handler-${resource}-${clone}`;
}

/** XML for `cibadmin --create --scope constraints`: only `node` may be promoted. */
export function constraintXml(resource: string, clone: string, node: string): string {
  const id = constraintId(resource, clone);
  return (
    `<rsc_location id="${id}" rsc="${clone}">` +
    `<rule id="${id}-rule" role="Promoted" score="-INFINITY">` +
    `<expression id="${id}-expr" attribute="#uname" operation="ne" value="${node}"/>` +
    "</rule></rsc_location>"
  );
}

/** What a cluster configuration says about one DRBD resource. */
export interface FencePlace {
  /** Id of the promotable clone of the resource. */
  readonly clone: string;
  /** The one node that may be promoted, when the constraint is there; `undefined`: no constraint. */
  readonly allowed: string | undefined;
}

/** Reads `cibadmin --query`. Unknown when it holds no clone of that DRBD resource. */
export function readFencePlace(xml: string, resource: string): Known<FencePlace> {
  const document = parseXml(xml);
  if (!document.known) return unknown(`cibadmin: ${document.why}`);
  const configuration = childOf(document.value, "configuration");
  const resources = childOf(configuration, "resources");
  const clone = ["clone", "master"]
    .flatMap((kind) => (resources ? descendantsOf(resources, kind) : []))
    .find((element) => childrenOf(element, "primitive").some((primitive) => isResource(primitive, resource)));
  if (!clone) return unknown(`the cluster has no promotable clone of the DRBD resource ${resource}`);
  const id = attributeOf(clone, "id");
  const constraint = childrenOf(childOf(configuration, "constraints"), "rsc_location").find(
    (element) => attributeOf(element, "id") === constraintId(resource, id),
  );
  return known({ clone: id, allowed: constraint ? allowedBy(constraint) : undefined });
}

function isResource(primitive: XmlElement, resource: string): boolean {
  return childrenOf(primitive, "instance_attributes")
    .flatMap((set) => childrenOf(set, "nvpair"))
    .some((pair) => attributeOf(pair, "name") === "drbd_resource" && attributeOf(pair, "value") === resource);
}

/** A constraint of that id in a form we do not know allows nobody. */
function allowedBy(constraint: XmlElement): string {
  const expressions = childrenOf(childOf(constraint, "rule"), "expression");
  const [only] = expressions;
  if (expressions.length !== 1 || !only || attributeOf(only, "operation") !== "ne") return "";
  return attributeOf(only, "attribute") === "#uname" ? attributeOf(only, "value") : "";
}
