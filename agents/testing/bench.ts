import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realSystem, type System } from "../ocf/system.ts";
import { runAgent } from "../registry.ts";

export interface Ended {
  readonly code: number;
  /** undefined: none was given. */
  readonly reason: string | undefined;
  readonly reasons: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** A host of its own for an agent under test: directories, an empty process table, a PATH without engines. */
export interface Bench {
  readonly directory: string;
  readonly procDir: string;
  readonly binDir: string;
  readonly stateFile: string;
  /** Lines of /proc/self/mountinfo. */
  mounts(paths: readonly string[]): void;
  /** Free bytes of every file system; undefined: the truth. */
  room: number | undefined;
  /** What the kernel says of a file system's space; undefined: the truth. */
  space: System["space"] | undefined;
  /** Calls an action as Pacemaker does. Parameters by name; other variables by their own. */
  act(action: string, parameters?: Record<string, string>, env?: Record<string, string>): Promise<Ended>;
  clean(): void;
}

export interface BenchOptions {
  /** Agent under test, by its name in the registry. */
  readonly agent?: string;
  readonly procDir?: string;
}

export function createBench(resource = "pg", options: BenchOptions = {}): Bench {
  const agent = options.agent ?? "container";
  const directory = mkdtempSync(join(tmpdir(), "skyha-agent-"));
  const procDir = options.procDir ?? join(directory, "proc");
  const binDir = join(directory, "bin");
  const stateDir = join(directory, "run");
  mkdirSync(join(directory, "proc", "self"), { recursive: true });
  mkdirSync(binDir);
  const mountinfo = join(directory, "proc", "self", "mountinfo");
  writeFileSync(mountinfo, "");
  const bench: Bench = {
    directory,
    procDir,
    binDir,
    stateFile: join(stateDir, `${agent}-${resource}.json`),
    mounts(paths) {
      const lines = paths.map(
        (path) => `36 35 98:0 / ${path.replaceAll(" ", "\\040")} rw shared:1 - xfs /dev/drbd1 rw`,
      );
      writeFileSync(mountinfo, `${lines.join("\n")}\n`);
    },
    room: undefined,
    space: undefined,
    async act(action, parameters = {}, extra = {}) {
      const { room, space } = bench;
      const env: Record<string, string> = {
        OCF_ROOT: "/usr/lib/ocf",
        OCF_RESOURCE_INSTANCE: resource,
        OCF_RA_VERSION_MAJOR: "1",
        OCF_RESKEY_CRM_meta_timeout: "10000",
        ...(action === "monitor" ? { OCF_RESKEY_CRM_meta_interval: "10000" } : {}),
        ...extra,
      };
      for (const [name, value] of Object.entries(parameters)) env[`OCF_RESKEY_${name}`] = value;
      let stdout = "";
      let stderr = "";
      const real = realSystem(env);
      const began = performance.now();
      const code = await runAgent(agent, [action], env, {
        ...real,
        env: { PATH: `${binDir}:/usr/bin:/bin`, HOME: directory },
        ...(room === undefined ? {} : { freeBytes: async () => room }),
        ...(space === undefined ? {} : { space }),
        procDir,
        cgroupDir: join(directory, "cgroup"),
        libDir: join(directory, "lib"),
        etcDir: join(directory, "etc"),
        stateDir,
        stdout: (text) => {
          stdout += text;
        },
        stderr: (text) => {
          stderr += text;
        },
      });
      const ms = performance.now() - began;
      const reasons = stderr
        .split("\n")
        .filter((line) => line.startsWith("ocf-exit-reason:"))
        .map((line) => line.slice("ocf-exit-reason:".length));
      return { code, reason: reasons.at(-1), reasons, stdout, stderr, ms };
    },
    clean: () => rmSync(directory, { recursive: true, force: true }),
  };
  return bench;
}
