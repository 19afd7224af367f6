import { quoteArgv } from "../../core/quote.ts";
import { BEANSTALKD, BEANSTALKD_QUESTION, type Bench } from "../scenarios/agents/bench.ts";

/** What is there of each kind, before and after. */
export interface Soaked {
  readonly monitors: number;
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
}

/** Many monitors of one container: what they leave behind in processes, files, open files of the engine. */
export async function soak(bench: Bench, monitors: number): Promise<Soaked> {
  const monitor = quoteArgv(
    bench.make("container", "bs", { ...BEANSTALKD, ...BEANSTALKD_QUESTION }).argv("monitor"),
  );
  await bench.run(monitor);
  const before = await count(bench);
  await bench.run(`for i in $(seq ${monitors}); do ${monitor} || exit 1; done`, monitors * 5000);
  return { monitors, before, after: await count(bench) };
}

async function count({ run }: Bench): Promise<Record<string, number>> {
  const counted = async (command: string) => Number((await run(command)).trim());
  return {
    // Those of the kernel come and go.
    processes: await counted("ls -l /proc/[0-9]*/exe 2>/dev/null | grep -c ' -> '"),
    files: await counted("find /run /tmp /var/tmp -xdev -type f | wc -l"),
    engineFiles: await counted("ls /proc/$(pidof dockerd)/fd | wc -l"),
    containers: await counted("docker ps -aq | wc -l"),
  };
}
