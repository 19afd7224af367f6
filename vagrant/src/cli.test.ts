import { expect, spyOn, test } from "bun:test";
import { labProgram } from "./cli.ts";

async function complaint(...args: string[]): Promise<string> {
  const stderr = spyOn(process.stderr, "write").mockImplementation(() => true);
  try {
    await labProgram().parseAsync(["bun", "lab", ...args]);
    return "";
  } catch {
    return stderr.mock.calls.map(([text]) => String(text)).join("");
  } finally {
    stderr.mockRestore();
  }
}

test("values that no lab has are refused before anything is made, naming what is allowed", async () => {
  expect(await complaint("up", "--release", "11")).toContain("Allowed choices are 12, 13");
  expect(await complaint("up", "--provider", "docker")).toContain("Allowed choices are uml, qemu");
  expect(await complaint("power", "db1", "explode")).toContain("Allowed choices are on, off, cycle");
  expect(await complaint("link", "db1", "3", "cut")).toContain("Allowed choices are 1, 2");
  expect(await complaint("freeze")).toContain("missing required argument 'host'");
  expect(await complaint("dwon")).toContain("Did you mean down?");
});
