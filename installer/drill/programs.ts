import type { Argv } from "../../core/host.ts";
import { PATHS } from "../names.ts";

/** The file that fills the volume. */
export const FILLER = `${PATHS.mount}/.skyha-drill-filler`;

const PID = `--format '{{.State.Pid}}'`;

/**
 * What runs on the hosts. systemd runs some of these too and would expand a dollar before a brace or another
 * dollar, and words that begin with one, so there are none.
 */
export const PROGRAMS = {
  /** SIGNAL ENGINE CONTAINER. Never the numbers 0 and 1, which are this program's group and the host's init. */
  signalService: `pid=$("$2" container inspect ${PID} "$3") && [ "$pid" -gt 1 ] && kill -s "$1" "$pid"`,
  /** UNIT */
  killUnit: `pid=$(systemctl show --property MainPID --value "$1") && [ "$pid" -gt 1 ] && kill -s KILL "$pid"`,
  /** ADDRESS PROTOCOL: the route of that protocol and no other; the second line proves that it is gone. */
  removeRoute:
    `ip route del unreachable "$1" proto "$2" 2>/dev/null; ` +
    `left=$(ip route show exact "$1/32" type unreachable proto "$2") && [ -z "$left" ]`,
  /** RESOURCE: only one that was disconnected; anything else connects by itself, or is not up. */
  connectDrbd: `state=$(drbdadm cstate "$1") || exit 1; case "$state" in StandAlone*) exec drbdadm connect "$1";; esac`,
  /** MOUNT SENTINEL FILE: leaves 4 MiB, or what the file system needs for itself. Only the volume itself, never the directory below it. */
  fill:
    `mountpoint -q "$1" && [ -e "$2" ] && [ ! -e "$3" ] || ` +
    `{ echo "the volume is not mounted there, or $3 exists already" >&2; exit 1; }; ` +
    `free=$(df -B1 --output=avail "$1" | tail -n 1) || exit 1; ` +
    `for left in 4 16 48; do fallocate -l $((free - left * 1048576)) "$3" && exit; done; rm -f "$3"; exit 1`,
  /** COMMAND…: what boot of which host, then what the command says. */
  withBoot: `cat /proc/sys/kernel/random/boot_id && "$@"`,
} as const;

export const script = (program: string, ...words: readonly string[]): Argv => [
  "sh",
  "-c",
  program,
  "skyha-drill",
  ...words,
];

/** Programs whose output is another one after the thing has died and come back. */
export const servicePid = (engine: string, container: string): Argv =>
  script(PROGRAMS.withBoot, engine, "container", "inspect", "--format", "{{.State.Pid}}", container);
export const daemonPid = (unit: string): Argv =>
  script(PROGRAMS.withBoot, "systemctl", "show", "--property", "MainPID", "--value", unit);
export const hostBoot = (): Argv => ["cat", "/proc/sys/kernel/random/boot_id"];
