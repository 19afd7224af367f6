import { parseXml, type XmlNode } from "../cib/xml.ts";

/** Result of the newest completed entry of `stonith_admin --history NODE --output-as=xml`: `success`, `failed`. */
export function lastFencing(xml: string): string | undefined {
  const events = all(parseXml(xml), "fence_event").filter(
    (event) => event.attributes["completed"] !== undefined,
  );
  const newest = events.sort((a, b) => time(b) - time(a))[0];
  return newest?.attributes["status"];
}

function time(event: XmlNode): number {
  return (
    Date.parse(
      (event.attributes["completed"] ?? "").replace(" ", "T").replace(/ ?([+-]\d\d:?\d\d|Z)$/, "$1"),
    ) || 0
  );
}

function all(node: XmlNode, name: string): XmlNode[] {
  return [...(node.name === name ? [node] : []), ...node.children.flatMap((inner) => all(inner, name))];
}
