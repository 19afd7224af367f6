import type { FileSystemUse, PairFacts, SpaceSample } from "./facts.ts";

/** How a volume fills up. */
export interface Growth {
  readonly bytesPerDay: number;
  /** Until nothing is free any more, at that rate. */
  readonly daysLeft: number;
  /** What this rests on. */
  readonly observedDays: number;
}

const DAY = 86_400;
/** Older samples say nothing of how it grows now. */
const WINDOW_DAYS = 7;
/** With less nobody knows whether it is growth or work of the day. */
const LEAST_DAYS = 0.25;
const LEAST_SAMPLES = 6;
/** Share of the change that a straight line explains. Something copied there once and for all stays below 0.75. */
const STEADY = 0.8;
/** The later half has to grow too, and not at a fraction of the whole: what has stopped growing is not growing. */
const LATELY = 0.5;
/** Nobody sees further ahead than so many times as far as he has looked back. */
const AHEAD = 20;

/** `SECONDS USED FREE` per line, as the agent `filesystem` writes it; a line that a power cut has torn is left out. */
export function parseSamples(text: string | undefined): SpaceSample[] {
  return (text ?? "").split("\n").flatMap((line) => {
    const [, at, used, free] = /^(\d{1,12}) (\d{1,18}) (\d{1,18})$/.exec(line) ?? [];
    return at === undefined ? [] : [{ at: Number(at), usedBytes: Number(used), freeBytes: Number(free) }];
  });
}

/**
 * How the replicated volume grows. Each host has samples of the time it was the active one, so those of both belong
 * together; those of a host that cannot be asked are missing, and with them that time.
 * @returns undefined: not known, or it does not grow, or not steadily enough to say when it will be full
 */
export function volumeGrowth({ hosts, takenAt }: PairFacts, use: FileSystemUse): Growth | undefined {
  const samples = hosts
    .flatMap(({ spaceSamples }) => (spaceSamples.known ? spaceSamples.value : []))
    .filter(({ at }) => at <= takenAt && at >= takenAt - WINDOW_DAYS * DAY)
    .sort((a, b) => a.at - b.at);
  const latest = { at: takenAt, usedBytes: use.usedBytes, freeBytes: use.freeBytes };
  return growthOf([...samples, latest]);
}

/** @param samples oldest first; the last one is now */
export function growthOf(samples: readonly SpaceSample[]): Growth | undefined {
  const first = samples[0];
  const now = samples.at(-1);
  if (first === undefined || now === undefined || samples.length < LEAST_SAMPLES) return undefined;
  const observedDays = (now.at - first.at) / DAY;
  if (observedDays < LEAST_DAYS) return undefined;
  const whole = fit(samples);
  const later = fit(samples.filter(({ at }) => at >= (first.at + now.at) / 2));
  if (whole === undefined || later === undefined || whole.slope <= 0 || whole.steadiness < STEADY)
    return undefined;
  if (later.slope < LATELY * whole.slope) return undefined;
  const bytesPerDay = whole.slope * DAY;
  const daysLeft = now.freeBytes / bytesPerDay;
  return daysLeft <= AHEAD * observedDays ? { bytesPerDay, daysLeft, observedDays } : undefined;
}

/**
 * The straight line through the samples by least squares.
 * @returns bytes per second, and the share of the variance that the line explains (R²); undefined: there is no line
 */
function fit(samples: readonly SpaceSample[]): { slope: number; steadiness: number } | undefined {
  const mean = (of: (sample: SpaceSample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const at = mean((sample) => sample.at);
  const used = mean((sample) => sample.usedBytes);
  const spread = mean((sample) => (sample.at - at) ** 2);
  const change = mean((sample) => (sample.usedBytes - used) ** 2);
  if (samples.length < 2 || spread === 0 || change === 0) return undefined;
  const common = mean((sample) => (sample.at - at) * (sample.usedBytes - used));
  return { slope: common / spread, steadiness: common ** 2 / (spread * change) };
}
