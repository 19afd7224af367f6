import type { Argv, ExecResult, Host } from "../../core/host.ts";
import { captured } from "../../fixtures/captured/read.ts";
import { checkConfig } from "../config/check.ts";
import { PROGRAMS } from "./programs.ts";

/** A pair for the tests of this folder: the captured one, of which single things can be broken. */

const checked = checkConfig({
  hosts: ["db1", "db2"].map((name, index) => ({
    name,
    address: `10.99.0.1${index + 1}`,
    links: [`10.99.2.1${index + 1}`],
    fence: { address: `10.99.1.1${index + 1}`, username: "admin", password_file: "bmc" },
  })),
  vip: { address: "10.99.0.100" },
  data_dir: "/data",
  services: { postgres: { image: "pg" }, redis: { image: "redis" } },
});
if (!("config" in checked)) throw new Error(JSON.stringify(checked.issues));
export const { config } = checked;

const linkText = (id: number, isUp: boolean): string =>
  `LINK ID ${id} udp\n\taddr\t= 10.0.${id}.1\n\tstatus:\n\t\tnodeid:          1:\tlocalhost\n\t\tnodeid:          2:\t${isUp ? "connected" : "disconnected"}\n`;

export interface FakePair {
  readonly hosts: readonly [Host, Host];
  /** Everything that is no question, in order: `db1 ip route add …`; programs by their names. */
  readonly did: string[];
  /** By host. */
  readonly written: Map<string, string>;
}

export interface Breakage {
  /** Captured state of the cluster after the injection, until `crm_resource --cleanup`. */
  readonly afterwards?: string;
  /** What is killed does not come back. */
  readonly staysDead?: boolean;
  /** Programs that end with code 1, by what `did` says of them. */
  readonly fails?: RegExp;
  /** Cutting a link is not seen by Corosync. */
  readonly unseen?: boolean;
  readonly state?: string;
  readonly local?: "db1" | "db2";
}

export function fakePair(breakage: Breakage = {}): FakePair {
  const did: string[] = [];
  const written = new Map<string, string>();
  let pid = 4711;
  let cut = false;
  let state = breakage.state ?? "healthy";
  const answer = (stdout = "", code = 0): ExecResult => ({
    code,
    stdout,
    stderr: code === 0 ? "" : "refused",
    timedOut: false,
  });
  const programName = (text: string | undefined) =>
    Object.entries(PROGRAMS).find(([, program]) => program === text)?.[0];

  function act(line: string): ExecResult {
    did.push(line);
    if (breakage.fails?.test(line)) return answer("", 1);
    if (/signalService (KILL|STOP)/.test(line)) {
      state = breakage.afterwards ?? state;
      if (!breakage.staysDead) pid += 1;
    }
    if (line.includes("ip route add")) cut = breakage.unseen !== true;
    if (line.includes("removeRoute")) cut = false;
    if (line.includes("crm_resource --cleanup")) state = "healthy";
    return answer();
  }

  const exec =
    (name: string) =>
    async (argv: Argv): Promise<ExecResult> => {
      const program = programName(argv[2]);
      switch (argv[0]) {
        case "crm_mon":
          return answer(captured(`pacemaker-2.1.5/${state}/crm_mon.xml`));
        case "cibadmin":
          return answer(captured(`pacemaker-2.1.5/${state}/cib.xml`));
        case "corosync-cfgtool":
          return answer(`Local node ID 1, transport knet\n${linkText(0, true)}${linkText(1, !cut)}`);
        case "date":
          return answer(`${Date.now() / 1000}\n`);
        case "systemctl":
          return argv[1] === "is-active"
            ? answer("active\nactive\nactive\n")
            : act(`${name} ${argv.join(" ")}`);
        case "sh":
          if (program === "withBoot") return answer(`boot-of-${name}\n${pid}\n`);
          return program === undefined
            ? answer("not in this test", 1)
            : act(`${name} ${program} ${argv.slice(4).join(" ")}`);
        case "ip":
          return argv[1] === "-j" ? answer("[]") : act(`${name} ${argv.join(" ")}`);
        case "systemd-run":
          return act(
            `${name} systemd-run ${argv[3]} ${argv[4]} ${programName(argv[9]) ?? ""} ${argv.slice(11).join(" ")}`,
          );
        case "stonith_admin":
        case "crm_resource":
        case "drbdadm":
        case "rm":
          return act(`${name} ${argv.join(" ")}`);
        default:
          return answer("not in this test", 1);
      }
    };
  const host = (name: "db1" | "db2"): Host => ({
    name,
    address: breakage.local === name ? "local" : "",
    exec: exec(name),
    read: async (path) =>
      path === "/proc/drbd"
        ? captured(`drbd-8.4.11/healthy-${name === "db1" ? "primary" : "secondary"}.proc`)
        : undefined,
    async write(path, text) {
      written.set(`${name} ${path}`, text);
    },
    upload: () => Promise.reject(new Error("a drill uploads nothing")),
    close: async () => {},
  });
  return { hosts: [host("db1"), host("db2")], did, written };
}
