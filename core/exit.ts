/** Exit codes of every skyha command (`show --check` has its own table, {@link CheckExit}). */
export const Exit = {
  done: 0,
  failed: 1,
  usage: 2,
  unknown: 3,
  refused: 4,
  locked: 5,
  /** `plan` and `--dry-run`: there are Changes to make. */
  changesPending: 10,
  interrupted: 130,
} as const;
export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** Monitoring-plugin convention (Nagios Plugin API), used by `show --check` only. */
export const CheckExit = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;
export type CheckLevel = keyof typeof CheckExit;
