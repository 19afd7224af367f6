import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { report, SkyhaError } from "../../core/report.ts";
import type { PairMember } from "../hosts/pair.ts";
import { BACKUP_UNITS } from "../names.ts";
import { createStand } from "../testing/stand.ts";
import { runBackupTimer } from "./timer.ts";

test("a timer on both hosts, and none any more; not on one alone", async () => {
  using stand = createStand();
  let out = "";
  const write = (text: string) => {
    out += text;
  };
  const timer = async (on: boolean, members: readonly PairMember[] = stand.members): Promise<number> =>
    runBackupTimer({
      config: stand.config,
      members,
      io: { out: write, err: write, terminal: false, env: {} },
      json: false,
      on,
      at: "03:15",
      keep: 7,
    });
  expect([await timer(true), out]).toEqual([0, expect.stringContaining("every day at 03:15")]);
  for (const host of ["db1", "db2"]) {
    const unit = (path: string) => readFileSync(stand.path(host, path), "utf8");
    expect(unit(BACKUP_UNITS.timer)).toContain("OnCalendar=*-*-* 03:15:00\n");
    expect(unit(BACKUP_UNITS.service)).toContain("skyha backup --if-active --keep 7\n");
    const called = stand.ran.filter((line) => line.startsWith(`${host} systemctl`));
    expect(called.slice(0, 3)).toEqual([
      `${host} systemctl daemon-reload`,
      `${host} systemctl enable skyha-backup.timer`,
      `${host} systemctl restart skyha-backup.timer`,
    ]);
  }
  expect(await timer(false)).toBe(0);
  expect(existsSync(stand.path("db2", BACKUP_UNITS.timer))).toBe(false);

  const off = new SkyhaError([report("host.unreachable", { address: "10.0.0.2", why: "off" })]);
  const members = stand.members.map((each, index) => (index === 0 ? each : { ...each, host: off }));
  expect([await timer(true, members), out]).toEqual([4, expect.stringContaining("db2 cannot be reached")]);
  expect(existsSync(stand.path("db1", BACKUP_UNITS.timer))).toBe(false);
});
