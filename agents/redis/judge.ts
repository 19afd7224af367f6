import type { Reply } from "../../core/resp.ts";
import type { Verdict } from "../container/question.ts";

/** What the agent knows of the server it has started. */
export interface Expected {
  /** Whether the agent has logged in. */
  readonly password: boolean;
  /** The configuration file the server was started with, "" for none; undefined: the agent does not know. */
  readonly configFile: string | undefined;
}

const serving: Verdict = { kind: "serving" };

/** Judges the answer to AUTH, undefined when it was not asked. undefined: go on with the other answers. */
function judgeLogin(reply: Reply | undefined): Verdict | undefined {
  if (reply?.kind !== "error") return undefined;
  const { text } = reply;
  // Redis 6 and later, and before.
  if (text.startsWith("WRONGPASS") || text.startsWith("ERR invalid password")) {
    return { kind: "locked-out", reason: "it refuses the password this agent has" };
  }
  if (/without any password configured|no password is set/.test(text)) {
    return { kind: "degraded", reason: "it demands no password, although one is configured" };
  }
  return judgeError(text);
}

/** Judges an error in place of an answer to PING or INFO. */
function judgeError(text: string): Verdict {
  if (text.startsWith("LOADING"))
    return { kind: "waiting", reason: "it is loading its data", progress: true };
  if (text.startsWith("ERR max number of clients")) {
    return { kind: "degraded", reason: "it has no connection left (maxclients); monitor cannot look inside" };
  }
  if (text.startsWith("MISCONF")) return { kind: "failed", reason: `it refuses writes: ${text}` };
  return { kind: "failed", reason: `it answers with an error: ${text}` };
}

/** What PING and INFO, and AUTH before them, have brought. */
export function judge(
  { login, ping, info }: { login: Reply | undefined; ping: Reply | undefined; info: Reply | undefined },
  expected: Expected,
): Verdict {
  const fromLogin = judgeLogin(login);
  // After an error that the server hung up with, and after a wrong password, the rest says nothing.
  if (fromLogin && (fromLogin.kind !== "degraded" || ping === undefined)) return fromLogin;
  // Nobody gave this agent the password; that the server asks for it is an answer.
  if (!expected.password && isError(ping, "NOAUTH")) return serving;
  if (ping?.kind === "error" && !isError(ping, "LOADING") && !isError(ping, "MISCONF")) {
    return judgeError(ping.text);
  }
  const facts = info?.kind === "text" ? parseInfo(info.text) : undefined;
  if (!facts) {
    if (ping?.kind === "error") return judgeError(ping.text);
    return info?.kind === "error"
      ? judgeError(info.text)
      : { kind: "waiting", reason: "it hung up instead of answering" };
  }
  return judgeFacts(facts, ping, expected) ?? fromLogin ?? degradation(facts) ?? serving;
}

function judgeFacts(
  facts: ReadonlyMap<string, string>,
  ping: Reply | undefined,
  { configFile }: Expected,
): Verdict | undefined {
  const actual = facts.get("config_file");
  // With the host's network another server may hold the port while ours is about to give up.
  if (configFile !== undefined && actual !== undefined && actual !== configFile) {
    const whose = actual === "" ? "without a configuration file" : `with the configuration ${actual}`;
    return { kind: "waiting", reason: `another server answers on its port, one started ${whose}` };
  }
  if (facts.get("loading") === "1") {
    return { kind: "waiting", progress: true, reason: `it is loading its data${progress(facts)}` };
  }
  if (facts.get("role") === "slave") {
    const source = `${facts.get("master_host") ?? "?"}:${facts.get("master_port") ?? "?"}`;
    return { kind: "failed", reason: `it is a replica of ${source}, but this resource is the only server` };
  }
  if (facts.get("aof_last_write_status") === "err") {
    return { kind: "failed", reason: "it cannot write its append-only file (is the disk full?)" };
  }
  // PING is refused exactly when writes are: it tells a failed snapshot that matters from one that does not.
  return ping?.kind === "error" ? judgeError(ping.text) : undefined;
}

function degradation(facts: ReadonlyMap<string, string>): Verdict | undefined {
  if (facts.get("rdb_last_bgsave_status") === "err") {
    return { kind: "degraded", reason: "its last snapshot failed, though it accepts writes" };
  }
  return undefined;
}

function progress(facts: ReadonlyMap<string, string>): string {
  const percent = facts.get("loading_loaded_perc");
  const eta = facts.get("loading_eta_seconds");
  if (percent === undefined) return "";
  return eta === undefined ? `, ${percent} %` : `, ${percent} %, ${eta} s to go`;
}

/** Judges the answers to a write and to reading it back. */
export function judgeWrite(written: Reply | undefined, read: Reply | undefined, wanted: string): Verdict {
  if (written?.kind === "error") {
    const { text } = written;
    // A restart would load the same data into the same memory.
    if (text.startsWith("OOM")) return { kind: "degraded", reason: `it refuses writes: ${text}` };
    return { kind: "failed", reason: `it refuses writes: ${text}` };
  }
  if (read?.kind === "text" && read.text === wanted) return serving;
  return { kind: "failed", reason: "a key does not read back as it was written" };
}

function isError(reply: Reply | undefined, code: string): boolean {
  return reply?.kind === "error" && reply.text.startsWith(code);
}

/** Lines "NAME:VALUE" of INFO. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith("#") && line.includes(":"));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
}
