import { isolated, runRecorded } from "../daemon.ts";
import type { Workshop } from "./cache.ts";
import { machineMirror, sourceLine } from "./mirror.ts";

export interface Bootstrap {
  readonly suite: string;
  readonly variant: "extract" | "apt" | "custom";
  readonly packages: readonly string[];
  /** Directory that becomes the root; made by mmdebstrap. */
  readonly target: string;
  readonly hooks?: readonly string[];
}

/** Documentation nobody reads in a test host. */
export const UNREAD = ["doc", "man", "info", "locale", "lintian", "bug"].map(
  (name) => `path-exclude=/usr/share/${name}/*`,
);

/**
 * A root directory of Debian packages, from this machine's mirror. Check-Valid-Until is off because a
 * mirror may stand still, and the release file of testing is then soon past its date.
 */
export async function bootstrap(workshop: Workshop, wanted: Bootstrap): Promise<void> {
  const mirror = await machineMirror();
  const aptOptions = [
    ...mirror.options,
    'Acquire::Check-Valid-Until "false"',
    'Acquire::Languages "none"',
    'APT::Install-Recommends "false"',
  ];
  const argv = [
    "mmdebstrap",
    "--mode=root",
    "--format=directory",
    `--variant=${wanted.variant}`,
    `--include=${wanted.packages.join(",")}`,
    ...aptOptions.map((option) => `--aptopt=${option}`),
    ...[...UNREAD, "force-unsafe-io"].map((option) => `--dpkgopt=${option}`),
    ...(wanted.hooks ?? []),
    wanted.suite,
    wanted.target,
    sourceLine(mirror, wanted.suite),
  ];
  await runRecorded(workshop.ledger, `build ${wanted.target}`, isolated(argv), workshop.logFile);
}
