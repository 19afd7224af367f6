import { basename } from "node:path";
import type { Change } from "../../core/change.ts";
import { type Host, run } from "../../core/host.ts";
import type { Config } from "../config/schema.ts";
import type { HostFacts } from "../facts/host.ts";
import { type ImageArchive, imageKey } from "../facts/local.ts";
import type { Step } from "../plan/plan.ts";
import { servicesOf } from "../services/list.ts";

/** The engine runs, and both hosts have every image before anything needs one: a failover must not pull. */
export const loadImages: Step = {
  id: "images",
  title: "Container images",
  after: ["packages"],
  plan: (config, facts) =>
    facts.hosts.flatMap((host) => [
      ...planEngine(config, host),
      ...wantedImages(config)
        .filter((image) => !host.images.has(imageKey(image)))
        .map((image) => planImage(config, host, image, archiveOf(facts.local.archives, image))),
    ]),
};

export function wantedImages(config: Config): string[] {
  return [...new Set(servicesOf(config).map(({ image }) => image))];
}

function archiveOf(archives: readonly ImageArchive[], image: string): ImageArchive | undefined {
  return archives.find((archive) => archive.tags.some((tag) => imageKey(tag) === imageKey(image)));
}

/** Docker is a daemon that has to run before Pacemaker; podman is a program. */
function planEngine(config: Config, facts: HostFacts): Change[] {
  if (config.engine !== "docker") return [];
  const unit = facts.units.get("docker.service");
  if (unit?.file === "enabled" && unit.active === "active") return [];
  return [
    {
      id: `images/${facts.name}/engine`,
      step: "images",
      host: facts.name,
      title: "start docker, now and at boot",
      risk: "safe",
      preview: ["systemctl enable --now docker.service"],
      async apply(context) {
        await run(context.host(facts.name), ["systemctl", "enable", "--now", "docker.service"], {
          timeoutMs: 120_000,
        });
      },
      async verify(context) {
        const version = await context
          .host(facts.name)
          .exec(["docker", "version", "--format", "{{.Server.Version}}"]);
        return version.code === 0 ? undefined : `docker does not answer: ${version.stderr.trim()}`;
      },
    },
  ];
}

function planImage(
  config: Config,
  facts: HostFacts,
  image: string,
  archive: ImageArchive | undefined,
): Change {
  const source = archive === undefined ? "pull" : `load from ${basename(archive.path)}`;
  return {
    id: `images/${facts.name}/${image}`,
    step: "images",
    host: facts.name,
    title: `${source}: ${image}`,
    risk: "safe",
    preview: [
      archive === undefined ? `${config.engine} pull ${image}` : `${config.engine} load < ${archive.path}`,
    ],
    async apply(context) {
      const host = context.host(facts.name);
      if (archive === undefined) {
        await run(host, [config.engine, "pull", image], { timeoutMs: 15 * 60_000 });
        return;
      }
      await load(host, config.engine, archive, context.progress);
    },
    async verify(context) {
      const found = await context.host(facts.name).exec([config.engine, "image", "inspect", image]);
      return found.code === 0 ? undefined : `${config.engine} has no image ${image}`;
    },
  };
}

async function load(
  host: Host,
  engine: string,
  archive: ImageArchive,
  progress: (text: string) => void,
): Promise<void> {
  const remote = `/var/tmp/skyha-${basename(archive.path)}`;
  try {
    await host.upload(archive.path, remote, {
      mode: 0o600,
      onProgress: (sent, total) => progress(`${Math.round((sent / total) * 100)} % sent`),
    });
    progress("loading");
    await run(host, [engine, "load", "-q", "-i", remote], { timeoutMs: 10 * 60_000 });
  } finally {
    await host.exec(["rm", "-f", remote]);
  }
}
