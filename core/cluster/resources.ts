import type { ClusterResource, ResourceRole } from "./model.ts";
import { attributeOf, booleanOf, childrenOf, type XmlElement } from "./xml.ts";

interface Place {
  readonly group: string | undefined;
  readonly clone: string | undefined;
}

/** Flattens `<resources>` of crm_mon: groups and clones, in any nesting, become a mark on their leaves. */
export function parseResources(element: XmlElement | undefined): ClusterResource[] {
  return element ? leavesOf(element, { group: undefined, clone: undefined }) : [];
}

function leavesOf(element: XmlElement, place: Place): ClusterResource[] {
  return element.children.flatMap((child) => {
    switch (child.name) {
      case "resource":
        return [parseResource(child, place)];
      case "group":
        return leavesOf(child, { ...place, group: bareId(child) });
      case "clone":
        return leavesOf(child, { ...place, clone: bareId(child) });
      case "bundle":
      case "replica":
        return leavesOf(child, place);
      default:
        return [];
    }
  });
}

function parseResource(element: XmlElement, place: Place): ClusterResource {
  const targetRole = attributeOf(element, "target_role");
  const pending = attributeOf(element, "pending");
  return {
    id: bareId(element),
    agent: attributeOf(element, "resource_agent"),
    role: roleOf(attributeOf(element, "role")),
    targetRole: targetRole === "" ? undefined : targetRole,
    active: booleanOf(element, "active") ?? false,
    orphaned: (booleanOf(element, "orphaned") ?? false) || (booleanOf(element, "removed") ?? false),
    blocked: booleanOf(element, "blocked") ?? false,
    managed: booleanOf(element, "managed") ?? true,
    maintenance: booleanOf(element, "maintenance") ?? false,
    failed: booleanOf(element, "failed") ?? false,
    failureIgnored: booleanOf(element, "failure_ignored") ?? false,
    pending: pending === "" ? undefined : pending,
    group: place.group,
    clone: place.clone,
    nodes: childrenOf(element, "node").map((node) => attributeOf(node, "name")),
  };
}

/** Instances of a unique clone carry their number: `skydata:1`. */
function bareId(element: XmlElement): string {
  return attributeOf(element, "id").replace(/:\d+$/, "");
}

function roleOf(text: string): ResourceRole {
  switch (text) {
    case "Master":
    case "Promoted":
      return "Promoted";
    case "Slave":
    case "Unpromoted":
      return "Unpromoted";
    case "Started":
    case "Stopped":
    case "Starting":
    case "Stopping":
      return text;
    default:
      return "Unknown";
  }
}
