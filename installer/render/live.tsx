import { Box, render, Static, Text } from "ink";
import type { ApplyEvent } from "../plan/apply.ts";
import type { ProgressView } from "./progress.ts";

/** What the live view shows: Changes that ended, once each, and below them what runs now. */
export interface LiveState {
  readonly ended: readonly EndedLine[];
  readonly running: readonly RunningLine[];
  readonly note: string;
}

interface EndedLine {
  readonly key: string;
  readonly good: boolean;
  readonly text: string;
}

interface RunningLine {
  readonly id: string;
  readonly host: string;
  readonly title: string;
  readonly progress: string;
  readonly since: number;
}

export const EMPTY_STATE: LiveState = { ended: [], running: [], note: "" };

/** Pure: the state after an event. */
export function advance(state: LiveState, event: ApplyEvent, now: number): LiveState {
  if (!("change" in event)) return state;
  const { id, host, title } = event.change;
  switch (event.kind) {
    case "change-started":
      return {
        ...state,
        note: "",
        running: [...state.running, { id, host, title, progress: "", since: now }],
      };
    case "progress":
      return {
        ...state,
        running: state.running.map((line) => (line.id === id ? { ...line, progress: event.text } : line)),
      };
    case "change-done":
      return ended(state, id, { key: id, good: true, text: `${host}: ${title} (${event.seconds} s)` });
    case "change-failed":
      return ended(state, id, { key: id, good: false, text: `${host}: ${title}: ${event.why}` });
    case "change-unknown":
      return ended(state, id, {
        key: id,
        good: false,
        text: `${host}: ${title}: outcome unknown: ${event.why}`,
      });
  }
}

function ended(state: LiveState, id: string, line: EndedLine): LiveState {
  return { ...state, ended: [...state.ended, line], running: state.running.filter((item) => item.id !== id) };
}

export function Live({ state, now }: { readonly state: LiveState; readonly now: number }) {
  return (
    <>
      <Static items={[...state.ended]}>
        {(line) => (
          <Text key={line.key} {...(line.good ? {} : { color: "red" })}>
            {line.good ? "✓" : "✗"} {line.text}
          </Text>
        )}
      </Static>
      <Box flexDirection="column">
        {state.running.map((line) => (
          <Text key={line.id} wrap="truncate">
            {"… "}
            {line.host}: {line.title}{" "}
            <Text dimColor>{`${Math.round((now - line.since) / 1000)} s ${line.progress}`}</Text>
          </Text>
        ))}
        {state.running.length === 0 && state.note !== "" ? <Text>{`… ${state.note}`}</Text> : null}
      </Box>
    </>
  );
}

/** The view for a person at a terminal; redraws once a second and on every event, and leaves what ended behind. */
export function liveProgress(redact: (text: string) => string): ProgressView {
  let state = EMPTY_STATE;
  let closed = false;
  const draw = () => <Live state={state} now={Date.now()} />;
  const screen = render(draw(), { exitOnCtrlC: false, patchConsole: false });
  const timer = setInterval(() => screen.rerender(draw()), 1000);
  return {
    note(text) {
      state = { ...state, note: redact(text) };
      screen.rerender(draw());
    },
    event(event) {
      const shown = event.kind === "progress" ? { ...event, text: redact(event.text) } : event;
      state = advance(state, "why" in shown ? { ...shown, why: redact(shown.why) } : shown, Date.now());
      screen.rerender(draw());
    },
    close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      state = { ...state, note: "" };
      screen.rerender(draw());
      screen.unmount();
    },
  };
}
