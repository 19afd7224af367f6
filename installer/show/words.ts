import { say } from "../../core/texts/say.ts";

/** The view's states, which are the words of the JSON, as people read them. What is not among them stays as it is. */
export function word(state: string): string {
  return words()[state] ?? state;
}

const words = (): Readonly<Record<string, string>> => ({
  yes: say`yes`,
  no: say`no`,
  partly: say`partly`,
  unknown: say`unknown`,
  "one-copy": say`one copy`,
  resyncing: say`resyncing`,
  active: say`active`,
  waiting: say`waiting`,
  online: say`online`,
  standby: say`standby`,
  maintenance: say`maintenance`,
  joining: say`joining`,
  unclean: say`unclean`,
  offline: say`offline`,
  failed: say`failed`,
  blocked: say`blocked`,
  stopped: say`stopped`,
  unmanaged: say`unmanaged`,
  busy: say`busy`,
  inactive: say`inactive`,
  target: say`target`,
  hosts: say`hosts`,
  cluster: say`cluster`,
  data: say`data`,
  failures: say`failures`,
  fencing: say`fencing`,
  constraints: say`constraints`,
  engine: say`engine`,
  safe: say`safe`,
  restarts: say`restarts`,
  interrupts: say`interrupts`,
  destroys: say`destroys`,
  critical: say`critical`,
  warning: say`warning`,
  info: say`info`,
});
