/** The only file that knows the compiler: `bun bin/build.ts [x64|arm64 …]` writes dist/skyha-linux-ARCH and dist/skyha. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, renameSync } from "node:fs";
import { arch } from "node:os";

const native = arch() === "arm64" ? "arm64" : "x64";
const targets = process.argv.slice(2);

mkdirSync("dist", { recursive: true });
for (const target of targets.length > 0 ? targets : [native]) build(target);
if (targets.length === 0 || targets.includes(native)) install(`dist/skyha-linux-${native}`, "dist/skyha");

/** By a rename, because a program that runs cannot be written to. */
function install(from: string, to: string): void {
  copyFileSync(from, `${to}.new`);
  renameSync(`${to}.new`, to);
}

function build(target: string): void {
  const args = [
    "build",
    "--compile",
    "--minify",
    // Bytecode is made by the running compiler for its own architecture.
    ...(target === native ? ["--bytecode"] : []),
    "--format=esm",
    "--splitting",
    `--target=bun-linux-${target}`,
    "--external=cpu-features",
    // A tool that runs as root must not read .env or bunfig.toml from the directory it is started in.
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    '--define=process.env.NODE_ENV="production"',
    '--define=process.env.DEV="false"',
    `--outfile=dist/skyha-linux-${target}.new`,
    "bin/skyha.ts",
  ];
  const done = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (done.status !== 0) process.exit(1);
  renameSync(`dist/skyha-linux-${target}.new`, `dist/skyha-linux-${target}`);
}
