import { writeSync } from "node:fs";
import { statfs } from "node:fs/promises";
import type { Argv, ExecResult } from "../../core/host.ts";
import type { ProcessOptions } from "../../core/process.ts";

/** Everything an agent touches outside its own memory; tests give their own. */
export interface System {
  /** Milliseconds of a clock that never jumps. */
  now(): number;
  sleep(ms: number): Promise<void>;
  stdout(text: string): void;
  stderr(text: string): void;
  run(argv: Argv, options?: ProcessOptions): Promise<ExecResult>;
  /** What users other than root may still write to the file system of a directory. */
  freeBytes(directory: string): Promise<number>;
  /** What is in use on the file system of a directory, and what users other than root may still write. */
  space(directory: string): Promise<{ readonly usedBytes: number; readonly freeBytes: number }>;
  readonly env: NodeJS.ProcessEnv;
  /** Where the kernel shows its processes: `/proc`. */
  readonly procDir: string;
  /** Where the kernel shows its control groups: `/sys/fs/cgroup`. */
  readonly cgroupDir: string;
  /** Where the engines keep their files: `/var/lib`. */
  readonly libDir: string;
  /** Where services are configured: `/etc`. */
  readonly etcDir: string;
  /** Files that live until the next boot: `/run/skyha`. */
  readonly stateDir: string;
}

/** Pacemaker's executor gives agents no HOME and tools may give a short PATH; podman needs both. */
const FALLBACK_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function realSystem(env: NodeJS.ProcessEnv): System {
  return {
    now: () => performance.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    stdout: (text) => writeAll(1, text),
    stderr: (text) => writeAll(2, text),
    run: async (argv, options) => {
      // Most monitors start no program at all: they need not load what starts them.
      const { runProcess } = await import("../../core/process.ts");
      return runProcess(argv, options);
    },
    freeBytes: async (directory) => {
      const { bavail, bsize } = await statfs(directory);
      return bavail * bsize;
    },
    space: async (directory) => {
      const { blocks, bfree, bavail, bsize } = await statfs(directory);
      return { usedBytes: (blocks - bfree) * bsize, freeBytes: bavail * bsize };
    },
    env: { ...env, PATH: completePath(env["PATH"]), HOME: env["HOME"] || "/root" },
    procDir: "/proc",
    cgroupDir: "/sys/fs/cgroup",
    libDir: "/var/lib",
    etcDir: "/etc",
    stateDir: "/run/skyha",
  };
}

function completePath(path: string | undefined): string {
  const given = path ? path.split(":") : [];
  return [...new Set([...given, ...FALLBACK_PATH.split(":")])].join(":");
}

/** Synchronous, because the process ends right after the last line. */
function writeAll(fd: number, text: string): void {
  let rest = Buffer.from(text);
  for (let attempt = 0; rest.length > 0 && attempt < 1000; attempt += 1) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      // A full pipe that somebody reads drains; a closed one never will.
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) return;
    }
  }
}
