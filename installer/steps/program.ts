import { basename } from "node:path";
import type { Change } from "../../core/change.ts";
import { run } from "../../core/host.ts";
import type { HostFacts } from "../facts/host.ts";
import type { LocalFacts } from "../facts/local.ts";
import { remoteSha256 } from "../hosts/files.ts";
import { PATHS } from "../names.ts";
import type { Step } from "../plan/plan.ts";

/** Agents the cluster gets under the provider name `skyha`. */
const AGENTS = ["container", "drbd", "filesystem", "ip", "mysql", "nfs", "postgres", "redis"] as const;
/** Where Pacemaker looks for fence agents. */
const FENCE_AGENT = `${PATHS.fenceDirectory}/fence_skyha_ipmi`;
/** Every name the executable is called by, and what proves that it works under it. */
const LINKS = [
  ...AGENTS.map((name) => ({ path: `${PATHS.agentDirectory}/${name}`, title: `ocf:skyha:${name}` })),
  { path: FENCE_AGENT, title: basename(FENCE_AGENT) },
];

/** Copies the executable to both hosts and gives it its OCF names. */
export const uploadProgram: Step = {
  id: "program",
  title: "skyha and its agents",
  after: ["remember"],
  plan: (_config, facts) =>
    facts.hosts.flatMap((host) => [...planUpload(host, facts.local), ...planLinks(host)]),
};

function planUpload(facts: HostFacts, { program }: LocalFacts): Change[] {
  if (facts.programSha256 === program.sha256) return [];
  return [
    {
      id: `program/${facts.name}/upload`,
      step: "program",
      host: facts.name,
      title: `copy skyha to ${PATHS.program}`,
      risk: "safe",
      preview: [`upload ${PATHS.program} (sha256 ${program.sha256.slice(0, 12)}…)`],
      apply: (context) =>
        context.host(facts.name).upload(program.path, PATHS.program, {
          mode: 0o755,
          onProgress: (sent, total) => context.progress(`${mebibytes(sent)} of ${mebibytes(total)} MiB`),
        }),
      async verify(context) {
        const sha = await remoteSha256(context.host(facts.name), PATHS.program);
        return sha === program.sha256 ? undefined : `${PATHS.program} is not the program that was sent`;
      },
    },
  ];
}

function planLinks(facts: HostFacts): Change[] {
  const missing = LINKS.filter(({ path }) => facts.links.get(path) !== PATHS.program);
  if (missing.length === 0) return [];
  const links = missing.map(({ path }) => path);
  return [
    {
      id: `program/${facts.name}/agents`,
      step: "program",
      host: facts.name,
      title: `link ${missing.map(({ title }) => title).join(", ")}`,
      risk: "safe",
      preview: links.map((link) => `${link} -> ${PATHS.program}`),
      async apply(context) {
        const host = context.host(facts.name);
        await run(host, ["mkdir", "-p", PATHS.agentDirectory]);
        for (const link of links) await run(host, ["ln", "-sfn", PATHS.program, link]);
      },
      async verify(context) {
        for (const link of links) {
          const words = link === FENCE_AGENT ? ["-o", "metadata"] : ["meta-data"];
          const tried = await context.host(facts.name).exec([link, ...words]);
          if (tried.code !== 0 || !tried.stdout.includes("<resource-agent"))
            return `${link} meta-data does not work`;
        }
        return undefined;
      },
    },
  ];
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
