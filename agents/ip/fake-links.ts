import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { realSystem } from "../ocf/system.ts";
import { type Bench, createBench, type Ended } from "../testing/bench.ts";

/** Of a network kept for documentation (RFC 5737): this machine never has it. */
export const IP = "198.51.100.50";

/** Keeps the added addresses as lines "IP/PREFIX NIC" in a file; prints empty objects as some versions do. */
const IP_TOOL = `#!/bin/sh
echo "$*" >> "$HOME/calls"
[ -e "$HOME/hang" ] && sleep 61.9
[ -e "$HOME/fail" ] && { echo "Cannot open netlink socket" >&2; exit 1; }
added() {
  while read -r address nic; do
    [ "$nic" = "$1" ] && printf ',{"family":"inet","local":"%s","prefixlen":%s}' "\${address%/*}" "\${address#*/}"
  done < "$HOME/added"
}
up='"BROADCAST","UP","LOWER_UP"'
eth0="$up"; [ -e "$HOME/down" ] && eth0='"BROADCAST"'
state=UP; [ -e "$HOME/unplugged" ] && state=DOWN
case "$1 $2 $3" in
"-j addr show")
  [ -e "$HOME/output" ] && { cat "$HOME/output"; exit 0; }
  printf '[{},{"ifname":"lo","flags":["LOOPBACK","UP"],"operstate":"UNKNOWN","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8}%s]}' "$(added lo)"
  printf ',{"ifname":"eth0","flags":[%s],"operstate":"%s","addr_info":[{},{"family":"inet","local":"198.51.100.11","prefixlen":24}%s]}' "$eth0" "$state" "$(added eth0)"
  printf ',{"ifname":"eth1","flags":[%s],"operstate":"UP","addr_info":[{"family":"inet6","local":"fe80::1","prefixlen":64}%s]}]' "$up" "$(added eth1)" ;;
"addr add "*)
  [ -e "$HOME/refuse" ] && { echo "RTNETLINK answers: Operation not permitted" >&2; exit 2; }
  echo "$3 $5" >> "$HOME/added"
  [ -e "$HOME/exists" ] && { echo "RTNETLINK answers: File exists" >&2; exit 2; }
  exit 0 ;;
"addr del "*)
  [ -e "$HOME/refuse" ] && { echo "RTNETLINK answers: Operation not permitted" >&2; exit 2; }
  grep -vxF "$3 $5" "$HOME/added" > "$HOME/added.new"; mv "$HOME/added.new" "$HOME/added" ;;
*) exit 255 ;;
esac
`;
const ARPING = `#!/bin/sh
[ "$1" = -V ] && { cat "$HOME/arping-version" 2>/dev/null || echo "arping from iputils 20221126"; exit 0; }
echo "$*" >> "$HOME/arpings"
[ "$1" = -D ] && [ -e "$HOME/taken" ] && exit 1
exit 0
`;

/** A host whose ip and arping act upon files only. */
export interface LinkBench {
  readonly bench: Bench;
  act(action: string, parameters?: Record<string, string>, env?: Record<string, string>): Promise<Ended>;
  /** What an agent gets that is called directly. */
  system(stderr?: (text: string) => void): ReturnType<typeof realSystem>;
  program(name: string, script: string): void;
  /** Makes a file that the fakes look at: added, down, unplugged, refuse, exists, output, fail, hang, taken … */
  set(file: string, content?: string): void;
  unset(file: string): void;
  /** Lines of a file: added, calls, arpings. */
  read(file: string): readonly string[];
}

export function createLinkBench(): LinkBench {
  const bench = createBench("vip", { agent: "ip" });
  const program = (name: string, script: string) => {
    writeFileSync(join(bench.binDir, name), script);
    chmodSync(join(bench.binDir, name), 0o755);
  };
  const set = (file: string, content = "") => writeFileSync(join(bench.directory, file), content);
  program("ip", IP_TOOL);
  program("arping", ARPING);
  set("added");
  return {
    bench,
    act: (action, parameters = {}, env = {}) => bench.act(action, { ip: IP, ...parameters }, env),
    system: (stderr = () => {}) => ({
      ...realSystem({}),
      env: { PATH: `${bench.binDir}:/usr/bin:/bin`, HOME: bench.directory },
      procDir: bench.procDir,
      stderr,
    }),
    program,
    set,
    unset: (file) => rmSync(join(bench.directory, file)),
    read: (file) => {
      const path = join(bench.directory, file);
      return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").filter(Boolean) : [];
    },
  };
}
