import { spawnSync } from "node:child_process";
import { messageOf } from "../core/message.ts";
import { buildExecutable } from "./kit/build.ts";
import type { Story } from "./kit/story.ts";
import { longStories, stories } from "./scenarios/list.ts";
import { downWhenEnded, type Lab, labDown } from "./src/lab.ts";
import { labUp } from "./src/up.ts";

/**
 * `npm test`: unit tests, then the stories on lab hosts. Prints every result; the last line is
 * "N passed, N failed". `npm test -- --story NAME` runs one story, `--unit` only the unit tests,
 * `npm run test:long` the long stories too.
 */
const PREFIX = "suite";
const args = process.argv.slice(2);
const only = args.includes("--story") ? args[args.indexOf("--story") + 1] : undefined;
const counts = { passed: 0, failed: 0 };

downWhenEnded(PREFIX);

if (only === undefined) countUnitTests();
if (!args.includes("--unit")) {
  await buildExecutable();
  const wanted = only !== undefined || args.includes("--long") ? [...stories, ...longStories] : stories;
  for (const story of wanted) if (only === undefined || story.name === only) await tell(story);
}
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);

function countUnitTests(): void {
  const folders = ["core", "agents", "installer", "bin", "vagrant"].map((name) => `./${name}`);
  const ran = spawnSync(process.execPath, ["test", "--timeout", "60000", ...folders], { encoding: "utf8" });
  const output = `${ran.stdout}${ran.stderr}`;
  const passed = Number(/^\s*(\d+) pass$/m.exec(output)?.[1] ?? 0);
  const failed = Number(/^\s*(\d+) fail$/m.exec(output)?.[1] ?? 0);
  counts.passed += passed;
  // A runner that died counts nothing itself.
  counts.failed += failed === 0 && ran.status !== 0 ? 1 : failed;
  if (ran.status !== 0) process.stdout.write(output);
  process.stdout.write(`unit tests: ${passed} passed, ${failed} failed\n`);
}

async function tell({ name, release, engine, arbiter, independent, scenarios }: Story): Promise<void> {
  process.stdout.write(`${name} (Debian ${release}, ${engine})\n`);
  let broken: string | undefined;
  try {
    const lab = await labUp({ prefix: PREFIX, release, arbiter: arbiter === true });
    for (const scenario of scenarios) {
      const started = Date.now();
      if (broken !== undefined) {
        settle(scenario.name, started, `not run: "${broken}" failed before`);
        continue;
      }
      try {
        await scenario.run({ lab, engine });
        settle(scenario.name, started);
      } catch (error) {
        // What the first one prepares all others need.
        if (!independent || scenario === scenarios[0]) broken = scenario.name;
        settle(
          scenario.name,
          started,
          error instanceof Error ? (error.stack ?? error.message) : String(error),
        );
        process.stdout.write(await lastWords(lab));
      }
    }
  } catch (error) {
    settle(`${name}: lab`, Date.now(), messageOf(error));
  } finally {
    await labDown(PREFIX);
  }
}

/** The end of each host's journal: what failed once may not fail again when somebody looks. */
async function lastWords(lab: Lab): Promise<string> {
  const noise =
    "pam_|sshd|systemd-logind|session-|user@|user-|systemd\\[[0-9]+\\]: (Reached|Stopped target|Listening)";
  const command = `journalctl --no-pager -b -n 2000 -o short-iso | grep -vE '${noise}' | tail -50 | cut -c1-220`;
  const texts = lab.hosts.map(async ({ name }) => {
    const said = await lab.ssh(name, command, { timeoutMs: 20_000 });
    return `${name}:\n${said.stdout}${said.stderr}`.replace(/^/gm, "       | ");
  });
  return `${(await Promise.all(texts)).join("\n")}\n`;
}

function settle(name: string, started: number, problem?: string): void {
  const seconds = Math.round((Date.now() - started) / 1000);
  if (problem === undefined) counts.passed++;
  else counts.failed++;
  process.stdout.write(`  ${problem === undefined ? "ok  " : "FAIL"} ${name} (${seconds} s)\n`);
  if (problem !== undefined) process.stdout.write(`${problem.replace(/^/gm, "       ")}\n`);
}
