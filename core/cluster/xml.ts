import { XMLParser, XMLValidator } from "fast-xml-parser";
import { messageOf } from "../message.ts";
import { type Known, known, unknown } from "./known.ts";

/** One XML element. Pacemaker keeps everything in attributes, so text is only kept for error messages. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const ATTRIBUTES = ":@";
const TEXT = "#text";

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseAttributeValue: false,
  parseTagValue: false,
  htmlEntities: true,
});

/** The document's root element, or why the text is no complete XML document. Never throws. */
export function parseXml(text: string): Known<XmlElement> {
  if (text.trim() === "") return unknown("no output");
  // No tool we read writes a DOCTYPE; entity definitions in one are a way to make a parser eat all memory.
  if (/<!DOCTYPE/i.test(text)) return unknown("XML with a DOCTYPE is not accepted");
  const valid = XMLValidator.validate(text);
  if (valid !== true) return unknown(`not a complete XML document: ${valid.err.msg}`);
  try {
    const parsed: unknown = parser.parse(text);
    const roots = elementsOf(parsed).filter((element) => !element.name.startsWith("?"));
    const [root] = roots;
    return root ? known(root) : unknown("no XML element in the output");
  } catch (error) {
    return unknown(`not XML: ${messageOf(error)}`);
  }
}

/** Direct children of that name. */
export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** First direct child of that name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** Every element of that name, at any depth, in document order. */
export function descendantsOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...descendantsOf(child, name),
  ]);
}

/** An attribute's text; the empty text when it is missing. */
export function attributeOf(element: XmlElement, name: string): string {
  return element.attributes.get(name) ?? "";
}

/** `true`/`false` in any of Pacemaker's spellings; undefined when missing or something else. */
export function booleanOf(element: XmlElement | undefined, name: string): boolean | undefined {
  return parseBoolean(element?.attributes.get(name));
}

/** Pacemaker accepts true/on/yes/y/1 and false/off/no/n/0 in any case (Pacemaker Explained, "Boolean"). */
export function parseBoolean(text: string | undefined): boolean | undefined {
  const word = text?.trim().toLowerCase() ?? "";
  if (["true", "on", "yes", "y", "1"].includes(word)) return true;
  if (["false", "off", "no", "n", "0"].includes(word)) return false;
  return undefined;
}

/** A whole number, undefined when missing or anything else. */
export function integerOf(element: XmlElement, name: string): number | undefined {
  const text = element.attributes.get(name);
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

/** In `preserveOrder` form every element is an object with one key for its name and one for its attributes. */
function elementsOf(value: unknown): XmlElement[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (!isRecord(item)) return [];
    const name = Object.keys(item).find((key) => key !== ATTRIBUTES && key !== TEXT);
    if (name === undefined) return [];
    const attributes = item[ATTRIBUTES];
    return [
      {
        name,
        attributes: new Map(
          Object.entries(isRecord(attributes) ? attributes : {}).map(([key, text]) => [key, String(text)]),
        ),
        children: elementsOf(item[name]),
        text: textOf(item[name]),
      },
    ];
  });
}

function textOf(value: unknown): string {
  if (!Array.isArray(value)) return "";
  return value
    .flatMap((item: unknown) => (isRecord(item) && typeof item[TEXT] === "string" ? [item[TEXT]] : []))
    .join("")
    .trim();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
