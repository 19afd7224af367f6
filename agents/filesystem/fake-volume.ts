import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Bench, createBench, type Ended } from "../testing/bench.ts";

/** Numbers every Linux has: devices that are there, and that no program here could mount. */
export const DEVICE = { path: "/dev/null", number: "1:3" };
export const OTHER = { path: "/dev/zero", number: "1:5" };

const MOUNT = `#!/bin/sh
echo "mount $*" >> "$HOME/calls"
[ -e "$HOME/hang-mount" ] && sleep 61.3
[ -e "$HOME/fail-mount" ] && { echo "mount: $7: wrong fs type, bad option" >&2; exit 32; }
[ -e "$HOME/lie-mount" ] && exit 0
number=${DEVICE.number}; [ "$6" = ${OTHER.path} ] && number=${OTHER.number}
echo "50 1 $number / $7 rw,noatime shared:1 - $2 $6 rw" >> "$HOME/proc/self/mountinfo"
`;
/** Fails while the process whose number is in the file "holder" is there. */
const UMOUNT = `#!/bin/sh
echo "umount $*" >> "$HOME/calls"
[ -e "$HOME/hang-umount" ] && sleep 61.3
busy=; [ -e "$HOME/busy" ] && busy=1
[ -e "$HOME/holder" ] && kill -0 "$(cat "$HOME/holder")" 2>/dev/null && busy=1
[ "$busy" ] && { echo "umount: $2: target is busy." >&2; exit 32; }
table="$HOME/proc/self/mountinfo"
awk -v d="$2" '{ l[NR] = $0; if ($5 == d) k = NR } END { for (i = 1; i <= NR; i++) if (i != k) print l[i] }' "$table" > "$table.new"
mv "$table.new" "$table"
`;
const E2FSCK = `#!/bin/sh
echo "e2fsck $*" >> "$HOME/calls"
echo "unexpected inconsistency; run fsck manually"
exit "$(cat "$HOME/e2fsck-code" 2>/dev/null || echo 0)"
`;

/** A host with a mount table of its own, and mount, umount and e2fsck that act upon that table only. */
export interface VolumeBench {
  readonly bench: Bench;
  readonly directory: string;
  act(action: string, parameters?: Record<string, string>, env?: Record<string, string>): Promise<Ended>;
  /** Replaces the mount table but for its root. Lines as in mountinfo, see {@link mountLine}. */
  table(...lines: readonly string[]): void;
  points(): readonly string[];
  calls(): readonly string[];
  /** Makes a file that the fakes look at: hang-mount, fail-mount, lie-mount, hang-umount, busy, e2fsck-code. */
  set(file: string, content?: string): void;
  unset(file: string): void;
  program(name: string, script: string): void;
  /** Starts a process and shows it in the bench's process table as it is in the real one. */
  hold(argv: readonly [string, ...string[]], options?: { cwd?: string }): ChildProcess;
  /** Shows a process made of files; `links` by name, such as cwd or ns/mnt. */
  show(pid: number, files: Record<string, string>, links?: Record<string, string>): void;
  clean(): void;
}

export function mountLine(
  point: string,
  {
    device = DEVICE,
    options = "rw,noatime",
    superOptions = "rw",
  }: { device?: typeof DEVICE; options?: string; superOptions?: string } = {},
): string {
  return `50 1 ${device.number} / ${point} ${options} shared:1 master:2 - xfs ${device.path} ${superOptions}`;
}

export function createVolumeBench(): VolumeBench {
  const bench = createBench("fs", { agent: "filesystem" });
  const home = bench.directory;
  const directory = join(home, "mnt");
  const mountinfo = join(home, "proc/self/mountinfo");
  const children: ChildProcess[] = [];
  mkdirSync(directory);
  mkdirSync(join(home, "proc/self/ns"));
  symlinkSync(readlinkSync("/proc/self/ns/mnt"), join(home, "proc/self/ns/mnt"));
  const program = (name: string, script: string) => {
    writeFileSync(join(bench.binDir, name), script);
    chmodSync(join(bench.binDir, name), 0o755);
  };
  const table = (...lines: readonly string[]) =>
    writeFileSync(mountinfo, `${["1 0 8:1 / / rw - ext4 /dev/sda1 rw", ...lines].join("\n")}\n`);
  table();
  program("mount", MOUNT);
  program("umount", UMOUNT);
  program("e2fsck", E2FSCK);
  return {
    bench,
    directory,
    act: (action, parameters = {}, env = {}) =>
      bench.act(action, { device: DEVICE.path, directory, fstype: "xfs", ...parameters }, env),
    table,
    points: () =>
      readFileSync(mountinfo, "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.split(" ")[4] ?? ""),
    calls: () =>
      existsSync(join(home, "calls")) ? readFileSync(join(home, "calls"), "utf8").trim().split("\n") : [],
    set: (file, content = "") => writeFileSync(join(home, file), content),
    unset: (file) => rmSync(join(home, file)),
    program,
    hold: ([command, ...args], options = {}) => {
      const child = spawn(command, args, { stdio: "ignore", ...options });
      children.push(child);
      symlinkSync(`/proc/${child.pid}`, join(bench.procDir, String(child.pid)));
      return child;
    },
    show: (pid, files, links = {}) => {
      const place = join(bench.procDir, String(pid));
      mkdirSync(join(place, "ns"), { recursive: true });
      for (const [name, content] of Object.entries(files)) writeFileSync(join(place, name), content);
      for (const [name, target] of Object.entries(links)) symlinkSync(target, join(place, name));
    },
    clean: () => {
      for (const child of children) child.kill("SIGKILL");
      bench.clean();
    },
  };
}
