import { chmodSync, copyFileSync, mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { type Host, HostError } from "../../core/host.ts";
import { runProcess } from "../../core/process.ts";
import { readFile, writeFile } from "./files.ts";

/** The machine skyha runs on, as a Host; used when it is one of the pair. Needs root. */
export function createLocalHost(name: string): Host {
  const host: Host = {
    name,
    address: "local",
    async exec(argv, options) {
      try {
        return await runProcess(argv, options);
      } catch (error) {
        // Over SSH the remote shell answers 127 for a program that is not there; callers see the same here.
        if (error instanceof Error && "code" in error && error.code === "ENOENT") {
          return { code: 127, stdout: "", stderr: `${argv[0]}: not found`, timedOut: false };
        }
        throw new HostError(name, `cannot run ${argv[0]}`, { cause: error });
      }
    },
    read: (path) => readFile(host, path),
    write: (path, content, options) => writeFile(host, path, content, options),
    async upload(localPath, remotePath, options = {}) {
      mkdirSync(dirname(remotePath), { recursive: true, mode: 0o755 });
      const temporary = `${remotePath}.skyha-new.${process.pid}`;
      copyFileSync(localPath, temporary);
      chmodSync(temporary, options.mode ?? 0o644);
      renameSync(temporary, remotePath);
    },
    async close() {},
  };
  return host;
}
