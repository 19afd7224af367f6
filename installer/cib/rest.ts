import { attributes } from "./build.ts";
import { child, element, findById, type XmlNode } from "./xml.ts";

const META = "meta_attributes";
const NAME = "maintenance";

/**
 * Takes the cluster's hands off one resource, or gives it back: it is neither watched nor started nor stopped, and what
 * comes after it in its group stays as it is. Stopped by target-role, it would stop all of these.
 */
export function withRest(configuration: XmlNode, id: string, on: boolean): XmlNode {
  const primitive = findById(configuration, id);
  if (primitive === undefined) throw new Error(`the cluster has no resource ${id}`);
  return replaced(configuration, primitive, resting(primitive, id, on));
}

export function isResting(configuration: XmlNode, id: string): boolean {
  const primitive = findById(configuration, id);
  const pairs = (primitive === undefined ? undefined : child(primitive, META))?.children ?? [];
  return pairs.some((pair) => pair.attributes["name"] === NAME && pair.attributes["value"] === "true");
}

function resting(primitive: XmlNode, id: string, on: boolean): XmlNode {
  const meta = child(primitive, META);
  const metaId = meta?.attributes["id"] ?? `${id}-${META}`;
  const others = (meta?.children ?? []).filter((pair) => pair.attributes["name"] !== NAME);
  const added = on ? attributes(META, metaId, { [NAME]: "true" }).children : [];
  const pairs = [...others, ...added];
  const rest = primitive.children.filter((node) => node !== meta);
  if (pairs.length === 0) return { ...primitive, children: rest };
  const wanted = element(META, { id: metaId }, pairs);
  const children =
    meta === undefined
      ? [...rest, wanted]
      : primitive.children.map((node) => (node === meta ? wanted : node));
  return { ...primitive, children };
}

function replaced(node: XmlNode, before: XmlNode, after: XmlNode): XmlNode {
  if (node === before) return after;
  return { ...node, children: node.children.map((inner) => replaced(inner, before, after)) };
}
