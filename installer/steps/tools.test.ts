import { describe, expect, test } from "bun:test";
import { CommandError, HostError } from "../../core/host.ts";
import { waitFor } from "./tools.ts";

const failing = { code: 102, stdout: "", stderr: "not connected", timedOut: false };

describe("waitFor", () => {
  for (const error of [
    new HostError("db1", "no answer within 30 s"),
    new CommandError("db1", ["crm_mon", "-1"], failing),
  ]) {
    test(`asks again after a ${error.name}`, async () => {
      let asked = 0;
      const value = await waitFor("it", 5000, async () => {
        asked++;
        if (asked === 1) throw error;
        return "there";
      });
      expect(value).toBe("there");
      expect(asked).toBe(2);
    });
  }

  test("ends at once with what no waiting mends", async () => {
    let asked = 0;
    const waited = waitFor("it", 5000, async () => {
      asked++;
      throw new Error("the start failed for good");
    });
    await expect(waited).rejects.toThrow("the start failed for good");
    expect(asked).toBe(1);
  });

  test("says what was not answered when the time is over", async () => {
    const waited = waitFor("both nodes online", 1, async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new HostError("db2", "no answer within 30 s");
    });
    await expect(waited).rejects.toThrow("both nodes online: not within 0 s (db2: no answer within 30 s)");
  });
});
