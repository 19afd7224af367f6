import { child, parseXml, type XmlNode } from "../cib/xml.ts";

/** Names of the nodes that `crm_mon --output-as=xml` shows online and not unclean. */
export function onlineNodes(crmMonXml: string): string[] {
  const nodes = child(parseXml(crmMonXml), "nodes")?.children ?? [];
  return nodes
    .filter((node) => node.attributes["online"] === "true" && node.attributes["unclean"] !== "true")
    .filter((node) => node.attributes["pending"] !== "true")
    .flatMap((node) => node.attributes["name"] ?? []);
}

/** The node on which every member of the group is started; undefined while one is not. Needs `--inactive`. */
export function groupRunsOn(crmMonXml: string, id: string): string | undefined {
  const group = findById(parseXml(crmMonXml), id);
  const members = group?.children.filter((node) => node.name === "resource") ?? [];
  const started = members.every(
    (node) =>
      node.attributes["active"] === "true" &&
      node.attributes["failed"] !== "true" &&
      node.attributes["role"] === "Started",
  );
  const nodes = new Set(members.map((node) => child(node, "node")?.attributes["name"] ?? ""));
  const [only] = nodes;
  return members.length > 0 && started && nodes.size === 1 && only !== "" ? only : undefined;
}

function findById(node: XmlNode, id: string): XmlNode | undefined {
  if (node.attributes["id"] === id) return node;
  for (const inner of node.children) {
    const found = findById(inner, id);
    if (found !== undefined) return found;
  }
  return undefined;
}
