import { epochOf } from "../../core/cluster/model.ts";
import { parseXml, type XmlNode } from "../cib/xml.ts";

/** Result of the newest completed entry of `stonith_admin --history NODE --output-as=xml`: `success`, `failed`. */
export function lastFencing(xml: string): string | undefined {
  const events = all(parseXml(xml), "fence_event").filter(
    (event) => event.attributes["completed"] !== undefined,
  );
  const newest = events.sort((a, b) => time(b) - time(a))[0];
  return newest?.attributes["status"];
}

const time = (event: XmlNode): number => epochOf(event.attributes["completed"]) ?? 0;

function all(node: XmlNode, name: string): XmlNode[] {
  return [...(node.name === name ? [node] : []), ...node.children.flatMap((inner) => all(inner, name))];
}
