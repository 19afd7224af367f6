import { LabError } from "../errors.ts";
import { isOn, setPower } from "../power.ts";
import { requireRecord } from "../record.ts";

/**
 * What a BMC does to its host. ipmi_sim calls `chassis.ts PREFIX HOST get|set|check PROPERTY [VALUE]…`
 * and reads `property:value` lines (OpenIPMI, ipmi_lan(5), chassis_control).
 */
async function chassis(prefix: string, host: string, verb: string, rest: readonly string[]): Promise<void> {
  if (verb === "check") return;
  const step = verb === "get" ? 1 : 2;
  for (let at = 0; at < rest.length; at += step) {
    const property = rest[at] ?? "";
    if (verb === "get")
      process.stdout.write(`${property}:${property === "power" && isOn(prefix, host) ? 1 : 0}\n`);
    else await change(prefix, host, property, rest[at + 1] ?? "");
  }
}

async function change(prefix: string, host: string, property: string, value: string): Promise<void> {
  const record = requireRecord(prefix);
  if (property === "power") await setPower(record, host, value === "1" ? "on" : "off", "bmc");
  else if (property === "reset") await setPower(record, host, "cycle", "bmc");
  else if (property !== "boot" && property !== "identify") throw new LabError(`cannot set ${property}`);
}

if (import.meta.main) {
  const [prefix, host, verb, ...rest] = process.argv.slice(2);
  if (prefix === undefined || host === undefined || verb === undefined) process.exit(2);
  await chassis(prefix, host, verb, rest);
}
