import type { Lab } from "../src/lab.ts";
import { pairOptions, skyha } from "./product.ts";

/** What scenarios ask of a running pair, by looking at the hosts, not by asking skyha. */

export async function postgresPassword(lab: Lab): Promise<string> {
  return (await on(lab, "db1", "cat /etc/skyha/secrets/postgres.password")).trim();
}

/** The host on which the group runs. */
export async function activeHost(lab: Lab): Promise<"db1" | "db2"> {
  const unsaid: string[] = [];
  for (const host of ["db1", "db2"] as const) {
    const mounted = await lab.ssh(host, "findmnt -n /drbd", { timeoutMs: 30_000 });
    if (mounted.code === 0 && mounted.stdout.includes("/dev/drbd1")) return host;
    // 1: nothing is mounted there. A host that gives no answer may be the one.
    if (mounted.code !== 1) unsaid.push(`${host}: ${mounted.stderr.trim() || `code ${mounted.code}`}`);
  }
  throw new Error(`neither host says that it has /drbd mounted ${unsaid.join("; ")}`);
}

/** `show --check` says OK, and the cluster is at rest: `switch --dry-run` would go (exit code 10). */
export async function waitUntilHealthy(lab: Lab, host: "db1" | "db2", timeoutMs = 300_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const shown = await skyha(["show", "--check", ...pairOptions(lab, host)]);
    const dry =
      shown.code === 0 ? await skyha(["switch", "--dry-run", ...pairOptions(lab, host)]) : undefined;
    if (dry?.code === 10) return;
    if (Date.now() > deadline) {
      throw new Error(
        `not healthy within ${timeoutMs / 1000} s: ${shown.stdout}${shown.stderr}${dry?.stdout ?? ""}`,
      );
    }
    // Each look makes both hosts work, while one of them is coming back.
    await new Promise((resolve) => setTimeout(resolve, 4000));
  }
}

/** Runs a command that has to succeed on a host. */
export async function on(lab: Lab, host: string, command: string, timeoutMs = 60_000): Promise<string> {
  const result = await lab.ssh(host, command, { timeoutMs });
  if (result.code !== 0)
    throw new Error(`${host}: ${command}: ${result.stderr.trim() || `code ${result.code}`}`);
  return result.stdout;
}
