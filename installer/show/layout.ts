import { Chalk } from "chalk";
import stringWidth from "string-width";

/** Everything `show` prints fits into a terminal of the smallest usual width. */
export const WIDTH = 80;

export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly doubt: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly quiet: (text: string) => string;
}

/** @param colour false: every text stays as it is. */
export function createPaint(colour: boolean): Paint {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  return {
    good: chalk.green,
    bad: chalk.red.bold,
    doubt: chalk.yellow,
    strong: chalk.bold,
    quiet: chalk.dim,
  };
}

/** Colour only for a person at a terminal who did not say no (https://no-color.org). */
export function wantsColour(terminal: boolean, env: NodeJS.ProcessEnv): boolean {
  return terminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

/** Columns of a terminal that a text takes; a Chinese character takes two. */
export const width = (text: string): number => stringWidth(text);

/** With spaces at its end, to that many columns. */
export const padded = (text: string, columns: number): string =>
  `${text}${" ".repeat(Math.max(0, columns - width(text)))}`;

/** Breaks a text at spaces, and between Chinese characters, into lines of at most `columns`; a longer word is cut. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const { part, spaced } of partsOf(text, columns)) {
    const gap = spaced && line !== "" ? " " : "";
    if (line === "" || width(line) + gap.length + width(part) <= columns) line += gap + part;
    else {
      lines.push(line);
      line = part;
    }
  }
  return line === "" && lines.length > 0 ? lines : [...lines, line];
}

/** A Chinese character, or a run of others, with the marks that have to stand on its line. */
const UNBREAKABLE = /[（“]*(?:[\u2e80-\u9fff]|[^\u2e80-\u9fff\uff00-\uffef“”]+)?[，。；：、）！？”]*/g;

/** What may not be broken, and whether a space was before it. No line begins with a closing mark. */
function partsOf(text: string, columns: number): { readonly part: string; readonly spaced: boolean }[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== "")
    .flatMap((word) =>
      (word.match(UNBREAKABLE) ?? [word])
        .filter((part) => part !== "")
        .flatMap((part) => cut(part, columns))
        .map((part, index) => ({ part, spaced: index === 0 })),
    );
}

function cut(word: string, columns: number): string[] {
  if (width(word) <= columns) return [word];
  const parts: string[] = [];
  for (let at = 0; at < word.length; at += columns) parts.push(word.slice(at, at + columns));
  return parts;
}

/** A cell: plain text, and how it is painted once its width was measured. */
export interface Cell {
  readonly text: string;
  readonly paint?: ((text: string) => string) | undefined;
}

export const cell = (text: string, paint?: (text: string) => string): Cell => ({ text, paint });

/** Columns as wide as their widest cell; the last one takes what is left and wraps. */
export function table(rows: readonly (readonly Cell[])[], indent = 2): string[] {
  const kept = rows.map(withoutEmptyEnd);
  const count = Math.max(0, ...kept.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...kept.map((row) => (column === row.length - 1 ? 0 : width(row[column]?.text ?? "")))),
  );
  return kept.flatMap((row) => layRow(row, widths, indent));
}

const withoutEmptyEnd = (row: readonly Cell[]): readonly Cell[] =>
  row.slice(0, row.findLastIndex((item) => item.text !== "") + 1);

function layRow(row: readonly Cell[], widths: readonly number[], indent: number): string[] {
  const fixed = row.slice(0, -1);
  const last = row.at(-1);
  const left = fixed.map((item, column) => painted(item, padded(item.text, widths[column] ?? 0))).join("  ");
  const used = indent + fixed.reduce((sum, _, column) => sum + (widths[column] ?? 0) + 2, 0);
  const [first = "", ...more] = wrap(last?.text ?? "", Math.max(WIDTH - used, 20));
  const paint = (text: string) => (last ? painted(last, text) : text);
  const head = `${" ".repeat(indent)}${left}${fixed.length > 0 ? "  " : ""}${paint(first)}`;
  return [head, ...more.map((line) => `${" ".repeat(used)}${paint(line)}`)];
}

const painted = (item: Cell, text: string): string => (item.paint ? item.paint(text) : text);

/** "1.2 GiB" */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** "45 s", "12 min", "3 h", "9 d" */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return seconds < 36 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
