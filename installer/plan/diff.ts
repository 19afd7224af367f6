import { createTwoFilesPatch } from "diff";

/** A unified diff without its two header lines' noise; empty when both are the same. */
export function unifiedDiff(path: string, before: string | undefined, after: string): string[] {
  if (before === after) return [];
  const patch = createTwoFilesPatch(
    before === undefined ? "/dev/null" : path,
    path,
    before ?? "",
    after,
    "",
    "",
    { context: 2 },
  );
  return patch
    .split("\n")
    .slice(1)
    .filter((line) => line !== "\\ No newline at end of file" && line !== "");
}
