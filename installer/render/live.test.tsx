import { expect, test } from "bun:test";
import { renderToString } from "ink";
import type { Change } from "../../core/change.ts";
import { advance, EMPTY_STATE, Live } from "./live.tsx";

const change = (id: string): Change => ({
  id,
  step: "s",
  host: "db1",
  title: `do ${id}`,
  risk: "safe",
  preview: [],
  apply: async () => {},
  verify: async () => undefined,
});

test("a Change is shown while it runs, with its progress, and once when it ended", () => {
  const a = change("a");
  const b = change("b");
  let state = advance(EMPTY_STATE, { kind: "change-started", change: a }, 0);
  state = advance(state, { kind: "change-started", change: b }, 0);
  state = advance(state, { kind: "progress", change: a, text: "40 %" }, 0);
  const running = renderToString(<Live state={state} now={5000} />);
  expect(running).toContain("… db1: do a 5 s 40 %");
  state = advance(state, { kind: "change-done", change: a, seconds: 6 }, 6000);
  state = advance(state, { kind: "change-failed", change: b, why: "no space" }, 6000);
  const ended = renderToString(<Live state={state} now={6000} />);
  expect(ended).toContain("✓ db1: do a (6 s)");
  expect(ended).toContain("✗ db1: do b: no space");
  expect(ended).not.toContain("…");
});
