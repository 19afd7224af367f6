import { expect, test } from "bun:test";
import { renderToString } from "ink";
import { speak } from "../../core/texts/say.ts";
import { pairFacts } from "../../fixtures/captured/pair.ts";
import { showPair } from "./show-pair.ts";
import { FIRST_STATE, onKey, WatchScreen, type WatchState, watchPair } from "./watch.tsx";

const view = showPair(pairFacts("failed-everywhere", { outside: "refused" }));
const screen = (state: WatchState, rows = 24) =>
  renderToString(
    <WatchScreen view={view} state={state} ageSeconds={3} looking={false} rows={rows} colour={false} />,
    { columns: 80 },
  ).split("\n");

test("the verdict first, never more lines than the terminal has, the keys last", () => {
  for (const rows of [8, 24, 200]) {
    const lines = screen(FIRST_STATE, rows);
    expect(lines.length).toBeLessThan(rows);
    expect(lines[2]).toStartWith("serving ");
    expect(lines.at(-1)).toStartWith("q quit   d details   space look now   arrows scroll   looked 3 s ago");
  }
  expect(screen(FIRST_STATE, 8).at(-1)).toMatch(/\(\d+ more/);
  expect(screen(FIRST_STATE, 200).join("\n")).not.toContain("Hosts");
});

test("d shows the details, arrows and pages move in them, but not past the end", () => {
  const details = onKey(FIRST_STATE, { input: "d" });
  expect(screen(details, 200).join("\n")).toContain("Hosts");
  const down = onKey(onKey(details, { input: "", down: true }), { input: "", pageDown: true });
  expect(down.top).toBe(16);
  expect(screen(down, 24)[0]).toBe(screen(details, 200)[16] ?? "?");
  const end = screen({ ...details, top: 1000 }, 24);
  expect(end.at(-2)).toBe(screen(details, 200).at(-2) ?? "?");
  expect(onKey(down, { input: "", pageUp: true }).top).toBe(1);
  expect(onKey(details, { input: "", up: true }).top).toBe(0);
  expect(onKey(down, { input: "d" })).toMatchObject({ details: false, top: 0 });
});

test("space asks for a look, q and Ctrl-C end it, any other key does nothing", () => {
  expect(onKey(FIRST_STATE, { input: " " }).asked).toBe(1);
  expect(onKey(FIRST_STATE, { input: "q" }).quit).toBe(true);
  expect(onKey(FIRST_STATE, { input: "c", ctrl: true }).quit).toBe(true);
  expect(onKey(FIRST_STATE, { input: "x" })).toBe(FIRST_STATE);
});

test("in Chinese", () => {
  speak("zh");
  const lines = screen(FIRST_STATE);
  speak("en");
  expect(lines[2]).toStartWith("是否在服务");
  expect(lines.at(-1)).toContain("q 退出");
});

test("without a terminal every look is printed; with --json each is a line", async () => {
  const out: string[] = [];
  let looks = 0;
  const io = { out: (text: string) => void out.push(text), err: () => {}, terminal: false, env: {} };
  const look = async () => {
    if (++looks === 3) throw new Error("enough");
    return view;
  };
  await expect(watchPair({ look, everyMs: 1, io, colour: false, json: true })).rejects.toThrow("enough");
  expect(out.map((line) => JSON.parse(line).version)).toEqual([1, 1]);
});
