import { Exit } from "../../core/exit.ts";
import type { Host } from "../../core/host.ts";
import { report, SkyhaError } from "../../core/report.ts";
import type { Config } from "../config/schema.ts";
import type { OsRelease } from "../facts/parse.ts";
import { apt } from "./apt.ts";
import { dnf } from "./dnf.ts";

/** How a family of distributions installs software, and what it calls it. */
export interface PackageManager {
  readonly name: string;
  /** Whether its packages bring the kernel module of DRBD. */
  readonly bringsDrbd: boolean;
  wanted(config: Config, host: { readonly os: OsRelease; readonly appArmor: boolean }): readonly string[];
  installed(host: Host): Promise<ReadonlyMap<string, string>>;
  install(host: Host, packages: readonly string[], progress: (text: string) => void): Promise<void>;
}

/** @throws SkyhaError for a distribution skyha was never tried on */
export function packageManagerFor(os: OsRelease): PackageManager {
  const families = [os.id, ...os.idLike];
  if (families.includes("debian")) return apt;
  if (families.some((family) => ["rhel", "centos", "fedora"].includes(family))) return dnf;
  throw new SkyhaError([report("host.unsupported-os", { os: os.prettyName })], Exit.usage);
}
