import { Box, render, Text, useInput } from "ink";
import { say } from "../../core/texts/say.ts";
import type { Io } from "../cli/io.ts";
import { renderBrief, renderPlain } from "./plain.ts";
import type { ShowView } from "./view.ts";

/** What a person at the terminal has asked for by keys. */
export interface WatchState {
  /** All sections, not only the verdict and what is wrong. */
  readonly details: boolean;
  /** Lines above the first one shown. */
  readonly top: number;
  readonly quit: boolean;
  /** Counts how often "look now" was asked for. */
  readonly asked: number;
}

export const FIRST_STATE: WatchState = { details: false, top: 0, quit: false, asked: 0 };

export interface Key {
  readonly input: string;
  readonly up?: boolean;
  readonly down?: boolean;
  readonly pageUp?: boolean;
  readonly pageDown?: boolean;
  readonly ctrl?: boolean;
}

const PAGE = 15;

/** Pure. None of the keys changes anything on the pair. */
export function onKey(state: WatchState, key: Key): WatchState {
  const move = (lines: number) => ({ ...state, top: Math.max(0, state.top + lines) });
  if (key.input === "q" || (key.ctrl === true && key.input === "c")) return { ...state, quit: true };
  if (key.input === "d") return { ...state, details: !state.details, top: 0 };
  if (key.input === " ") return { ...state, asked: state.asked + 1 };
  if (key.up) return move(-1);
  if (key.down) return move(1);
  if (key.pageUp) return move(-PAGE);
  return key.pageDown ? move(PAGE) : state;
}

interface ScreenProps {
  /** Undefined: the first look is under way. */
  readonly view: ShowView | undefined;
  readonly state: WatchState;
  readonly ageSeconds: number;
  readonly looking: boolean;
  readonly rows: number;
  readonly colour: boolean;
}

/** As many lines as the terminal has, the last one for the keys. */
export function WatchScreen({ view, state, ageSeconds, looking, rows, colour }: ScreenProps) {
  const render = state.details ? renderPlain : renderBrief;
  const lines =
    view === undefined ? [say`looking at the pair …`] : render(view, colour).trimEnd().split("\n");
  const room = Math.max(1, rows - 2);
  const top = Math.min(state.top, Math.max(0, lines.length - room));
  const below = lines.length - top - room;
  const more = below > 0 ? say`  (${below} more lines)` : "";
  const age = looking ? say`looking …` : say`looked ${ageSeconds} s ago`;
  return (
    <Box flexDirection="column">
      <Text>{lines.slice(top, top + room).join("\n")}</Text>
      <Text dimColor wrap="truncate">
        {say`q quit   d details   space look now   arrows scroll   ${age}`}
        {more}
      </Text>
    </Box>
  );
}

function Keys({ onPress }: { readonly onPress: (key: Key) => void }) {
  useInput((input, key) =>
    onPress({
      input,
      up: key.upArrow,
      down: key.downArrow,
      pageUp: key.pageUp,
      pageDown: key.pageDown,
      ctrl: key.ctrl,
    }),
  );
  return null;
}

export interface WatchOptions {
  readonly look: () => Promise<ShowView>;
  readonly everyMs: number;
  readonly io: Io;
  readonly colour: boolean;
  readonly json: boolean;
}

/** Looks again and again. At a terminal until somebody quits, else until the process is ended. */
export async function watchPair(options: WatchOptions): Promise<void> {
  return options.io.terminal && !options.json ? watchLive(options) : watchPlain(options);
}

async function watchPlain({ look, everyMs, io, json }: WatchOptions): Promise<void> {
  for (;;) {
    const view = await look();
    io.out(json ? `${JSON.stringify(view)}\n` : renderPlain(view, false));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

const ALTERNATE_SCREEN = "\u001b[?1049h\u001b[H";
const USUAL_SCREEN = "\u001b[?1049l";

/** On the terminal's other screen, so that what was there before is there again afterwards. */
async function watchLive({ look, everyMs, io, colour }: WatchOptions): Promise<void> {
  let state = FIRST_STATE;
  let view: ShowView | undefined;
  let looked = Date.now();
  let looking = true;
  let wake = () => {};
  const press = (key: Key) => {
    const before = state;
    state = onKey(state, key);
    if (state.quit || state.asked > before.asked) wake();
    screen.rerender(draw());
  };
  const draw = () => (
    <>
      <WatchScreen
        view={view}
        state={state}
        ageSeconds={Math.round((Date.now() - looked) / 1000)}
        looking={looking}
        rows={process.stdout.rows || 24}
        colour={colour}
      />
      <Keys onPress={press} />
    </>
  );
  io.out(ALTERNATE_SCREEN);
  const screen = render(draw(), { exitOnCtrlC: false, patchConsole: false });
  const clock = setInterval(() => screen.rerender(draw()), 1000);
  try {
    for (;;) {
      looking = true;
      screen.rerender(draw());
      const seen = await Promise.race([look(), quitting()]);
      if (seen === undefined || state.quit) break;
      view = seen;
      looked = Date.now();
      looking = false;
      screen.rerender(draw());
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (state.quit) break;
    }
  } finally {
    clearInterval(clock);
    screen.unmount();
    io.out(USUAL_SCREEN);
  }
  /** Whoever quits does not wait for a host that does not answer. */
  function quitting(): Promise<undefined> {
    return new Promise((resolve) => {
      wake = () => {
        if (state.quit) resolve(undefined);
      };
    });
  }
}
