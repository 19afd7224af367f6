import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../errors.ts";
import { bootstrap } from "./bootstrap.ts";
import type { Artefact } from "./cache.ts";

/** 7.2 is in testing only; 6.1 and 6.12 panic on processors with large register state. */
const SUITE = "testing";

/**
 * UML restarts by executing argv[0] again with its descriptors open: the new kernel would find its own
 * taps busy. So argv[0] is this script, which closes them first. 255 is bash reading the script.
 */
const BOOT = `#!/usr/bin/bash
for link in /proc/self/fd/*; do
  fd=\${link##*/}
  if [ "$fd" -gt 2 ] && [ "$fd" -ne 255 ]; then exec {fd}>&-; fi
done
exec -a "$0" /usr/bin/linux.uml "$@"
`;

/** A root of that suite with the UML kernel and just enough to run it: its C library is newer than Debian 12's. */
export const umlRoot: Artefact = {
  name: "uml",
  recipe: { version: 1, SUITE, BOOT },
  build: async (workshop) => {
    const root = join(workshop.directory, "root");
    const packages = ["user-mode-linux", "bash"];
    await bootstrap(workshop, { suite: SUITE, variant: "extract", packages, target: root });
    for (const name of ["proc", "dev", "lab"]) mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, "boot-guest"), BOOT);
    chmodSync(join(root, "boot-guest"), 0o755);
    const kernels = readdirSync(umlModules(workshop.directory));
    if (kernels.length !== 1) throw new LabError(`user-mode-linux came with ${kernels.length} module trees`);
  },
};

/** The directory whose one entry is the kernel version's module tree. */
export function umlModules(artefact: string): string {
  return join(artefact, "root/usr/lib/uml/modules");
}
