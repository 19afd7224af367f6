/** Reading tool output whose shape nobody promises: every accessor answers with a default instead of throwing. */
export type Json = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

export function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function asNumber(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

export function asTexts(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(asObject(value)).map(([key, text]) => [key, asText(text)]));
}

/** undefined when the text is no JSON at all. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
