import { randomBytes } from "node:crypto";
import type { Check } from "../container/checks.ts";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { TimeLimitError } from "../ocf/deadline.ts";
import { OcfError } from "../ocf/outcome.ts";
import { configFileOf, passwordOf } from "./config.ts";
import { judge, judgeWrite, type Verdict } from "./judge.ts";
import type { RedisTable } from "./parameters.ts";
import { type Ask, talk, Unreachable } from "./resp.ts";

const WRITE_TEST_KEY = "skyha:write-test";
const WRITE_TEST_LIFE_S = 60;
/** Within its first moments a container may find its port taken, and what was asked was another server. */
const PERSISTS_MS = 2000;

export interface Question {
  readonly ready: Check;
  /** Set by `ready` when the server serves with a reason to look at it. */
  degraded: string | undefined;
}

/** Asks the server itself, on one connection. `starting`: waits are progress, and a lasting failure ends them. */
export function question(context: Context<RedisTable>, { starting }: { starting: boolean }): Question {
  const { system, log, parameters } = context;
  const place = `${parameters.monitor_host}:${parameters.port}`;
  let failedSince: number | undefined;
  let toldProgress = false;
  const result: Question = {
    degraded: undefined,
    async ready(_container, _engine, limitMs) {
      const verdict = await ask(context, place, limitMs);
      log.trace(`redis at ${place}: ${verdict.kind}${"reason" in verdict ? `, ${verdict.reason}` : ""}`);
      if (verdict.kind !== "failed") failedSince = undefined;
      switch (verdict.kind) {
        case "serving":
          return undefined;
        case "degraded":
          result.degraded = `redis at ${place}: ${verdict.reason}`;
          return undefined;
        case "waiting":
          if (starting && verdict.loading && !toldProgress) log.info(`redis at ${place}: ${verdict.reason}`);
          toldProgress ||= verdict.loading === true;
          break;
        case "failed":
          failedSince ??= system.now();
          if (starting && system.now() - failedSince >= PERSISTS_MS) {
            throw new OcfError(Ocf.generic, `redis at ${place}: ${verdict.reason}`);
          }
      }
      return `redis at ${place}: ${verdict.reason}`;
    },
  };
  return result;
}

async function ask(context: Context<RedisTable>, place: string, limitMs: number): Promise<Verdict> {
  const { parameters, deadline, environment } = context;
  const { password, unreadable } = await passwordOrWhyNot(context);
  const expected = { password: password !== undefined, configFile: configFileOf(parameters) };
  const work = async (send: Ask): Promise<Verdict> => {
    const login = password === undefined ? [] : [["AUTH", password]];
    const replies = [...(await send(...login, ["PING"], ["INFO"]))];
    const first = password === undefined ? undefined : replies.shift();
    const [ping, info] = replies;
    const verdict = judge({ login: first, ping, info }, expected);
    if (verdict.kind !== "serving") return verdict;
    if (unreadable) return { kind: "degraded", reason: `it answers, but ${unreadable}` };
    // Without the password there is nothing more to be had.
    const loggedIn = info?.kind === "text";
    return environment.checkLevel >= 20 && loggedIn ? writeTest(send) : verdict;
  };
  try {
    const address = { host: parameters.monitor_host, port: parameters.port };
    return await deadline.during(place, (signal) => talk(address, signal, work), limitMs);
  } catch (error) {
    if (error instanceof Unreachable) return { kind: "waiting", reason: error.message };
    if (error instanceof TimeLimitError) return { kind: "waiting", reason: error.message };
    throw error;
  }
}

/** A password that cannot be read is no reason to take a server for dead; start has refused it before. */
async function passwordOrWhyNot(
  context: Context<RedisTable>,
): Promise<{ password: string | undefined; unreadable?: string }> {
  try {
    return { password: await passwordOf(context) };
  } catch (error) {
    if (!(error instanceof OcfError)) throw error;
    return { password: undefined, unreadable: error.message };
  }
}

async function writeTest(send: Ask): Promise<Verdict> {
  const token = randomBytes(8).toString("hex");
  const write = ["SET", WRITE_TEST_KEY, token, "EX", String(WRITE_TEST_LIFE_S)];
  const [written, read] = await send(write, ["GET", WRITE_TEST_KEY]);
  return judgeWrite(written, read, token);
}
