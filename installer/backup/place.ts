import { Exit } from "../../core/exit.ts";
import { type Host, run } from "../../core/host.ts";
import { messageOf } from "../../core/message.ts";
import { describe, report, SkyhaError } from "../../core/report.ts";
import { configurationOf } from "../cib/edit.ts";
import type { Config } from "../config/schema.ts";
import { type PairMember, reachableHosts } from "../hosts/pair.ts";
import { DRBD, PATHS } from "../names.ts";
import { type Source, sourcesOf } from "./source.ts";

/** The host that has the replicated volume mounted, or why nobody knows one. */
export type Place = { readonly host: Host } | { readonly why: string; readonly isKnown: boolean };

/** Asks both hosts for the mount itself: what a backup copies is what is mounted there. */
export async function placeOf(members: readonly PairMember[]): Promise<Place> {
  const answers = await Promise.all(members.map(mountOf));
  const mounted = answers.filter(({ state }) => state === "mounted");
  const [only] = mounted;
  if (mounted.length === 1 && only?.host !== undefined) return { host: only.host };
  if (mounted.length > 1) return { why: `${PATHS.mount} is mounted on both hosts`, isKnown: true };
  const unknown = answers.filter(({ state }) => state === "unknown");
  if (unknown.length > 0) return { why: unknown.map(({ why }) => why).join("; "), isKnown: false };
  return { why: `${PATHS.mount} is mounted on neither host`, isKnown: true };
}

interface MountAnswer {
  readonly state: "mounted" | "absent" | "unknown";
  readonly host?: Host;
  readonly why?: string;
}

async function mountOf({ config, host }: PairMember): Promise<MountAnswer> {
  if (host instanceof SkyhaError)
    return {
      state: "unknown",
      why: `${config.name}: ${host.reports.map((each) => describe(each).text).join("; ")}`,
    };
  return isMounted(host).then(
    (mounted) => ({ state: mounted ? "mounted" : "absent", host }),
    (error: unknown) => ({ state: "unknown", why: messageOf(error) }),
  );
}

/** @throws Error when the host does not say */
export async function isMounted(host: Host): Promise<boolean> {
  const asked = await host.exec(["findmnt", "-n", "-o", "SOURCE", "--mountpoint", PATHS.mount], {
    timeoutMs: 20_000,
  });
  if (asked.code === 0) return asked.stdout.trim() === DRBD.device;
  // 1 and nothing said: nothing is mounted there. Anything else is no answer.
  if (asked.code === 1 && asked.stderr.trim() === "") return false;
  throw new Error(`${host.name}: findmnt: ${asked.stderr.trim() || `code ${asked.code}`}`);
}

/**
 * What there is to back up, by the first host whose cluster answers.
 * @throws SkyhaError exit 3 when none does, exit 2 when there is no such service
 */
export async function findSources(
  config: Config,
  members: readonly PairMember[],
  service?: string,
): Promise<Source[]> {
  const sources = await askSources(config, members);
  if (service === undefined) return sources;
  const found = sources.filter((source) => source.service === service);
  if (found.length > 0) return found;
  const services = sources.map((source) => source.service);
  throw new SkyhaError([report("backup.no-service", { name: service, services })], Exit.usage);
}

async function askSources(config: Config, members: readonly PairMember[]): Promise<Source[]> {
  const reasons: string[] = [];
  for (const host of reachableHosts(members)) {
    try {
      const cib = await run(host, ["cibadmin", "--query"], { timeoutMs: 20_000 });
      return sourcesOf(config, configurationOf(cib));
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  const why = reasons.join("; ") || "no host can be reached";
  throw new SkyhaError([report("backup.no-cluster", { why })], Exit.unknown);
}
