import { readFileSync } from "node:fs";
import { LabError } from "../errors.ts";
import { run } from "../run.ts";

/** Where this machine's own apt gets Debian from; the lab asks nobody else. */
export interface Mirror {
  readonly uri: string;
  /** `Acquire::…` lines of the machine (proxies, retries, certificate files), in apt.conf syntax. */
  readonly options: readonly string[];
}

export interface AptTarget {
  readonly uri: string;
  readonly release: string;
  readonly component: string;
  readonly origin: string;
}

const FORMAT = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)";

export function parseTargets(text: string): AptTarget[] {
  return text.split("\n").flatMap((row) => {
    const [uri, release, component, origin] = row.split("|");
    if (!uri || release === undefined || component === undefined) return [];
    return [{ uri: uri.replace(/\/$/, ""), release, component, origin: origin ?? "" }];
  });
}

/** The archive that has this machine's own release; with apt lists at hand, the one that calls itself Debian. */
export function chooseMirror(targets: readonly AptTarget[], codename: string): string | undefined {
  const own = targets.filter((t) => t.component === "main" && [codename, "stable"].includes(t.release));
  return (own.find((t) => t.origin === "Debian") ?? own[0])?.uri;
}

const CARRIED_OVER = /^Acquire::((http|https)(::|\s)|Check-|Retries)/;

export async function machineMirror(): Promise<Mirror> {
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "";
  const uri = chooseMirror(
    parseTargets(await run(["apt-get", "indextargets", "--format", FORMAT])),
    codename,
  );
  if (uri === undefined) {
    throw new LabError(
      `apt on this machine has no Debian archive for "${codename}"`,
      "the lab needs Debian 12 or 13 with a configured mirror",
    );
  }
  const options = (await run(["apt-config", "dump"])).split("\n").filter((line) => CARRIED_OVER.test(line));
  return { uri, options };
}

export function sourceLine(mirror: Mirror, suite: string): string {
  return `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror.uri} ${suite} main`;
}
