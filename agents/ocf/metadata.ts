import type { ActionInfo, AgentDefinition } from "./agent.ts";
import type { Parameter, ParameterTable } from "./table.ts";

/**
 * The subset lets one document be valid in both worlds: OCF 1.1 attributes and actions are declared on top of the
 * 1.0 DTD that ocf-tester validates with.
 */
const HEAD = `<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd" [
<!ATTLIST parameter unique-group CDATA #IMPLIED reloadable (0|1) #IMPLIED>
<!ATTLIST action name NMTOKEN #REQUIRED>
]>`;

/** Meta-data of OCF Resource Agent API 1.1; the order of elements is the one its schema demands. */
export function metadataOf<T extends ParameterTable>(agent: AgentDefinition<T>): string {
  const lines = [
    HEAD,
    `<resource-agent name="${xml(agent.name)}" version="${xml(agent.version)}">`,
    "<version>1.1</version>",
    `<longdesc lang="en">\n${xml(agent.long)}\n</longdesc>`,
    `<shortdesc lang="en">${xml(agent.short)}</shortdesc>`,
    "<parameters>",
    ...Object.entries(agent.parameters).map(([name, parameter]) => parameterXml(name, parameter)),
    "</parameters>",
    "<actions>",
    ...allOperations(agent).map(actionXml),
    "</actions>",
    "</resource-agent>",
  ];
  return `${lines.join("\n")}\n`;
}

/** The agent's operations and the two that every agent has. */
export function allOperations<T extends ParameterTable>(agent: AgentDefinition<T>): readonly ActionInfo[] {
  return [...agent.operations, { name: "validate-all", timeout: 20 }, { name: "meta-data", timeout: 5 }];
}

/** The long text with the allowed values, which the schema has no place for. */
export function fullText(parameter: Parameter): string {
  const notes: string[] = [];
  if (parameter.type === "string" && parameter.oneOf) notes.push(`One of: ${parameter.oneOf.join(", ")}.`);
  if (parameter.type === "integer") {
    if (parameter.unit === "s") notes.push("In seconds.");
    if (parameter.min !== undefined && parameter.max !== undefined) {
      notes.push(`From ${parameter.min} to ${parameter.max}.`);
    }
  }
  return [parameter.long, ...notes].join(" ");
}

function parameterXml(name: string, parameter: Parameter): string {
  const attributes = [
    `name="${xml(name)}"`,
    parameter.uniqueGroup ? `unique-group="${xml(parameter.uniqueGroup)}"` : "",
    `required="${parameter.required ? 1 : 0}"`,
    `reloadable="${parameter.reloadable ? 1 : 0}"`,
  ].filter(Boolean);
  const fallback = parameter.default === undefined ? "" : ` default="${xml(String(parameter.default))}"`;
  return `<parameter ${attributes.join(" ")}>
<longdesc lang="en">${xml(fullText(parameter))}</longdesc>
<shortdesc lang="en">${xml(parameter.short)}</shortdesc>
<content type="${parameter.type}"${fallback}/>
</parameter>`;
}

function actionXml(action: ActionInfo): string {
  const attributes = [
    `name="${action.name}"`,
    `timeout="${action.timeout}s"`,
    action.interval === undefined ? "" : `interval="${action.interval}s"`,
    action.depth === undefined ? "" : `depth="${action.depth}"`,
    action.role === undefined ? "" : `role="${action.role}"`,
  ].filter(Boolean);
  return `<action ${attributes.join(" ")}/>`;
}

/** Text for an attribute or an element. */
export function xml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
