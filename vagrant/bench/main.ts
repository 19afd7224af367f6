import { buildExecutable } from "../kit/build.ts";
import { benches, prepare } from "../scenarios/agents/bench.ts";
import { downWhenEnded, labDown } from "../src/lab.ts";
import { labUp } from "../src/up.ts";
import { container, drbd, installPeers, metaData, mysql, postgres, redis } from "./agents.ts";
import { measure, printTable, type Row } from "./measure.ts";
import { soak } from "./soak.ts";

/**
 * `npm run bench`: what one call of our agents and of resource-agents' and drbd-utils' costs, in turn, on the same
 * running resource of the same lab host. The last line is JSON.
 */
const PREFIX = "bench";
const args = process.argv.slice(2);
const number = (option: string, otherwise: number) =>
  args.includes(option) ? Number(args[args.indexOf(option) + 1]) : otherwise;
const runs = number("--runs", 15);
const monitors = number("--soak", 0);
if (args.includes("--help") || !(runs >= 3) || !(monitors >= 0)) {
  process.stdout.write(`npm run bench [-- --runs N] [--soak N]

Cost of a monitor of each agent beside that of its peer in resource-agents or drbd-utils.
  --runs N   calls of each, of which the median is told (15)
  --soak N   N monitors of one container first, and what they leave behind (0)
`);
  process.exit(args.includes("--help") ? 0 : 2);
}

downWhenEnded(PREFIX);
await buildExecutable();
try {
  const lab = await labUp({ prefix: PREFIX, release: "12" });
  await prepare("beanstalkd", "postgres", "redis", "mariadb").run({ lab, engine: "docker" });
  const [docker, podman] = benches(lab);
  await Promise.all([docker, podman].map(installPeers));
  const rows: Row[] = [];
  const onDocker = [
    metaData(docker),
    ...(await container(docker)),
    ...(await postgres(docker)),
    ...(await redis(docker)),
    ...(await mysql(docker)),
  ];
  const soaked = monitors > 0 ? await soak(docker, monitors) : undefined;
  rows.push(...(await measure(lab, docker.host, onDocker, runs)));
  rows.push(...(await measure(lab, podman.host, [...(await container(podman)), ...(await drbd(lab))], runs)));
  printTable(rows);
  process.stdout.write(`${JSON.stringify({ runs, rows, ...(soaked ? { soaked } : {}) })}\n`);
} finally {
  await labDown(PREFIX);
}
