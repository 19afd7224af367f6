import type { XmlNode } from "./xml.ts";

/**
 * The wanted elements put into what exists, by element name and id. Attributes and children that are not
 * mentioned stay: what an operator added by hand is theirs. Returns the very same node when nothing differs.
 */
export function mergeNode(existing: XmlNode, wanted: XmlNode): XmlNode {
  const attributes = sameAttributes(existing, wanted)
    ? existing.attributes
    : { ...existing.attributes, ...wanted.attributes };
  const children = mergeChildren(existing.children, wanted.children);
  if (attributes === existing.attributes && children === existing.children) return existing;
  return { name: existing.name, attributes, children };
}

function sameAttributes(existing: XmlNode, wanted: XmlNode): boolean {
  return Object.entries(wanted.attributes).every(([key, value]) => existing.attributes[key] === value);
}

/** Wanted children keep their wanted order (a group starts its members in it); others keep their place after. */
function mergeChildren(existing: readonly XmlNode[], wanted: readonly XmlNode[]): readonly XmlNode[] {
  if (wanted.length === 0) return existing;
  const merged = wanted.map((item) => {
    const old = existing.find((candidate) => sameIdentity(candidate, item));
    return old === undefined ? item : mergeNode(old, item);
  });
  const others = existing.filter((item) => !wanted.some((candidate) => sameIdentity(candidate, item)));
  const unchanged = merged.every((item) => existing.includes(item)) && inOrder(merged, existing);
  return unchanged ? existing : [...merged, ...others];
}

function inOrder(part: readonly XmlNode[], whole: readonly XmlNode[]): boolean {
  const places = part.map((item) => whole.indexOf(item));
  return places.every((place, index) => index === 0 || place > (places[index - 1] ?? -1));
}

function sameIdentity(left: XmlNode, right: XmlNode): boolean {
  return left.name === right.name && left.attributes["id"] === right.attributes["id"];
}
