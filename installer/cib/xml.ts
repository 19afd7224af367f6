import { XMLParser } from "fast-xml-parser";

/** An element of the CIB. The CIB's configuration part holds no text between elements. */
export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
}

export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly XmlNode[] = [],
): XmlNode {
  return { name, attributes, children };
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseAttributeValue: false,
  processEntities: true,
  htmlEntities: true,
});

/** @throws Error when the text is not one well-formed element. */
export function parseXml(text: string): XmlNode {
  const parsed: unknown = parser.parse(text);
  const nodes = Array.isArray(parsed) ? parsed.flatMap(toNode) : [];
  const [root] = nodes;
  if (root === undefined || nodes.length !== 1) throw new Error("not one XML element");
  return root;
}

function toNode(raw: unknown): XmlNode[] {
  if (typeof raw !== "object" || raw === null) return [];
  const entries = Object.entries(raw);
  const named = entries.find(([key]) => key !== ":@");
  if (named === undefined || named[0] === "#text" || named[0].startsWith("?")) return [];
  const attributes = entries.find(([key]) => key === ":@")?.[1];
  const children: unknown = named[1];
  return [
    {
      name: named[0],
      attributes: isRecord(attributes)
        ? Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)]))
        : {},
      children: Array.isArray(children) ? children.flatMap(toNode) : [],
    },
  ];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Indented text, attributes in the order given; what a person compares in a diff and what cibadmin reads. */
export function serializeXml(node: XmlNode, indent = ""): string {
  const attributes = Object.entries(node.attributes)
    .map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
    .join("");
  if (node.children.length === 0) return `${indent}<${node.name}${attributes}/>\n`;
  const inner = node.children.map((child) => serializeXml(child, `${indent}  `)).join("");
  return `${indent}<${node.name}${attributes}>\n${inner}${indent}</${node.name}>\n`;
}

function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\n": "&#10;",
    "\t": "&#9;",
  };
  return text.replace(/[&<>"\n\t]/g, (character) => entities[character] ?? character);
}

/** First child of that name. */
export function child(node: XmlNode | undefined, name: string): XmlNode | undefined {
  return node?.children.find((item) => item.name === name);
}

/** The element of that id, this one or any below it. */
export function findById(node: XmlNode, id: string): XmlNode | undefined {
  if (node.attributes["id"] === id) return node;
  for (const inner of node.children) {
    const found = findById(inner, id);
    if (found !== undefined) return found;
  }
  return undefined;
}
