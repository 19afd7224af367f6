import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realSystem } from "../ocf/system.ts";
import { type FenceCode, runFence } from "./agent.ts";

/**
 * ipmitool with the power in a file. `say` overrides the answer of status, `deaf` lists commands that are accepted and
 * not done, `broken` ones that fail, `slow` ones that hang; `late` is the number of questions after a change that still
 * get the old answer; `noexec` ("yes"): scripts cannot be read.
 */
const IPMITOOL = `#!/bin/sh
cd "\${0%/*}/.." || exit 9
printf '%s\\n' "$*" >> argv
previous=
for word; do
  if [ "$previous" = -f ]; then cat "$word" > seen-password; stat -c %a "$word" > seen-mode; fi
  previous=$word
done
listed() { [ -e "$1" ] && grep -qx "\${verb:-yes}" "$1"; }
power() {
  verb=$1
  echo "$verb" >> verbs
  if listed slow; then sleep 30; fi
  if listed broken; then echo "Error: Unable to establish IPMI v2 / RMCP+ session" >&2; return 1; fi
  if [ "$verb" = status ]; then
    if [ -e say ]; then cat say; return 0; fi
    if [ -s late ]; then left=$(cat late); if [ "$left" -gt 0 ]; then echo $((left - 1)) > late; echo "Chassis Power is $(cat before)"; return 0; fi; fi
    echo "Chassis Power is $(cat power)"
    return 0
  fi
  if [ "$verb" = "$(cat power)" ]; then echo "Set Chassis Power Control to $verb failed: Command not supported in present state" >&2; return 1; fi
  listed deaf || { cp power before; echo "$verb" > power; }
  echo "Chassis Power Control: $verb"
}
script=
for word; do if [ "$previous" = exec ]; then script=$word; fi; previous=$word; done
if [ -z "$script" ]; then power "$word"; exit; fi
if listed noexec; then echo "Unable to open file $script" >&2; exit 1; fi
# Opened by its name, as the real one does.
while read -r chassis powers verb; do power "$verb"; code=$?; done < "$script"
exit "$code"
`;

export const PASSWORD = "s3cret-of-the-bmc";

export interface FenceBench extends Disposable {
  /** Files by which the fake ipmitool is told what to do. */
  set(file: "power" | "say" | "deaf" | "broken" | "slow" | "late" | "noexec", text: string): void;
  run(
    lines: string | readonly string[],
    options?: { args?: readonly string[]; path?: string; directories?: readonly string[] },
  ): Promise<{ code: FenceCode; stdout: string; stderr: string; seconds: number }>;
  power(): string;
  /** Arguments of every call of ipmitool. */
  calls(): readonly string[];
  /** What it was told, in order: on, off, status. */
  verbs(): readonly string[];
  seen(what: "password" | "mode"): string;
  /** Temporary files that are left. */
  leftovers(): readonly string[];
  /** An executable ipmitool is in here. */
  readonly binDir: string;
  readonly passwordFile: string;
}

export function createFenceBench(): FenceBench {
  const home = mkdtempSync(join(tmpdir(), "skyha-fence-"));
  const binDir = join(home, "bin");
  const run = join(home, "run");
  const passwordFile = join(home, "password");
  for (const directory of [binDir, run]) mkdirSync(directory);
  writeFileSync(join(binDir, "ipmitool"), IPMITOOL);
  chmodSync(join(binDir, "ipmitool"), 0o755);
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  const read = (name: string) => (existsSync(join(home, name)) ? readFileSync(join(home, name), "utf8") : "");
  const calls = () => read("argv").split("\n").filter(Boolean);
  const bench: FenceBench = {
    binDir,
    passwordFile,
    set: (file, text) => writeFileSync(join(home, file), text && `${text}\n`),
    power: () => read("power").trim(),
    calls,
    verbs: () => read("verbs").split("\n").filter(Boolean),
    seen: (what) => read(`seen-${what}`).trim(),
    leftovers: () => readdirSync(run),
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
    async run(lines, { args = [], path = `${binDir}:/usr/bin:/bin`, directories = [run] } = {}) {
      let stdout = "";
      let stderr = "";
      let slept = 0;
      const real = realSystem({});
      // Pauses pass at once, so that a test of 20 s takes none; the calls themselves take their real time.
      const system = {
        ...real,
        env: { PATH: path, HOME: home },
        now: () => performance.now() + slept,
        sleep: async (ms: number) => {
          slept += ms;
        },
        stdout: (text: string) => {
          stdout += text;
        },
        stderr: (text: string) => {
          stderr += text;
        },
      };
      const input = typeof lines === "string" ? lines : `${lines.join("\n")}\n`;
      const began = system.now();
      const code = await runFence(args, async () => input, system, { directories });
      return { code, stdout, stderr, seconds: (system.now() - began) / 1000 };
    },
  };
  bench.set("power", "on");
  return bench;
}

/** Lines on standard input as the cluster gives them. */
export function device(bench: FenceBench, action: string, ...more: string[]): string[] {
  const own = ["ip=10.0.0.9", "username=admin", `password_file=${bench.passwordFile}`];
  return [...own, `action=${action}`, "nodename=db1", ...more];
}
