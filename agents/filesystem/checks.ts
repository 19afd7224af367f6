import { hostname } from "node:os";
import type { Context } from "../ocf/context.ts";
import { TimeLimitError } from "../ocf/deadline.ts";
import type { FilesystemTable } from "./parameters.ts";
import { runTool, wordsOf } from "./tool.ts";

/** Is the sentinel on the mounted volume? Without one in the parameters, "there" means its top can be listed. */
export type Sentinel =
  | { readonly kind: "there" }
  | { readonly kind: "missing" }
  | { readonly kind: "unreadable"; readonly why: string };

export async function readSentinel(
  context: Context<FilesystemTable>,
  directory: string,
  limitMs = Number.POSITIVE_INFINITY,
): Promise<Sentinel> {
  const { sentinel } = context.parameters;
  const result = await runTool(
    context,
    sentinel === undefined
      ? ["ls", "-U", "--", directory]
      : ["head", "-c", "1", "--", `${directory}/${sentinel}`],
    { limitMs },
  );
  if (result.code === 0) return { kind: "there" };
  const why = wordsOf(result);
  return sentinel !== undefined && why.includes("No such file")
    ? { kind: "missing" }
    : { kind: "unreadable", why };
}

export function missingText({ device, sentinel }: { device: string; sentinel?: string | undefined }): string {
  return `${device} holds no ${sentinel}: it is the wrong volume (if it is the right one: mount it and touch that file)`;
}

/** Why the volume cannot be read; undefined when it can. */
export async function readProblem(
  context: Context<FilesystemTable>,
  directory: string,
): Promise<string | undefined> {
  try {
    const sentinel = await readSentinel(context, directory);
    switch (sentinel.kind) {
      case "there":
        return undefined;
      case "missing":
        return missingText(context.parameters);
      case "unreadable":
        return `${directory} cannot be read: ${sentinel.why}`;
    }
  } catch (error) {
    return hungText(directory, error);
  }
}

/** Why the volume cannot be written; undefined when a small file came to the disk and back. */
export async function writeProblem(
  context: Context<FilesystemTable>,
  directory: string,
): Promise<string | undefined> {
  // Each host has a file of its own: on a volume seen by two, one test would otherwise spoil the other's.
  const host = (context.environment.node ?? hostname()).replace(/[^A-Za-z0-9.-]/g, "_");
  const file = `${directory}/.skyha-write-test-${host}`;
  const text = `${host} ${Date.now()}\n`;
  try {
    // nofollow: whoever may write here must not be able to point root at another file.
    const write = ["dd", `of=${file}`, "oflag=nofollow", "conv=fsync", "status=none"] as const;
    const written = await runTool(context, write, { stdin: text });
    const read = written.code === 0 ? await runTool(context, ["cat", "--", file]) : undefined;
    const removed = await runTool(context, ["rm", "-f", "--", file]);
    if (written.code !== 0) {
      const why = wordsOf(written);
      const full = /No space left|quota exceeded/i.test(why);
      return full ? `${directory} is full: ${why}` : `${directory} cannot be written: ${why}`;
    }
    if (read?.code !== 0 || read.stdout !== text) return `${file} does not read back as it was written`;
    return removed.code === 0 ? undefined : `${file} cannot be removed: ${wordsOf(removed)}`;
  } catch (error) {
    return hungText(directory, error);
  }
}

function hungText(directory: string, error: unknown): string {
  if (!(error instanceof TimeLimitError)) throw error;
  return `${directory} does not answer, the disk under it may hang: ${error.message}`;
}
