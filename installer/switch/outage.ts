import { listeners, type PairProfile } from "../../core/verdict/facts.ts";
import type { TcpProbe } from "../facts/pair/outside.ts";

/** One attempt of a client to connect. */
export interface Sample {
  readonly port: number;
  /** Milliseconds on a clock that only runs forward. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly open: boolean;
}

export interface Outage {
  readonly service: string;
  /** Longest time during which no connection came about; 0: every attempt succeeded. Good to about 0.25 s. */
  readonly seconds: number;
  /** Whether the last attempt of all still failed. */
  readonly stillDown: boolean;
}

/** Watches the VIP as a client would, until it is stopped. */
export interface OutsideWatch {
  /** Services with a port that have answered at least once since the given time. */
  answeredSince(startedAt: number): readonly string[];
  /** Waits for the attempts under way, and says what clients went through. */
  stop(): Promise<readonly Outage[]>;
}

const EVERY_MS = 250;
/** Below the second after which the kernel repeats an unanswered SYN: a late success would hide the gap. */
const ATTEMPT_MS = 900;

/** A new attempt on every service port each 250 ms, whatever became of the ones before. */
export function watchOutside(
  profile: PairProfile,
  probe: TcpProbe,
  clock: () => number = () => performance.now(),
): OutsideWatch {
  const asked = listeners(profile);
  const samples: Sample[] = [];
  const underWay = new Set<Promise<void>>();
  const attempt = async (port: number) => {
    const startedAt = clock();
    const { result } = await probe(profile.vip, port, ATTEMPT_MS);
    samples.push({ port, startedAt, endedAt: clock(), open: result === "open" });
  };
  const timer = setInterval(() => {
    for (const { port } of asked) {
      const promise = attempt(port);
      underWay.add(promise);
      void promise.finally(() => underWay.delete(promise));
    }
  }, EVERY_MS);
  return {
    answeredSince: (startedAt) =>
      asked
        .filter(({ port }) =>
          samples.some((sample) => sample.port === port && sample.open && sample.startedAt >= startedAt),
        )
        .map(({ name }) => name),
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      return asked.map(({ name, port }) => ({
        service: name,
        ...longestOutage(samples.filter((sample) => sample.port === port)),
      }));
    },
  };
}

/** From the beginning of the first attempt that failed to the end of the first one after it that did not. */
export function longestOutage(samples: readonly Sample[]): Omit<Outage, "service"> {
  const ordered = [...samples].sort((a, b) => a.startedAt - b.startedAt);
  let longest = 0;
  let downSince: number | undefined;
  for (const sample of ordered) {
    if (!sample.open) downSince ??= sample.startedAt;
    else if (downSince !== undefined) {
      longest = Math.max(longest, sample.endedAt - downSince);
      downSince = undefined;
    }
  }
  const last = ordered.at(-1);
  if (downSince !== undefined && last) longest = Math.max(longest, last.endedAt - downSince);
  return { seconds: Math.round(longest / 100) / 10, stillDown: downSince !== undefined };
}
