import { CheckExit, Exit } from "../../core/exit.ts";
import { describe, SkyhaError } from "../../core/report.ts";
import { verdict } from "../../core/verdict.ts";
import type { Io } from "../cli/io.ts";
import type { Config } from "../config/schema.ts";
import { type GatherOptions, gatherPair, type PairHost } from "../facts/pair/gather.ts";
import { profileOf } from "../facts/pair/profile.ts";
import { type PairMember, reconnected } from "../hosts/pair.ts";
import { createRecent } from "../ledger/recent.ts";
import { wantsColour } from "./layout.ts";
import { renderPlain } from "./plain.ts";
import { showPair } from "./show-pair.ts";
import type { ShowView } from "./view.ts";

export interface ShowOptions extends GatherOptions {
  readonly config: Config;
  /** What `connectPair` gave: a host that could not be reached is part of the answer, not an error. */
  readonly members: readonly PairMember[];
  readonly io: Io;
  readonly json?: boolean;
  /** One line and the exit codes of a monitoring plugin. */
  readonly check?: boolean;
  /** Looks again after so many seconds, until somebody quits. */
  readonly watchSeconds?: number | undefined;
}

/**
 * Looks at the pair and prints what it sees. Changes nothing.
 * @returns with `check` a {@link CheckExit}; else {@link Exit}: done, or unknown when neither host answered.
 */
export async function runShow({
  config,
  members,
  io,
  json,
  check,
  watchSeconds,
  ...options
}: ShowOptions): Promise<number> {
  if (watchSeconds !== undefined) {
    const colour = wantsColour(io.terminal, io.env);
    const look = watcher(config, members, options);
    // What draws on the terminal takes longer to load than a look that needs none of it.
    const { watchPair } = await import("./watch.tsx");
    await watchPair({ look, everyMs: watchSeconds * 1000, io, colour, json: json === true });
    return Exit.done;
  }
  // A monitoring plugin asks often, and has no line for what is over.
  const view = check
    ? showPair(await gatherPair(pairHosts(members), profileOf(config), options))
    : await lookAt(config, members, options);
  if (json) io.out(`${JSON.stringify(view)}\n`);
  else if (check) io.out(`${checkLine(view)}\n`);
  else io.out(renderPlain(view, wantsColour(io.terminal, io.env)));
  if (check) return CheckExit[view.verdict.level];
  return view.hosts.every((host) => host.unreachable !== undefined) ? Exit.unknown : Exit.done;
}

/** A host that was off is tried again at every look. */
function watcher(
  config: Config,
  first: readonly PairMember[],
  options: GatherOptions,
): () => Promise<ShowView> {
  let members = [...first];
  return async () => {
    members = await reconnected(config, members);
    return lookAt(config, members, options);
  };
}

async function lookAt(
  config: Config,
  members: readonly PairMember[],
  options: GatherOptions,
): Promise<ShowView> {
  const recent = createRecent();
  const facts = await gatherPair(pairHosts(members), profileOf(config), {
    ...options,
    beside: recent.beside,
  });
  return showPair(facts, verdict(facts), recent.of(facts));
}

/** A host that could not be connected to becomes one that is unreachable, with the reason in one clause. */
export function pairHosts(members: readonly PairMember[]): PairHost[] {
  return members.map(({ config, host }) => ({
    name: config.name,
    address: config.address,
    host:
      host instanceof SkyhaError
        ? { unreachable: host.reports.map((item) => describe(item).text).join("; ") }
        : host,
  }));
}

/** `SKYHA WARNING - serving: yes, data: one-copy, failures left: 0; db1 is off … | failures_left=0 …` */
export function checkLine({ verdict, findings }: ShowView): string {
  const { serving, dataSafe, failuresLeft } = verdict;
  const left = failuresLeft.count ?? "unknown";
  const worst = findings.find((finding) => finding.level !== "info")?.text ?? "";
  const reason = verdict.level === "ok" ? "" : `; ${worst || serving.why}`;
  const percent = dataSafe.percent === undefined ? "" : ` resync=${dataSafe.percent}%`;
  const numbers = `failures_left=${failuresLeft.count ?? "U"}${percent}`;
  // A bar begins the numbers, so none may stand in the text.
  const text =
    `serving: ${serving.state}, data: ${dataSafe.state}, failures left: ${left}${reason}`.replaceAll(
      "|",
      "/",
    );
  return `SKYHA ${verdict.level.toUpperCase()} - ${text} | ${numbers}`;
}
