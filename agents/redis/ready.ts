import { type Ask, talk, Unreachable } from "../../core/resp.ts";
import { TlsRefusal } from "../../core/tls.ts";
import type { Verdict } from "../container/question.ts";
import { readTls, type TlsFiles, tlsOptions } from "../container/tls.ts";
import type { Context } from "../ocf/context.ts";
import { seconds, TimeLimitError } from "../ocf/deadline.ts";
import { OcfError } from "../ocf/outcome.ts";
import { configFileOf, passwordOf } from "./config.ts";
import { judge, judgeWrite } from "./judge.ts";
import type { RedisTable } from "./parameters.ts";

const WRITE_TEST_KEY = "skyha:write-test";
const WRITE_TEST_LIFE_S = 60;

/** For messages. */
export function serverName({ parameters }: Context<RedisTable>): string {
  return `redis at ${parameters.monitor_host}:${parameters.port}`;
}

/** Asks the server itself, on one connection; at level 20 it also has to write. */
export async function askRedis(context: Context<RedisTable>, limitMs: number): Promise<Verdict> {
  const { parameters, deadline, environment, system } = context;
  const began = system.now();
  const { password, files, unreadable } = await secretsOrWhyNot(context);
  const expected = { password: password !== undefined, configFile: configFileOf(parameters) };
  const work = async (send: Ask): Promise<Verdict> => {
    const auth = password === undefined ? [] : [["AUTH", password]];
    const replies = [...(await send(...auth, ["PING"], ["INFO"]))];
    const login = password === undefined ? undefined : replies.shift();
    const [ping, info] = replies;
    const verdict = judge({ login, ping, info }, expected);
    if (verdict.kind !== "serving") return verdict;
    if (unreadable) return { kind: "degraded", reason: `it answers, but ${unreadable}` };
    // Without the password there is nothing more to be had.
    const maySee = info?.kind === "text";
    return environment.checkLevel >= 20 && maySee ? writeTest(send) : verdict;
  };
  try {
    const { monitor_host: host, port } = parameters;
    const address = { host, port, tls: tlsOptions(parameters.tls, files) };
    return await deadline.during(serverName(context), (signal) => talk(address, signal, work), limitMs);
  } catch (error) {
    if (error instanceof TlsRefusal) {
      return unreadable
        ? { kind: "degraded", reason: `it takes connections, but ${unreadable}` }
        : { kind: "locked-out", reason: `${error.message} (tls=${parameters.tls})` };
    }
    if (error instanceof Unreachable) return { kind: "waiting", reason: error.message };
    if (!(error instanceof TimeLimitError)) throw error;
    return { kind: "waiting", reason: `it gives no answer in ${seconds(system.now() - began)}` };
  }
}

interface Secrets {
  readonly password?: string | undefined;
  readonly files?: TlsFiles;
  readonly unreadable?: string;
}

/** A file that cannot be read is no reason to take a server for dead; start has refused it before. */
async function secretsOrWhyNot(context: Context<RedisTable>): Promise<Secrets> {
  try {
    // First: without what TLS needs the password is not sent, for the server may be anyone.
    const files = await readTls(context);
    return { files, password: await passwordOf(context) };
  } catch (error) {
    if (!(error instanceof OcfError)) throw error;
    return { unreadable: error.message };
  }
}

async function writeTest(send: Ask): Promise<Verdict> {
  // It only has to differ from the last one.
  const token = `${Date.now()}-${process.pid}`;
  const write = ["SET", WRITE_TEST_KEY, token, "EX", String(WRITE_TEST_LIFE_S)];
  const [written, read] = await send(write, ["GET", WRITE_TEST_KEY]);
  return judgeWrite(written, read, token);
}
