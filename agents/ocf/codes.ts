/** Exit codes of the OCF Resource Agent API 1.1, with the two "degraded" codes Pacemaker knows besides. */
export const Ocf = {
  success: 0,
  generic: 1,
  /** A parameter that is wrong on this host only: Pacemaker bans this host. */
  arguments: 2,
  unimplemented: 3,
  permission: 4,
  /** Something needed is missing on this host: Pacemaker bans this host, a probe counts as stopped. */
  installed: 5,
  /** A parameter that is wrong everywhere: Pacemaker bans the resource from every host. */
  configured: 6,
  notRunning: 7,
  runningPromoted: 8,
  failedPromoted: 9,
  degraded: 190,
  degradedPromoted: 191,
} as const;
export type OcfCode = (typeof Ocf)[keyof typeof Ocf];

const NAMES: Readonly<Record<OcfCode, string>> = {
  0: "ok",
  1: "failed",
  2: "invalid parameter on this host",
  3: "action not supported",
  4: "not permitted",
  5: "not installed",
  6: "invalid configuration",
  7: "not running",
  8: "promoted",
  9: "failed while promoted",
  190: "degraded",
  191: "promoted, degraded",
};

/** What the code means, for people. */
export function nameOfCode(code: OcfCode): string {
  return NAMES[code];
}
