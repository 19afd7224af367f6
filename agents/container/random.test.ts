import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { Ocf } from "../ocf/codes.ts";
import { type Bench, createBench } from "../testing/bench.ts";
import { type FakeDocker, fakeContainer, startFakeDocker } from "../testing/fake-docker.ts";
import { containerParameters } from "./parameters.ts";

/** Whatever is thrown at an agent: a code of the table, at most one reason of one line, an end before the deadline. */

const RUNS = 250;
const TIMEOUT_MS = 700;
const CODES: readonly number[] = Object.values(Ocf);
const ACTIONS = [
  "start",
  "stop",
  "monitor",
  "monitor",
  "validate-all",
  "reload-agent",
  "notify",
  "meta-data",
  "\0",
];
const JUNK = [
  "",
  "0",
  "-1",
  "true",
  "x".repeat(5000),
  "a\nocf-exit-reason:forged",
  "'",
  '"',
  "$(reboot)",
  "../../etc/passwd",
  "--privileged",
  "-e A=b",
  "/tmp",
  "é😀",
  "99999999999999999999",
  "%s%n",
  "__proto__",
];
const STATES = ["running", "exited", "paused", "restarting", "created", "dead", "nonsense"];

let bench: Bench;
let docker: FakeDocker;
beforeAll(async () => {
  bench = createBench();
  docker = await startFakeDocker(join(bench.directory, "docker.sock"));
});
afterAll(async () => {
  await docker.kill();
  bench.clean();
});

/** A small generator with a seed, so that a failure can be run again (Park and Miller's constants). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

test(`${RUNS} random calls`, async () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const next = random(seed * 7919);
    const pick = <T>(list: readonly T[], fallback: T): T => list[next(list.length)] ?? fallback;
    docker.containers.clear();
    docker.fail.clear();
    docker.hang.clear();
    if (next(2) === 0) docker.containers.set("pg", fakeContainer("pg", { status: pick(STATES, "running") }));
    if (next(5) === 0) docker.fail.add(pick(["GET", "POST", "DELETE", "GET /containers"], "GET"));
    if (next(20) === 0) docker.hang.add(pick(["GET", "POST", "DELETE", "GET /exec"], "GET"));
    const parameters: Record<string, string> = { image: "img:1", engine_host: docker.socket };
    for (const name of Object.keys(containerParameters)) {
      if (next(40) === 0) parameters[name] = pick(JUNK, "");
    }
    const action = pick(ACTIONS, "monitor");
    const env: Record<string, string> = { OCF_RESKEY_CRM_meta_timeout: String(TIMEOUT_MS) };
    if (next(4) === 0) env["OCF_CHECK_LEVEL"] = pick(JUNK, "");
    if (next(4) === 0) env["OCF_RESKEY_CRM_meta_interval"] = pick(JUNK, "");
    if (next(9) === 0) env["OCF_TRACE_RA"] = "1";
    const ended = await bench.act(action, parameters, env);
    const told = JSON.stringify({ seed, action, parameters, ended });
    if (!CODES.includes(ended.code)) throw new Error(`no code of the table: ${told}`);
    if (ended.reasons.length > 1) throw new Error(`more than one reason: ${told}`);
    if (ended.ms >= TIMEOUT_MS) throw new Error(`too late: ${told}`);
    if (ended.reason?.includes("internal error")) throw new Error(`a bug: ${told}`);
    if (ended.code > 7 || (ended.code !== 0 && ended.code !== 7 && !ended.reason))
      throw new Error(`no reason: ${told}`);
  }
  expect(docker.calls.length).toBeGreaterThan(0);
}, 20_000);
