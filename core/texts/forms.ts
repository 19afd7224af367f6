import { formOf } from "./say.ts";

/** Every say`…` in a TypeScript source, those inside of others included, as forms: `{0} is in standby`. */
export function formsIn(source: string): string[] {
  const forms: string[] = [];
  for (let at = source.indexOf("say`"); at >= 0; at = source.indexOf("say`", at + 1)) {
    if (!/\w/.test(source[at - 1] ?? "")) forms.push(formOf(partsAt(source, at + "say`".length)));
  }
  return forms;
}

/** The texts between the placeholders of the template that begins at `start`. */
function partsAt(source: string, start: number): string[] {
  const parts = [""];
  for (let at = start; source[at] !== "`"; at++) {
    if (source.startsWith("${", at)) {
      at = endOfPlaceholder(source, at + 2);
      parts.push("");
    } else {
      // None of the texts has a backslash in it but before a backtick or another backslash.
      if (source[at] === "\\") at++;
      parts.push((parts.pop() ?? "") + source[at]);
    }
  }
  return parts;
}

/** Index of the brace that closes it; what is in it may hold objects and templates of its own. */
function endOfPlaceholder(source: string, start: number): number {
  let depth = 1;
  for (let at = start; ; at++) {
    const character = source[at];
    if (character === undefined) throw new Error("a template without an end");
    if (character === "`") at = endOfTemplate(source, at + 1);
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return at;
  }
}

function endOfTemplate(source: string, start: number): number {
  let at = start;
  for (; source[at] !== "`"; at++) {
    if (source[at] === undefined) throw new Error("a template without an end");
    if (source[at] === "\\") at++;
    else if (source.startsWith("${", at)) at = endOfPlaceholder(source, at + 2);
  }
  return at;
}
