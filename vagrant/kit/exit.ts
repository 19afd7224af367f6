import assert from "node:assert/strict";

const LINES = 15;

/** The command ended with this code. The message has the end of what it said, which has the reason, and no more. */
export function assertExit(
  said: { readonly code: number | undefined; readonly stdout: string; readonly stderr: string },
  code: number,
): void {
  const end = (text: string) => text.trimEnd().split("\n").slice(-LINES).join("\n");
  assert.equal(said.code, code, `exit ${said.code}, not ${code}\n${end(said.stderr)}\n${end(said.stdout)}`);
}
