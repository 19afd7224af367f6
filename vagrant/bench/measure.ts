import { z } from "zod";
import { quoteArgv } from "../../core/quote.ts";
import { AS_EXECUTOR } from "../kit/agent.ts";
import type { Lab } from "../src/lab.ts";

/** Medians of what one call costs; peak memory is the highest of all. */
const costSchema = z.object({
  wall_ms: z.number(),
  cpu_ms: z.number(),
  peak_mb: z.number(),
  /** Programs that were started, with the agent itself. */
  programs: z.number(),
});
export type Cost = z.infer<typeof costSchema>;

/** The same question to both, on the same running resource. */
export interface Comparison {
  readonly what: string;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

export interface Row {
  readonly what: string;
  readonly ours: Cost;
  readonly theirs: Cost;
}

/** Wall and processor time, peak memory and programs started, of commands that take turns; medians. */
const MEASURE = `
import json, os, subprocess, sys, time
commands, runs = json.load(sys.stdin), int(sys.argv[1])
null = open(os.devnull, "w")
costs = [[] for _ in commands]
for _ in range(runs + 1):
    for argv, cost in zip(commands, costs):
        began = time.monotonic()
        child = subprocess.Popen(argv, stdout=null, stderr=subprocess.PIPE)
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
        if status != 0: sys.exit("%s ended with %d: %s" % (argv, status, said.decode()))
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

/** Every command of every comparison in turn, so that a slow minute of the machine hits all alike. */
export async function measure(
  lab: Lab,
  host: string,
  comparisons: readonly Comparison[],
  runs: number,
): Promise<Row[]> {
  const commands = comparisons.flatMap(({ ours, theirs }) => [ours, theirs]);
  const python = quoteArgv(["python3", "-c", MEASURE, String(runs)]);
  const result = await lab.ssh(host, python, { stdin: JSON.stringify(commands), timeoutMs: 1_800_000 });
  if (result.code !== 0) throw new Error(`${host}: ${result.stderr}`);
  const costs = z.array(costSchema).parse(JSON.parse(result.stdout));
  return comparisons.map(({ what }, index) => {
    const ours = costs[index * 2];
    const theirs = costs[index * 2 + 1];
    if (!ours || !theirs) throw new Error("nothing was measured");
    return { what, ours, theirs };
  });
}

/** An agent of another provider, called as Pacemaker's executor calls it. */
export function theirCall(
  agent: string,
  instance: string,
  parameters: Readonly<Record<string, string>>,
  action = "monitor",
): string[] {
  const given = Object.entries({
    CRM_meta_timeout: "60000",
    CRM_meta_interval: "10000",
    ...parameters,
  });
  return [
    ...AS_EXECUTOR,
    ...["OCF_CHECK_LEVEL=10", `OCF_RESOURCE_INSTANCE=${instance}`],
    ...given.map(([key, value]) => `OCF_RESKEY_${key}=${value}`),
    ...[`/usr/lib/ocf/resource.d/${agent}`, action],
  ];
}

/** The shell that sets the umask, `env`, and the agent itself. */
const FIRST_PROGRAMS = 3;

export function printTable(rows: readonly Row[]): void {
  const line = (cells: readonly string[]) => process.stdout.write(`| ${cells.join(" | ")} |\n`);
  line(["", "wall ms", "ratio", "processor ms", "ratio", "programs", "peak MB"]);
  line(Array.from({ length: 7 }, () => "---"));
  for (const { what, ours, theirs } of rows) {
    const pair = (key: keyof Cost) => `${Math.round(ours[key])} / ${Math.round(theirs[key])}`;
    const ratio = (key: keyof Cost) => (ours[key] / theirs[key]).toFixed(2);
    const programs = `${ours.programs - FIRST_PROGRAMS} / ${theirs.programs - FIRST_PROGRAMS}`;
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
}
