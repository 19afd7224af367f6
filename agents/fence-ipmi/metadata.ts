import { xml } from "../ocf/metadata.ts";
import type { Parameter } from "../ocf/table.ts";
import { ACTIONS, fenceParameters, LONG, NAME, SHORT } from "./parameters.ts";

/** Meta-data of the fence agent API; elements and their order as in fence-agents' lib/metadata.rng. */
export function fenceMetadata(): string {
  const lines = [
    '<?xml version="1.0" ?>',
    `<resource-agent name="${NAME}" shortdesc="${xml(SHORT)}" >`,
    `<longdesc>${xml(LONG)}</longdesc>`,
    "<vendor-url></vendor-url>",
    "<parameters>",
    ...Object.entries(fenceParameters).map(([name, parameter]) => parameterXml(name, parameter)),
    "</parameters>",
    "<actions>",
    // Not automatic: a host that comes back must not be unfenced by whoever sees it first.
    ...ACTIONS.map((name) => `\t<action name="${name}"${name === "on" ? ' automatic="0"' : ""} />`),
    "</actions>",
    "</resource-agent>",
  ];
  return `${lines.join("\n")}\n`;
}

export function fenceUsage(): string {
  const options = Object.entries(fenceParameters).map(
    ([name, parameter]) => `  ${getopt(name, parameter).padEnd(34)} ${parameter.short}${notes(parameter)}\n`,
  );
  return `${NAME}: ${SHORT}.
Without arguments the parameters are read from standard input, one key=value per line.

${options.join("")}
Actions: ${ACTIONS.join(", ")}
`;
}

function parameterXml(name: string, parameter: Parameter): string {
  const fallback = parameter.default === undefined ? "" : ` default="${xml(defaultText(parameter.default))}"`;
  return `\t<parameter name="${name}" unique="0" required="${parameter.required ? 1 : 0}">
\t\t<getopt mixed="${xml(getopt(name, parameter))}" />
\t\t${contentXml(parameter, fallback)}
\t\t<shortdesc lang="en">${xml(`${parameter.short}. ${parameter.long}`)}</shortdesc>
\t</parameter>`;
}

function contentXml(parameter: Parameter, fallback: string): string {
  if (parameter.type === "string" && parameter.oneOf) {
    const options = parameter.oneOf.map((value) => `\n\t\t\t<option value="${xml(value)}" />`).join("");
    return `<content type="select"${fallback} >${options}\n\t\t</content>`;
  }
  const type = parameter.type === "integer" && parameter.unit === "s" ? "second" : parameter.type;
  return `<content type="${type}"${fallback} />`;
}

function getopt(name: string, parameter: Parameter): string {
  if (name === "action") return "-o, --action=[action]";
  if (name === "password") return "(on standard input only)";
  const value = parameter.type === "integer" && parameter.unit === "s" ? "seconds" : name;
  return `--${name.replaceAll("_", "-")}=[${parameter.type === "boolean" ? "0|1" : value}]`;
}

function notes(parameter: Parameter): string {
  if (parameter.required) return " (required)";
  return parameter.default === undefined ? "" : ` (${defaultText(parameter.default)})`;
}

/** Fence agents write their booleans as digits. */
function defaultText(value: string | number | boolean): string {
  return String(typeof value === "boolean" ? Number(value) : value);
}
