import type { Argv, ExecResult, Host } from "../../core/host.ts";
import { captured } from "../../fixtures/captured/read.ts";
import { checkConfig } from "../config/check.ts";

/** The pair of the captured states. */
const checked = checkConfig({
  hosts: ["db1", "db2"].map((name, index) => ({
    name,
    address: `10.99.0.1${index + 1}`,
    fence: { address: `10.99.1.1${index + 1}`, username: "admin", password_file: "bmc" },
  })),
  vip: { address: "10.99.0.100" },
  data_dir: "/data",
});
if (!("config" in checked)) throw new Error(JSON.stringify(checked.issues));
export const { config } = checked;

/** Two hosts in a captured state that becomes another one once something was done. */
export function world(before: string, afterwards: string, primary = "db1") {
  const ran: string[] = [];
  const written: string[] = [];
  let state = before;
  const answer = (stdout: string, code = 0): ExecResult => ({ code, stdout, stderr: "", timedOut: false });
  const exec =
    (name: string) =>
    async (argv: Argv): Promise<ExecResult> => {
      switch (argv[0]) {
        case "crm_mon":
          return answer(captured(`pacemaker-2.1.5/${state}/crm_mon.xml`));
        case "mktemp":
          return answer("/run/skyha-cib.test\n");
        case "crm_diff":
          return answer("patch", 1);
        case "cibadmin":
          if (argv[1] === "--patch") {
            const [, after = ""] = written.slice(-2);
            ran.push(
              `${name} ${argv.join(" ")} ${/<cluster_property_set id="skyha-.*?<\/cluster_property_set>/s.exec(after)?.[0] ?? ""}`,
            );
            state = afterwards;
            return answer("");
          }
          return answer(captured(`pacemaker-2.1.5/${state}/cib.xml`));
        case "crm_resource":
        case "crm_attribute":
          ran.push(`${name} ${argv.join(" ")}`);
          state = afterwards;
          return answer("");
        case "systemctl":
          return answer("active\nactive\nactive\n");
        case "date":
          return answer(`${Date.now() / 1000}\n`);
        default:
          return answer("not in this test", 1);
      }
    };
  const host = (name: string): Host => ({
    name,
    address: "",
    exec: exec(name),
    read: async (path) =>
      path === "/proc/drbd"
        ? captured(`drbd-8.4.11/healthy-${name === primary ? "primary" : "secondary"}.proc`)
        : undefined,
    write: async (path, text) => {
      if (!path.startsWith("/run/skyha-cib.test/")) throw new Error("nothing here writes a file");
      written.push(text);
    },
    upload: () => Promise.reject(new Error("nothing here is uploaded")),
    close: async () => {},
  });
  return { ran, hosts: [host("db1"), host("db2")] as const };
}
