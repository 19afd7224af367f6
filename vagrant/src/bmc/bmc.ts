import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startDaemon } from "../daemon.ts";
import { LabError } from "../errors.ts";
import type { Ledger } from "../ledger.ts";
import { statePath } from "../paths.ts";
import type { Bmc } from "../record.ts";
import { attempt } from "../run.ts";

export const IPMI_PORT = 623;
const AUTH = "none md2 md5 straight";

/** ipmi_sim's LAN configuration, ipmi_lan(5). */
export function lanConf(host: string, address: string, password: string, chassis: string): string {
  const levels = ["callback", "user", "operator", "admin"];
  return [
    `name "${host}"`,
    "set_working_mc 0x20",
    "startlan 1",
    `  addr ${address} ${IPMI_PORT}`,
    "  priv_limit admin",
    ...levels.map((level) => `  allowed_auths_${level} ${AUTH}`),
    `  guid ${randomBytes(16).toString("hex")}`,
    "endlan",
    `chassis_control "${chassis}"`,
    `user 1 true "" "" user 10 ${AUTH}`,
    `user 2 true "admin" "${password}" admin 10 ${AUTH}`,
    "",
  ].join("\n");
}

const EMULATION =
  "mc_setbmc 0x20\nmc_add 0x20 0 has-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nmc_enable 0x20\n";

export function makeBmc(prefix: string, host: string, address: string): Bmc {
  const directory = statePath(prefix, "bmc", host);
  mkdirSync(directory, { mode: 0o700 });
  mkdirSync(join(directory, "state"));
  const password = randomBytes(8).toString("hex"); // an IPMI 1.5 password has at most 16 bytes
  const chassis = join(directory, "chassis");
  const quoted = [process.execPath, join(import.meta.dirname, "chassis.ts"), prefix, host].map(
    (word) => `'${word}'`,
  );
  // ipmi_sim hands over the controller's address first; each BMC here has only one.
  writeFileSync(chassis, `#!/bin/sh\nshift\nexec ${quoted.join(" ")} "$@"\n`);
  chmodSync(chassis, 0o700);
  writeFileSync(join(directory, "lan.conf"), lanConf(host, address, password, `${chassis} 0x20`), {
    mode: 0o600,
  });
  writeFileSync(join(directory, "emu"), EMULATION);
  const passwordFile = join(directory, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  return { address, port: IPMI_PORT, user: "admin", passwordFile };
}

export async function startBmc(ledger: Ledger, prefix: string, host: string): Promise<void> {
  const directory = statePath(prefix, "bmc", host);
  const at = (name: string) => join(directory, name);
  const argv = ["ipmi_sim", "-n", "-c", at("lan.conf"), "-f", at("emu"), "-s", at("state")];
  await startDaemon(ledger, `bmc ${host}`, argv, at("log"));
}

/** `ipmitool chassis power status` through the LAN, as a fence agent would ask. */
export async function bmcAnswers(bmc: Bmc): Promise<boolean> {
  const login = ["-I", "lanplus", "-C", "3", "-N", "1", "-R", "1", "-H", bmc.address, "-U", bmc.user];
  return (
    (await attempt(["ipmitool", ...login, "-f", bmc.passwordFile, "chassis", "power", "status"])).code === 0
  );
}

export async function waitForBmc(host: string, bmc: Bmc): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    if (await bmcAnswers(bmc)) return;
    await sleep(200);
  }
  throw new LabError(`the BMC of ${host} does not answer on ${bmc.address}`);
}
