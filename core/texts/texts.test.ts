import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Glob } from "bun";
import { formsIn } from "./forms.ts";
import { languageOf, say, speak } from "./say.ts";
import { zh } from "./zh.ts";

afterEach(() => speak("en"));

const sources = [...new Glob("{core,installer}/**/*.{ts,tsx}").scanSync(".")].filter(
  (path) => !path.startsWith("core/texts/") && !path.includes(".test."),
);
const forms = new Set(sources.flatMap((path) => formsIn(readFileSync(path, "utf8"))));

test("everything that is said has Chinese words, and no words are left over", () => {
  expect(forms.size).toBeGreaterThan(300);
  expect([...forms].filter((form) => zh[form] === undefined)).toEqual([]);
  expect(Object.keys(zh).filter((form) => !forms.has(form))).toEqual([]);
});

const places = (text: string) => [...new Set(text.match(/\{\d\}/g) ?? [])].sort();
/** What is typed: options, skyha's commands, and all that stands before the explanation of a command. */
const typed = (text: string) => [
  ...(
    text.match(/--?[a-z][a-z-]*|skyha (?!executable)[a-z]+|[a-z_]+=|[a-z]+_[a-z_]+|[A-Z]{4,}/g) ?? []
  ).filter((word) => !/^(ONLY|CHANGED|FENCING|BROKEN|DOWN|SPLIT|BRAIN|RISK|ACCEPTED)$/.test(word)),
  ...(/^(skyha|ssh|echo|pcs|ss|hostnamectl|crm_resource|chronyc|lvremove|ip|\{0\}) .*?(?= {3})/
    .exec(text)
    ?.slice(0, 1) ?? []),
];

test.each(Object.entries(zh))("%s", (form, words) => {
  expect(places(words)).toEqual(places(form));
  for (const command of typed(form)) {
    if (/^-[a-z]/.test(command)) continue; // the end of a hyphenated word
    expect(words).toContain(command);
  }
});

test("say: values in their places, in either language; what has no other words stays English", () => {
  const at = (host: string) => say`${host} is in standby`;
  expect(at("db1")).toBe("db1 is in standby");
  speak("zh");
  expect(at("db1")).toBe("db1 处于待机状态");
  expect(say`${1} of these has no other words, ${undefined}`).toBe(
    "1 of these has no other words, undefined",
  );
  // What a value holds is not taken for a place.
  expect(at("{0}")).toBe("{0} 处于待机状态");
  expect(at("$&")).toBe("$& 处于待机状态");
});

test("forms are found in sources, those inside of others too", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a source as it is in a file
  const source = "f(say`a ${x ? say`b ${y}` : `c`} d`, essay`no`, say`e ${{ a: `}` }.a}`)";
  expect(formsIn(source)).toEqual(["a {0} d", "b {0}", "e {0}"]);
});

test.each([
  [{ LANG: "zh_CN.UTF-8" }, "zh"],
  [{ LANG: "zh" }, "zh"],
  [{ LANG: "C.UTF-8" }, "en"],
  [{}, "en"],
  [{ LANG: "zh_CN.UTF-8", LC_ALL: "C" }, "en"],
  [{ LANG: "en_US.UTF-8", LC_MESSAGES: "zh_TW" }, "zh"],
  [{ LANG: "zha_CN" }, "en"],
] as const)("%j is %s", (env, language) => {
  expect(languageOf(env)).toBe(language);
});

test("docs/incidents.md says what show says, in both languages", () => {
  const rows = readFileSync("docs/incidents.md", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| `skyha show`"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  expect(rows.length).toBeGreaterThan(12);
  // HOST, WHY, … stand for what differs; a text may go on where the page ends.
  const known = (texts: readonly string[], written: string) => {
    const words = written.split(/\b(?:HOST|OTHER|NAME|WHY|TIMES|PATH|NUMBER|STATE)\b/);
    const pattern = words
      .map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join("(?:\\{\\d\\})+");
    return texts.some((text) => new RegExp(`^${pattern}`).test(text));
  };
  const joined = [
    ...Object.keys(zh),
    "the fence device of {0} does not run: when {1} is lost, nothing can take over",
  ];
  expect(rows.map(([, english = ""]) => english).filter((text) => !known(joined, text))).toEqual([]);
  expect(rows.map(([, , chinese = ""]) => chinese).filter((text) => !known(Object.values(zh), text))).toEqual(
    [],
  );
});
