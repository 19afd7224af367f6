import type { AgentDefinition } from "./agent.ts";
import { allOperations, fullText } from "./metadata.ts";
import type { Parameter, ParameterTable } from "./table.ts";

/** The agent's manual page as Markdown, from the same table as everything else. */
export function documentationOf<T extends ParameterTable>(agent: AgentDefinition<T>): string {
  const parameters = Object.entries(agent.parameters);
  return `<!-- Generated from agents/${agent.name}/; "skyha agent describe ${agent.name} --markdown" prints it. -->

# ocf:skyha:${agent.name}

${agent.short}.

${agent.long}

## Parameters

| name | type | default | |
|---|---|---|---|
${parameters.map(([name, parameter]) => row(name, parameter)).join("\n")}

${parameters.map(([name, parameter]) => section(name, parameter)).join("\n\n")}

## Operations

| operation | time-out | interval |
|---|---|---|
${allOperations(agent)
  .map(
    (action) =>
      `| ${action.name}${action.role ? ` (${action.role})` : ""} | ${action.timeout}s | ${action.interval === undefined ? "" : `${action.interval}s`} |`,
  )
  .join("\n")}
`;
}

function row(name: string, parameter: Parameter): string {
  const fallback = parameter.required
    ? "required"
    : parameter.default === undefined
      ? ""
      : `\`${String(parameter.default)}\``;
  return `| \`${name}\` | ${parameter.type} | ${fallback} | ${parameter.short} |`;
}

function section(name: string, parameter: Parameter): string {
  const notes = [
    parameter.uniqueGroup ? "No two resources may have the same value." : "",
    parameter.reloadable ? "A change needs no restart." : "",
  ].filter(Boolean);
  return `**\`${name}\`**: ${[fullText(parameter), ...notes].join(" ")}`;
}
