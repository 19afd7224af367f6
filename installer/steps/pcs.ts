import { randomBytes } from "node:crypto";
import type { Change } from "../../core/change.ts";
import { run } from "../../core/host.ts";
import type { Config } from "../config/schema.ts";
import { PATHS } from "../names.ts";
import type { InstallFacts, Step } from "../plan/plan.ts";
import { onAllHosts } from "./tools.ts";

/** For people who use pcs as well. Nothing of ours depends on it: it takes 41 packages and a web service on port 2224. */
export const authorizePcs: Step = {
  id: "pcs",
  title: "pcs",
  after: ["cluster"],
  plan: planPcs,
};

function planPcs(config: Config, facts: InstallFacts): Change[] {
  if (!config.pcs) return [];
  const knows = (text: string | undefined) => config.hosts.every((host) => text?.includes(`"${host.name}"`));
  if (facts.hosts.every((host) => knows(host.files.get(PATHS.pcsKnownHosts)))) return [];
  return [
    {
      id: "pcs/cluster/auth",
      step: "pcs",
      host: "cluster",
      title: "let pcs on each host know the other",
      risk: "safe",
      preview: [
        "systemctl enable --now pcsd.service   on both hosts",
        `pcs host auth ${config.hosts.map((host) => host.name).join(" ")}   password: generated, not kept`,
      ],
      async apply(context) {
        await onAllHosts(context, ["systemctl", "enable", "--now", "pcsd.service"]);
        const password = randomBytes(24).toString("base64url");
        await Promise.all(
          context.hosts.map((host) => run(host, ["chpasswd"], { stdin: `hacluster:${password}\n` })),
        );
        const nodes = config.hosts.flatMap((host) => [host.name, `addr=${host.address}`]);
        const [first] = context.hosts;
        if (first === undefined) throw new Error("no host");
        // pcs asks for the password; without a terminal it reads it from standard input.
        await run(first, ["pcs", "host", "auth", "-u", "hacluster", ...nodes], {
          stdin: `${password}\n`,
          timeoutMs: 120_000,
        });
      },
      async verify(context) {
        for (const host of context.hosts) {
          if (!knows(await host.read(PATHS.pcsKnownHosts)))
            return `pcs on ${host.name} does not know both hosts`;
        }
        return undefined;
      },
    },
  ];
}
