import { zh } from "./zh.ts";

/**
 * What skyha says to people, in their language. English is in the code, where it is said; `zh.ts` has the other
 * words. What programs read (`--json`, `--check`, codes) is English always.
 */
export type Language = "en" | "zh";

let spoken: Language = "en";

/** For this process, from now on. */
export function speak(language: Language): void {
  spoken = language;
}

/** By the rules of gettext: LC_ALL before LC_MESSAGES before LANG. Anything that is not Chinese is English. */
export function languageOf(env: NodeJS.ProcessEnv): Language {
  const locale = env["LC_ALL"] || env["LC_MESSAGES"] || env["LANG"] || "";
  return /^zh([_.@-]|$)/i.test(locale) ? "zh" : "en";
}

/** A text for people: say`${host} is in standby`. Its translation is found by its form, `{0} is in standby`. */
export function say(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | undefined)[]
): string {
  const form = spoken === "en" ? undefined : zh[formOf(parts)];
  if (form === undefined) return parts.map((part, index) => `${part}${textOf(values, index)}`).join("");
  return form.replaceAll(/\{(\d)\}/g, (_, place: string) => textOf(values, Number(place)));
}

/** `{0} is in standby` */
export const formOf = (parts: readonly string[]): string =>
  parts.map((part, index) => (index === 0 ? part : `{${index - 1}}${part}`)).join("");

const textOf = (values: readonly (string | number | undefined)[], index: number): string =>
  index < values.length ? String(values[index]) : "";
