import { Ocf, type OcfCode } from "./codes.ts";

/** How an action ended. A code that reports trouble always comes with its reason. */
export interface Outcome {
  readonly code: OcfCode;
  /** One line for the operator; becomes the exit reason that Pacemaker shows. */
  readonly reason?: string;
}

export const success: Outcome = { code: Ocf.success };
export const notRunning: Outcome = { code: Ocf.notRunning };

/** Ends the action from wherever the trouble was found. */
export class OcfError extends Error {
  readonly code: OcfCode;
  constructor(code: OcfCode, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = "OcfError";
    this.code = code;
  }
}
