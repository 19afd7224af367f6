import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "../../core/host.ts";
import { runProcess } from "../../core/process.ts";
import { PATHS } from "../names.ts";

/** Directories that stand for /var/lib/skyha of the hosts of a test. */
export function ledgerDirectory(): string {
  return mkdtempSync(join(tmpdir(), "skyha-ledger-"));
}

/** A fake host with a real lock and a real journal: what it is told to do with those, a real shell does. */
export function keepsLedger(host: Host, directory: string): Host {
  return {
    ...host,
    async read(path) {
      if (!path.startsWith(PATHS.state)) return host.read(path);
      const own = path.replace(PATHS.state, join(directory, host.name));
      return existsSync(own) ? readFileSync(own, "utf8") : undefined;
    },
    async exec(argv, options = {}) {
      // Nothing else: other words of such a command may name real files of the machine the tests run on.
      if (!argv.some((word) => word === PATHS.lock || word === PATHS.journal))
        return host.exec(argv, options);
      const own = join(directory, host.name);
      const [program, ...words] = argv.map((word) => word.replace(PATHS.state, own));
      return runProcess([program ?? "", ...words], options);
    },
  };
}
