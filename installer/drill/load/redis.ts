import { type Ask, openRedis, type Reply } from "../../../core/resp.ts";
import type { RowSession, RowStore } from "./rows.ts";

export interface RedisPlace {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  readonly stamp: string;
  /** What the loss of some keys is explained with. */
  readonly mayLose: string | undefined;
}

/** What a drill that was killed leaves goes by itself. */
const EXPIRES_SECONDS = 86_400;
const BATCH = 500;

/** Rows as members of one set of our own, deleted at the end. */
export function redisStore(service: string, place: RedisPlace): RowStore {
  const key = `skyha_drill:${place.stamp}`;
  return {
    service,
    mayLose: place.mayLose,
    async open(signal) {
      const { ask, close } = await openRedis(place, signal);
      const [answer] = await ask(["AUTH", place.password]);
      if (answer?.kind === "error") {
        close();
        // The password is not in this answer, but who knows what a server says.
        throw new Error(`${service} does not take the password of its secrets file`);
      }
      return sessionOf(ask, key, close);
    },
  };
}

function sessionOf(ask: Ask, key: string, close: () => void): RowSession {
  return {
    async prepare() {
      good(await ask(["PING"]));
    },
    async write(number) {
      good(await ask(["SADD", key, String(number)], ["EXPIRE", key, String(EXPIRES_SECONDS)]));
    },
    async present(numbers) {
      const there = new Set<number>();
      for (let from = 0; from < numbers.length; from += BATCH) {
        const some = numbers.slice(from, from + BATCH);
        const answers = good(await ask(...some.map((number) => ["SISMEMBER", key, String(number)])));
        if (answers.length !== some.length) throw new Error("the server did not answer every question");
        for (const [index, number] of some.entries()) {
          const answer = answers[index];
          if (answer?.kind === "text" && answer.text === "1") there.add(number);
        }
      }
      return there;
    },
    async drop() {
      good(await ask(["DEL", key]));
    },
    close,
  };
}

/** @throws Error for an answer that is an error */
function good(answers: readonly Reply[]): readonly Reply[] {
  for (const answer of answers) if (answer.kind === "error") throw new Error(answer.text);
  return answers;
}
