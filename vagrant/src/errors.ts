/** A failure the person at the keyboard can act on: printed as one line and a hint, without a stack. */
export class LabError extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.name = "LabError";
    this.hint = hint;
  }
}

/** Node's errno of a failed system call ("ENOENT"), or undefined for anything else that was thrown. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
