// Plain JavaScript, so that any Node runs it: sees to the dependencies, then hands over to Bun.
// `node bin/with-tools.mjs SCRIPT [ARGUMENT…]`
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const bun = join(root, "node_modules", ".bin", "bun");
const marker = join(root, "node_modules", ".package-lock.json");

function isCurrent() {
  if (!existsSync(bun) || !existsSync(marker)) return false;
  return statSync(marker).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs;
}

if (!isCurrent()) {
  process.stderr.write("installing the npm dependencies of this checkout ...\n");
  // Not `npm ci`: it refuses where a registry lacks an optional package of another platform.
  const installed = spawnSync("npm", ["install", "--no-save", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (installed.status !== 0) process.exit(installed.status ?? 1);
}
const { status, signal } = spawnSync(bun, process.argv.slice(2), { cwd: root, stdio: "inherit" });
process.exit(signal ? 130 : (status ?? 1));
