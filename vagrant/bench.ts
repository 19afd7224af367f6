import { z } from "zod";
import { quoteArgv } from "../core/quote.ts";
import { buildExecutable } from "./kit/build.ts";
import { IMAGE } from "./kit/product.ts";
import { BEANSTALKD, BEANSTALKD_QUESTION, type Bench, benches, prepare } from "./scenarios/agents/bench.ts";
import { downWhenEnded, type Lab, labDown } from "./src/lab.ts";
import { labUp } from "./src/up.ts";

/**
 * `npm run bench`: what one monitor costs, ours and resource-agents' in turn, on the same running container of the
 * same lab host. Theirs looks at the container's state; ours does that, and asks the server as well. The last line is
 * JSON. `--runs N` (15).
 */
const PREFIX = "bench";
const args = process.argv.slice(2);
const runs = args.includes("--runs") ? Number(args[args.indexOf("--runs") + 1]) : 15;
if (args.includes("--help") || !(runs >= 3)) {
  process.stdout.write("npm run bench [-- --runs N]   cost of a monitor beside that of resource-agents'\n");
  process.exit(args.includes("--help") ? 0 : 2);
}

downWhenEnded(PREFIX);

const costSchema = z.object({
  wall_ms: z.number(),
  cpu_ms: z.number(),
  peak_mb: z.number(),
  programs: z.number(),
});
type Cost = z.infer<typeof costSchema>;

/** Wall and processor time, peak memory and programs started, of commands that take turns; medians. */
const MEASURE = `
import json, os, subprocess, sys, time
commands, runs = json.load(sys.stdin), int(sys.argv[1])
null = open(os.devnull, "w")
costs = [[] for _ in commands]
for _ in range(runs + 1):
    for argv, cost in zip(commands, costs):
        began = time.monotonic()
        child = subprocess.Popen(argv, stdout=null, stderr=null)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
        if status != 0: sys.exit("%s ended with %d" % (argv, status))
        cost.append((wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1024))
median = lambda values: sorted(values)[len(values) // 2]
results = []
for argv, cost in zip(commands, costs):
    subprocess.run(["strace", "-f", "-qq", "-e", "trace=execve", "-o", "/tmp/execs"] + argv, stdout=null, stderr=null)
    started = sum(1 for line in open("/tmp/execs") if "execve(" in line and line.rstrip().endswith("= 0"))
    wall, cpu, peak = zip(*cost[1:])  # the first one fills caches
    results.append(dict(wall_ms=median(wall), cpu_ms=median(cpu), peak_mb=max(peak), programs=started))
print(json.dumps(results))
`;

await buildExecutable();
try {
  const lab = await labUp({ prefix: PREFIX, release: "12" });
  await prepare("beanstalkd").run({ lab, engine: "docker" });
  const rows: { what: string; ours: Cost; theirs: Cost }[] = [];
  for (const bench of benches(lab)) rows.push(...(await compare(lab, bench)));
  report(rows);
} finally {
  await labDown(PREFIX);
}

async function compare(lab: Lab, bench: Bench) {
  const { engine, host, run } = bench;
  await run(
    "DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends resource-agents strace",
    300_000,
  );
  const answer = { ...BEANSTALKD, ...BEANSTALKD_QUESTION };
  const started = await bench.make("container", "bs", answer).act("start", { timeout: 120 });
  if (started.code !== 0) throw new Error(`${engine}: ${started.reason}`);
  const commands = [
    ...[BEANSTALKD, answer].map((parameters) => bench.make("container", "bs", parameters).argv("monitor")),
    theirMonitor(engine),
  ];
  const python = quoteArgv(["python3", "-c", MEASURE, String(runs)]);
  const result = await lab.ssh(host, python, { stdin: JSON.stringify(commands), timeoutMs: 600_000 });
  if (result.code !== 0) throw new Error(`${engine}: ${result.stderr}`);
  const [first, second, theirs] = z.array(costSchema).parse(JSON.parse(result.stdout));
  if (!first || !second || !theirs) throw new Error("nothing was measured");
  return [
    { what: `${engine}, the container's state`, ours: first, theirs },
    { what: `${engine}, and the server's answer`, ours: second, theirs },
  ];
}

function theirMonitor(engine: string): string[] {
  return [
    ...[
      "env",
      "-i",
      "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
      "OCF_ROOT=/usr/lib/ocf",
      "OCF_RESOURCE_INSTANCE=bs",
    ],
    ...["OCF_RESKEY_CRM_meta_timeout=60000", "OCF_RESKEY_CRM_meta_interval=10000"],
    ...["OCF_RESKEY_name=bs", `OCF_RESKEY_image=${IMAGE.beanstalkd}`, "OCF_RESKEY_reuse=true"],
    ...[`/usr/lib/ocf/resource.d/heartbeat/${engine}`, "monitor"],
  ];
}

function report(rows: readonly { what: string; ours: Cost; theirs: Cost }[]): void {
  const line = (cells: readonly string[]) => process.stdout.write(`| ${cells.join(" | ")} |\n`);
  line(["monitor of", "wall ms", "ratio", "processor ms", "ratio", "programs", "peak MB"]);
  line(Array.from({ length: 7 }, () => "---"));
  for (const { what, ours, theirs } of rows) {
    const pair = (key: keyof Cost) => `${Math.round(ours[key])} / ${Math.round(theirs[key])}`;
    const ratio = (key: keyof Cost) => (ours[key] / theirs[key]).toFixed(2);
    // `env` itself is the first program, the agent the second.
    const programs = `${ours.programs - 2} / ${theirs.programs - 2}`;
    line([
      what,
      pair("wall_ms"),
      ratio("wall_ms"),
      pair("cpu_ms"),
      ratio("cpu_ms"),
      programs,
      pair("peak_mb"),
    ]);
  }
  process.stdout.write(`${JSON.stringify({ runs, rows })}\n`);
}
