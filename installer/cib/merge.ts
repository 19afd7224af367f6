import type { XmlNode } from "./xml.ts";

/**
 * The wanted elements put into what exists, by element name and id. Attributes and children that are not
 * mentioned stay: what an operator added by hand is theirs. Returns the very same node when nothing differs.
 */
export function mergeNode(existing: XmlNode, wanted: XmlNode): XmlNode {
  const attributes = sameAttributes(existing, wanted)
    ? existing.attributes
    : { ...existing.attributes, ...wanted.attributes };
  const children = mergeChildren(existing.children, wanted.children, existing.name === "group");
  if (attributes === existing.attributes && children === existing.children) return existing;
  return { name: existing.name, attributes, children };
}

function sameAttributes(existing: XmlNode, wanted: XmlNode): boolean {
  return Object.entries(wanted.attributes).every(([key, value]) => existing.attributes[key] === value);
}

/**
 * Wanted children keep their wanted order; others keep their place after. A group that is there keeps its own: its
 * members start in it, and whatever comes after a changed place would be restarted. New members come last.
 */
function mergeChildren(
  existing: readonly XmlNode[],
  wanted: readonly XmlNode[],
  keepsOrder: boolean,
): readonly XmlNode[] {
  if (wanted.length === 0) return existing;
  if (keepsOrder) {
    const kept = existing.map((old) => {
      const item = wanted.find((candidate) => sameIdentity(candidate, old));
      return item === undefined ? old : mergeNode(old, item);
    });
    const added = wanted.filter((item) => !existing.some((old) => sameIdentity(old, item)));
    const same = added.length === 0 && kept.every((item, index) => item === existing[index]);
    return same ? existing : [...kept, ...added];
  }
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
