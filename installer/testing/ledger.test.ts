import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { createFakeHost } from "../hosts/fake.ts";
import { PATHS } from "../names.ts";
import { keepsLedger, ledgerDirectory } from "./ledger.ts";

test("only what concerns lock and journal is really run; anything else, whatever it names, is the fake's", async () => {
  const directory = ledgerDirectory();
  const fake = createFakeHost("db1", [{ argv: ["echo", `${PATHS.state}/original`, "x"], stdout: "fake" }]);
  const host = keepsLedger(fake, directory);
  try {
    expect((await host.exec(["echo", `${PATHS.state}/original`, "x"])).stdout).toBe("fake");
    await expect(host.exec(["echo", PATHS.state])).rejects.toThrow("unexpected command");
    expect((await host.exec(["echo", PATHS.lock])).stdout.trim()).toBe(`${directory}/db1/lock`);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
