import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

/** A program of podman's name that keeps its containers in files: one per container, "STATUS CODE LABELS". */
const SCRIPT = `#!/bin/sh
d="$HOME/podman"
echo "$*" >> "$d/calls"
[ -e "$d/hang" ] && sleep 61.7
[ -e "$d/fail" ] && { echo "Error: made to fail" >&2; exit 125; }
for last; do :; done
case "$1 $2" in
"container inspect")
  [ -e "$d/c/$last" ] || { echo "Error: no such object" >&2; exit 125; }
  read -r status code labels < "$d/c/$last"
  printf '[{"Id":"%064d","State":{"Status":"%s","Pid":%s,"ExitCode":%s},"Config":{"Labels":{%s}}}]' 7 "$status" "$(cat "$d/pid" 2>/dev/null || echo 0)" "$code" "$labels" ;;
"container exists") [ -e "$d/c/$last" ] || exit 1 ;;
"image exists") [ -e "$d/i/$last" ] || exit 1 ;;
"image inspect") printf '[{"Config":{"Env":[%s]}}]' "$(cat "$d/env" 2>/dev/null)" ;;
"load --quiet") touch "$d/i/late" ;;
"run --detach")
  labels= name= image=
  while [ $# -gt 0 ]; do
    case "$1" in
    --label) labels="$labels\${labels:+,}\\"\${2%%=*}\\":\\"\${2#*=}\\""; shift ;;
    --name=*) name="\${1#*=}" ;;
    run|-*) ;;
    *) image="$1"; break ;;
    esac
    shift
  done
  [ -e "$d/c/$name" ] && { echo "Error: the container name \\"$name\\" is already in use" >&2; exit 125; }
  [ -e "$d/i/$image" ] || { echo "Error: $image: image not known" >&2; exit 125; }
  echo "running 0 $labels" > "$d/c/$name"
  [ -e "$d/shows" ] || exit 0
  pid=$(cat "$d/pid") id=$(printf %064d 7) p="$HOME/proc"
  mkdir -p "$p/$pid" "$p/9" "$HOME/cgroup/libpod-$id.scope"
  echo "$pid (server) S 9 $(printf '0 %.0s' 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19) 99 0" > "$p/$pid/stat"
  echo "9 (conmon) S 1 $(printf '0 %.0s' 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19) 98 0" > "$p/9/stat"
  printf 'server' > "$p/$pid/cmdline"
  printf '/usr/bin/conmon\\0-c\\0%s\\0-n\\0%s\\0' "$id" "$name" > "$p/9/cmdline"
  echo "0::/libpod-$id.scope" > "$p/$pid/cgroup"
  printf 'populated 1\\nfrozen 0\\n' > "$HOME/cgroup/libpod-$id.scope/cgroup.events"
  echo "$id" ;;
"exec "*) echo "said"; exit "$(cat "$d/exec" 2>/dev/null || echo 0)" ;;
"rm "*)
  case "$last" in 0000*) rm -rf "$d/c" "$HOME/proc/9" "$HOME/proc/$(cat "$d/pid" 2>/dev/null || echo 9)"; mkdir "$d/c" ;; *) rm -f "$d/c/$last" ;; esac ;;
"unpause "*) ;;
*) echo "Error: unknown $*" >&2; exit 125 ;;
esac
`;

export interface FakePodman {
  /** Makes every call hang, or fail with podman's own code 125; undefined: none of both. */
  trouble(kind: "hang" | "fail"): void;
  /** Writes a container: "paused", "exited" … */
  put(name: string, status: string, owner?: string): void;
  has(name: string): boolean;
  /** Code of the next commands in a container. */
  execCode(code: number): void;
  calls(): readonly string[];
  /** Environment of every image, `KEY=VALUE`. */
  imageEnv(variables: readonly string[]): void;
  /** Process number of every container. */
  pid(pid: number): void;
  /** From now on a new container is told by its id, and the kernel shows its processes (conmon is 9). */
  showProcesses(pid: number): void;
}

export function installFakePodman(bench: Bench): FakePodman {
  const directory = join(bench.directory, "podman");
  mkdirSync(join(directory, "c"), { recursive: true });
  mkdirSync(join(directory, "i"));
  writeFileSync(join(directory, "i", "img"), "");
  writeFileSync(join(directory, "calls"), "");
  writeFileSync(join(bench.binDir, "podman"), SCRIPT);
  chmodSync(join(bench.binDir, "podman"), 0o755);
  return {
    trouble: (kind) => writeFileSync(join(directory, kind), ""),
    put: (name, status, owner = name) =>
      writeFileSync(join(directory, "c", name), `${status} 0 "skyha.resource":"${owner}"\n`),
    has: (name) => existsSync(join(directory, "c", name)),
    execCode: (code) => writeFileSync(join(directory, "exec"), `${code}\n`),
    imageEnv: (variables) =>
      writeFileSync(join(directory, "env"), variables.map((line) => JSON.stringify(line)).join(",")),
    pid: (pid) => writeFileSync(join(directory, "pid"), `${pid}\n`),
    showProcesses(pid) {
      writeFileSync(join(directory, "pid"), `${pid}\n`);
      writeFileSync(join(directory, "shows"), "");
    },
    calls: () => readFileSync(join(directory, "calls"), "utf8").trim().split("\n"),
  };
}
