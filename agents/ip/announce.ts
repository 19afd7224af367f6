import { readdirSync, readFileSync } from "node:fs";
import { Ocf } from "../ocf/codes.ts";
import type { Context } from "../ocf/context.ts";
import { OcfError } from "../ocf/outcome.ts";
import type { IpHost } from "./host.ts";
import type { Place } from "./links.ts";
import type { IpTable } from "./parameters.ts";

/** Tells the neighbours, in the background: waiting for arping would cost a second of every failover. */
export async function announce(context: Context<IpTable>, host: IpHost, { nic }: Place): Promise<void> {
  const { ip, arp_count: count } = context.parameters;
  if (count === 0) return;
  const argv = ["arping", "-q", "-U", "-c", String(count), "-I", nic, ip] as const;
  const problem = await host.launch(argv, context.system.env);
  if (problem === undefined) return;
  context.log.warn(`${ip} is not announced, clients may need minutes to find it: arping: ${problem}`);
}

/**
 * Ends announcements that are still under way. After the address has gone they would lead clients away from the
 * host that has it now.
 */
export function endAnnouncements({ parameters, system, log }: Context<IpTable>): void {
  for (const pid of readdirSync(system.procDir).filter((name) => /^\d+$/.test(name))) {
    const argv = commandLine(`${system.procDir}/${pid}/cmdline`);
    if (!/(^|\/)arping$/.test(argv[0] ?? "") || !argv.includes("-U") || argv.at(-1) !== parameters.ip)
      continue;
    try {
      process.kill(Number(pid), "SIGKILL");
      log.info(`ended the announcements of ${parameters.ip} (process ${pid})`);
    } catch {
      // It has ended meanwhile.
    }
  }
}

function commandLine(path: string): readonly string[] {
  try {
    return readFileSync(path, "utf8").replace(/\0$/, "").split("\0");
  } catch {
    return [];
  }
}

/**
 * Asks the network whether another host has the address.
 * @throws OcfError when one answers
 */
export async function refuseDuplicate(context: Context<IpTable>, { nic }: Place): Promise<void> {
  const { ip } = context.parameters;
  try {
    // The other arping (Habets') answers the opposite way, so it has to be told apart first.
    const version = await context.run(["arping", "-V"]);
    if (!`${version.stdout}${version.stderr}`.includes("iputils")) {
      context.log.warn(`cannot tell whether another host has ${ip}: arping is not that of iputils`);
      return;
    }
    const { code, stderr } = await context.run(["arping", "-D", "-q", "-c", "1", "-w", "1", "-I", nic, ip]);
    if (code === 1) {
      throw new OcfError(
        Ocf.generic,
        `another host answers for ${ip} on ${nic}: adding it here would split its clients`,
      );
    }
    if (code !== 0) context.log.warn(`cannot tell whether another host has ${ip}: arping: ${stderr.trim()}`);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    context.log.warn(`cannot tell whether another host has ${ip}: arping is not installed`);
  }
}
