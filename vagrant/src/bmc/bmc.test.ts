import { expect, test } from "bun:test";
import { lanConf } from "./bmc.ts";

test("the BMC listens on its own address and asks for its password", () => {
  const text = lanConf("db1", "10.77.0.101", "secret", "/state/chassis 0x20");
  expect(text).toContain("addr 10.77.0.101 623\n");
  expect(text).toContain('user 2 true "admin" "secret" admin 10 none md2 md5 straight');
  expect(text).toContain('chassis_control "/state/chassis 0x20"');
  expect(text).toMatch(/guid [0-9a-f]{32}\n/);
});
