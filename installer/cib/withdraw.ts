import { IDS } from "../names.ts";
import { attributes } from "./build.ts";
import { child, element, findById, type XmlNode } from "./xml.ts";

/*
 * The counterpart of merge.ts: what an earlier installation wrote (`applied`) and the present configuration does not ask
 * for any more (`wanted`) goes; what skyha never wrote stays.
 */

/** Resources that exist, that an earlier installation made, and that are not wanted any more. */
export function unwantedResources(existing: XmlNode, applied: XmlNode, wanted: XmlNode): string[] {
  const here = primitives(existing);
  const asked = primitives(wanted);
  return primitives(applied).filter((id) => here.includes(id) && !asked.includes(id));
}

/** Those of {@link unwantedResources} that are members of the group, or were until they were set aside. */
export function unwantedServices(existing: XmlNode, applied: XmlNode, wanted: XmlNode): string[] {
  const served = primitives(findById(applied, IDS.group) ?? element("group", {}));
  return unwantedResources(existing, applied, wanted).filter((id) => served.includes(id));
}

/**
 * Takes services out of their group and has them stopped there. In the group, a member that is stopped stops
 * all that come after it. Removed at once, a resource is stopped with the default time-out of 20 s, because its
 * own went with it, and a database that needs longer would get its host fenced.
 */
export function setAside(existing: XmlNode, ids: readonly string[]): XmlNode {
  const moved = ids.flatMap((id) => findById(existing, id) ?? []).map(stopped);
  const without = filterTree(existing, (node) => !(node.name === "primitive" && ids.includes(idOf(node))));
  return mapSections(without, {
    resources: (section) => [...section.children, ...moved],
    constraints: (section) => [
      ...section.children.filter((node) => !ids.some((id) => idOf(node) === orderId(id))),
      ...ids.map(stopsBeforeUnmount),
    ],
  });
}

/** Without what is not wanted any more. The very same node when there is nothing of that kind. */
export function withdraw(existing: XmlNode, applied: XmlNode, wanted: XmlNode): XmlNode {
  const ids = unwantedResources(existing, applied, wanted);
  return dropReferences(dropUnwanted(existing, applied, wanted), ids);
}

function dropUnwanted(existing: XmlNode, applied: XmlNode, wanted: XmlNode): XmlNode {
  const children = existing.children.flatMap((node) => {
    const was = same(applied, node);
    if (was === undefined) return [node];
    // A configuration always has its sections.
    const is =
      same(wanted, node) ?? (existing.name === "configuration" ? { ...node, children: [] } : undefined);
    if (is !== undefined) return [dropUnwanted(node, was, is)];
    // Another value than ours is somebody's decision.
    const changed = node.name === "nvpair" && node.attributes["value"] !== was.attributes["value"];
    return changed ? [node] : [];
  });
  return withChildren(existing, children);
}

const CONSTRAINTS = ["rsc_location", "rsc_colocation", "rsc_order", "rsc_ticket"];
/** Elements that the schema does not allow to be empty, once something was taken out of them. */
const NEVER_EMPTY = [...CONSTRAINTS, "resource_set", "tag"];

/** Nothing in a CIB may name what is not there: constraints made by hand go with their resource. */
function dropReferences(root: XmlNode, ids: readonly string[]): XmlNode {
  if (ids.length === 0) return root;
  const names = (node: XmlNode, keys: readonly string[]) =>
    keys.some((key) => ids.includes(node.attributes[key] ?? ""));
  return filterTree(root, (node) => {
    if (CONSTRAINTS.includes(node.name)) return !names(node, ["rsc", "with-rsc", "first", "then"]);
    return !(["primitive", "resource_ref", "obj_ref"].includes(node.name) && names(node, ["id"]));
  });
}

function filterTree(node: XmlNode, keep: (node: XmlNode) => boolean): XmlNode {
  const children = node.children.filter(keep).map((inner) => filterTree(inner, keep));
  const left = children.filter(
    (inner, index) => inner.children.length > 0 || !emptied(node.children.filter(keep)[index]),
  );
  return withChildren(node, left);
}

const emptied = (before: XmlNode | undefined): boolean =>
  before !== undefined && NEVER_EMPTY.includes(before.name) && before.children.length > 0;

function withChildren(node: XmlNode, children: readonly XmlNode[]): XmlNode {
  const unchanged =
    children.length === node.children.length &&
    children.every((item, index) => item === node.children[index]);
  return unchanged ? node : { ...node, children };
}

function mapSections(
  root: XmlNode,
  makers: Readonly<Record<string, (section: XmlNode) => readonly XmlNode[]>>,
): XmlNode {
  return withChildren(
    root,
    root.children.map((section) => {
      const make = makers[section.name];
      return make === undefined ? section : withChildren(section, make(section));
    }),
  );
}

/** With target-role Stopped, whatever it was; the same node when it says so already. */
function stopped(node: XmlNode): XmlNode {
  const name = "meta_attributes";
  const meta = child(node, name);
  const roles = (meta?.children ?? []).filter((pair) => pair.attributes["name"] === "target-role");
  if (roles.length > 0 && roles.every((pair) => pair.attributes["value"] === "Stopped")) return node;
  const id = meta?.attributes["id"] ?? `${idOf(node)}-${name}`;
  const others = (meta?.children ?? []).filter((pair) => pair.attributes["name"] !== "target-role");
  const [role] = attributes(name, id, { "target-role": "Stopped" }).children;
  const wanted = element(name, { id }, [...others, ...(role === undefined ? [] : [role])]);
  return { ...node, children: [...node.children.filter((item) => item !== meta), wanted] };
}

const orderId = (id: string): string => `order-${IDS.filesystem}-then-${id}`;

/** Outside of the group nothing else says that it has to stop before the volume goes. */
function stopsBeforeUnmount(id: string): XmlNode {
  // biome-ignore lint/suspicious/noThenProperty: the schema's own attribute name
  return element("rsc_order", { id: orderId(id), first: IDS.filesystem, then: id, kind: "Mandatory" });
}

const idOf = (node: XmlNode): string => node.attributes["id"] ?? "";

const same = (parent: XmlNode, node: XmlNode): XmlNode | undefined =>
  parent.children.find((item) => item.name === node.name && idOf(item) === idOf(node));

function primitives(node: XmlNode): string[] {
  return node.name === "primitive" ? [idOf(node)] : node.children.flatMap(primitives);
}
