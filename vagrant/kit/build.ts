import { spawnSync } from "node:child_process";

/** Compiles dist/skyha from the sources as they are; takes about two seconds. */
export async function buildExecutable(): Promise<void> {
  const built = spawnSync(process.execPath, ["bin/build.ts"], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`);
}
