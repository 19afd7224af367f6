import { say } from "../../core/texts/say.ts";
import type { Finding, NextStep } from "../../core/verdict/finding.ts";
import { cell, createPaint, duration, type Paint, table, WIDTH, width, wrap } from "./layout.ts";
import { sectionsOf } from "./sections.ts";
import type { ShowView, VerdictView } from "./view.ts";
import { word } from "./words.ts";

/** The whole of `skyha show` for a person: the verdict, what is wrong with its command, then the details. */
export function renderPlain(view: ShowView, colour: boolean): string {
  const paint = createPaint(colour);
  const sections = sectionsOf(view, paint)
    .filter((section) => section.lines.length > 0)
    .flatMap((section) => ["", paint.strong(section.title), ...section.lines]);
  return [...topOf(view, paint), ...sections, ""].join("\n");
}

/** The verdict, and what is wrong with its command. */
export function renderBrief(view: ShowView, colour: boolean): string {
  return [...topOf(view, createPaint(colour)), ""].join("\n");
}

const topOf = (view: ShowView, paint: Paint): string[] => [
  ...heading(view, paint),
  "",
  ...verdictLines(view.verdict, paint),
  ...redLine(view, paint),
  ...findingLines(view.findings, paint),
];

function heading(view: ShowView, paint: Paint): string[] {
  const who = `${view.cluster}: ${view.hosts.map((host) => host.name).join(" + ")}, ${view.vip.address}`;
  const when = view.takenAt.replace(/\.\d+Z$/, "Z");
  const gap = WIDTH - width(who) - width(when);
  return gap > 0
    ? [`${paint.strong(who)}${" ".repeat(gap)}${paint.quiet(when)}`]
    : [paint.strong(who), paint.quiet(when)];
}

function verdictLines(verdict: VerdictView, paint: Paint): string[] {
  const { serving, dataSafe, failuresLeft, next } = verdict;
  const colour = {
    yes: paint.good,
    no: paint.bad,
    unknown: paint.doubt,
    partly: paint.bad,
    "one-copy": paint.doubt,
    resyncing: paint.doubt,
  };
  const safe =
    dataSafe.state === "resyncing" && dataSafe.percent !== undefined
      ? say`${dataSafe.percent} % copied`
      : word(dataSafe.state);
  const eta = dataSafe.etaSeconds === undefined ? "" : say` (about ${duration(dataSafe.etaSeconds)} left)`;
  const count = failuresLeft.count;
  const left =
    count === undefined
      ? word("unknown")
      : `${count}${failuresLeft.proof === "unproven" ? say`, unproven` : ""}`;
  const leftPaint = count === 0 ? paint.bad : failuresLeft.proof === "proven" ? paint.good : paint.doubt;
  return [
    ...table(
      [
        [
          cell(say`serving`, paint.strong),
          cell(word(serving.state), colour[serving.state]),
          cell(serving.why),
        ],
        [cell(say`data safe`, paint.strong), cell(safe, colour[dataSafe.state]), cell(dataSafe.why + eta)],
        [cell(say`failures left`, paint.strong), cell(left, leftPaint), cell(failuresLeft.why)],
      ],
      0,
    ),
    ...nextLines(next, paint),
  ];
}

function nextLines(next: NextStep | undefined, paint: Paint): string[] {
  // Under the answers, which stand after the widest question and a gap.
  const indent = 2 + Math.max(...[say`serving`, say`data safe`, say`failures left`, say`next`].map(width));
  const head = `${paint.strong(say`next`)}${" ".repeat(indent - width(say`next`))}`;
  if (next === undefined) return [`${head}${say`nothing to do`}`];
  return [
    `${head}${paint.strong(typed(next))}`,
    ...wrap(next.why, WIDTH - indent).map((line) => `${" ".repeat(indent)}${line}`),
  ];
}

/** A command is never wrapped: it is there to be copied. */
const typed = (next: NextStep): string =>
  next.on === undefined ? next.command : say`on ${next.on}: ${next.command}`;

/** The one thing that is said in every state and every mode. */
function redLine(view: ShowView, paint: Paint): string[] {
  const risk = view.findings.find(
    (finding) => finding.code === "fencing.risk-accepted" || finding.code === "fencing.disabled",
  );
  return risk ? ["", ...wrap(risk.text, WIDTH).map((line) => paint.bad(line))] : [];
}

const MARK: Record<Finding["level"], string> = { critical: "!!", unknown: "??", warning: "!", info: "-" };

function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  if (findings.length === 0) return [];
  const colour = { critical: paint.bad, unknown: paint.doubt, warning: paint.doubt, info: paint.quiet };
  return [
    "",
    ...findings.flatMap((finding) => [
      ...table([[cell(MARK[finding.level].padEnd(2), colour[finding.level]), cell(finding.text)]], 0),
      ...(finding.next ? [`    ${typed(finding.next)}`] : []),
    ]),
  ];
}
