import { z } from "zod";
import { configSchema } from "./schema.ts";

/** What is generated from the one description of skyha.yaml: its JSON Schema, and the page people read. */

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly prefixItems?: readonly Node[];
  readonly items?: Node;
}

/** JSON Schema (2020-12) of what a person writes: everything with a default may be left out. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(configSchema, { io: "input" });
  return { $schema, title: "skyha.yaml", description: "A pair of hosts that skyha builds", ...rest };
}

/** docs/config.md */
export function configPage(): string {
  const rows = rowsOf(configJsonSchema() as Node, "");
  return `# skyha.yaml

Generated from the description that also validates the file. \`skyha init > skyha.yaml\` writes one to start from;
\`skyha init key=value …\` turns the seed form's words into one. Editors that know the YAML language server complete and
check it after \`skyha schema > skyha.schema.json\` and a first line
\`# yaml-language-server: $schema=skyha.schema.json\`. Names of files are relative to skyha.yaml; they are read on
the machine skyha runs on.

| key | value | default | what it is |
|---|---|---|---|
${rows.join("\n")}
`;
}

function rowsOf(node: Node, path: string): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const name = path === "" ? key : `${path}.${key}`;
    const isRequired = node.required?.includes(key) === true;
    const inner = child.prefixItems?.[0] ?? (child.items?.properties === undefined ? undefined : child.items);
    const own = inner === undefined && child.properties !== undefined && child.description === undefined;
    return [
      ...(own ? [] : [row(name, child, isRequired)]),
      ...(inner === undefined ? rowsOf(child, name) : rowsOf(inner, `${name}[]`)),
    ];
  });
}

function row(name: string, node: Node, isRequired: boolean): string {
  const fallback = isRequired ? "required" : defaultText(node.default);
  return `| \`${name}\` | ${valueText(node)} | ${fallback} | ${(node.description ?? "").replaceAll("|", "\\|")} |`;
}

function defaultText(value: unknown): string {
  const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return isPlain ? `\`${value}\`` : "";
}

function valueText(node: Node): string {
  if (node.enum) return node.enum.map((word) => `\`${word}\``).join(", ");
  if (node.type === "boolean") return "`true`, `false`";
  if (node.type === "integer") return `${node.minimum} … ${node.maximum}`;
  if (node.prefixItems) return `list of ${node.prefixItems.length}`;
  return { array: "list", object: "keys below", string: "text" }[node.type ?? ""] ?? "";
}
