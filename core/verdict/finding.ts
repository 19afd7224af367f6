import { say } from "../texts/say.ts";
/** A command for the operator, and why it helps. */
export interface NextStep {
  readonly command: string;
  /** Host to type it on; undefined: where skyha runs. */
  readonly on: string | undefined;
  readonly why: string;
}

/**
 * One thing that is not as it should be.
 * `critical`: clients or data are affected now. `warning`: the pair can take less than it is built for.
 * `unknown`: could not be looked at. `info`: worth a line, nothing to do.
 */
export interface Finding {
  readonly level: "critical" | "unknown" | "warning" | "info";
  /** Stable name for scripts, `area.what`. */
  readonly code: string;
  readonly host: string | undefined;
  readonly text: string;
  readonly next: NextStep | undefined;
}

export type FindingLevel = Finding["level"];

interface Extra {
  readonly host?: string | undefined;
  readonly next?: NextStep | undefined;
}

const make =
  (level: FindingLevel) =>
  (code: string, text: string, { host, next }: Extra = {}): Finding => ({ level, code, host, text, next });

export const critical = make("critical");
export const warning = make("warning");
export const notKnown = make("unknown");
export const info = make("info");

const GRAVITY: readonly FindingLevel[] = ["critical", "unknown", "warning", "info"];

/** Worst first; what is equally bad keeps its order, which is the order of the rules. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return GRAVITY.flatMap((level) => findings.filter((finding) => finding.level === level));
}

/** Every command that a finding can name, so that they can be checked and changed in one place. */
export const commands = {
  recover: (why: string): NextStep => ({ command: "skyha recover", on: undefined, why }),
  show: (why: string): NextStep => ({ command: "skyha show", on: undefined, why }),
  brain: (): NextStep => ({
    command: "skyha brain",
    on: undefined,
    why: say`shows both copies; you choose which one is kept, the other is saved first`,
  }),
  install: (why: string): NextStep => ({ command: "skyha install", on: undefined, why }),
  cleanup: (resource: string, on: string | undefined): NextStep => ({
    command: `crm_resource --cleanup --resource ${resource}`,
    on,
    why: say`forgets the failure, so that the cluster tries again; remove the cause first`,
  }),
  journal: (resource: string, on: string | undefined): NextStep => ({
    command: `journalctl -u pacemaker --since -1h --grep ${resource}`,
    on,
    why: say`what the agent said when it failed`,
  }),
  unstandby: (node: string, on: string | undefined): NextStep => ({
    command: `crm_standby --delete --node ${node}`,
    on,
    why: say`lets ${node} run services again`,
  }),
  unmaintain: (node: string, on: string | undefined): NextStep => ({
    command: `crm_attribute --delete --name maintenance --node ${node}`,
    on,
    why: say`lets the cluster look after ${node} again`,
  }),
  maintenanceOff: (): NextStep => ({
    command: "skyha maintenance off",
    on: undefined,
    why: say`lets the cluster look after the services again`,
  }),
  startAll: (on: string | undefined): NextStep => ({
    command: "crm_attribute --name stop-all-resources --update false",
    on,
    why: say`lets the cluster start the services`,
  }),
  startNode: (node: string): NextStep => ({
    command: "systemctl start corosync pacemaker",
    on: node,
    why: say`starts Corosync and Pacemaker on ${node}`,
  }),
  startUnit: (unit: string, node: string): NextStep => ({
    command: `systemctl start ${unit}`,
    on: node,
    why: say`starts ${unit} on ${node}`,
  }),
  enable: (resource: string, on: string | undefined): NextStep => ({
    command: `crm_resource --resource ${resource} --meta --delete-parameter target-role`,
    on,
    why: say`it was disabled by hand`,
  }),
  manage: (resource: string, on: string | undefined): NextStep => ({
    command: `crm_resource --resource ${resource} --meta --delete-parameter is-managed`,
    on,
    why: say`lets the cluster look after it again`,
  }),
  wake: (resource: string, on: string | undefined): NextStep => ({
    command: `crm_resource --resource ${resource} --meta --delete-parameter maintenance`,
    on,
    why: say`lets the cluster look after it again`,
  }),
  clear: (resource: string, on: string | undefined): NextStep => ({
    command: `crm_resource --clear --resource ${resource}`,
    on,
    why: say`removes what an earlier move left behind; nothing moves back by itself`,
  }),
  confirmOff: (node: string, on: string | undefined): NextStep => ({
    command: `stonith_admin --confirm ${node}`,
    on,
    why: say`ONLY after you have seen that ${node} is powered off: it says so to the cluster`,
  }),
  testFencing: (node: string, on: string | undefined): NextStep => ({
    command: `stonith_admin --reboot ${node}`,
    on,
    why: say`proves that ${node} can be powered off; it restarts that host, so choose the time`,
  }),
  fenceOn: (on: string | undefined): NextStep => ({
    command: "crm_attribute --name stonith-enabled --update true",
    on,
    why: say`without fencing both hosts can write at the same time`,
  }),
  resumeIo: (resource: string, on: string): NextStep => ({
    command: `drbdadm resume-io ${resource}`,
    on,
    why: say`ONLY when the other host is proven off: lets writes go on`,
  }),
  resumeSync: (resource: string, on: string): NextStep => ({
    command: `drbdadm resume-sync ${resource}`,
    on,
    why: say`lets the resync go on`,
  }),
  diskUse: (path: string, on: string): NextStep => ({
    command: `du -xh --max-depth=1 ${path}`,
    on,
    why: say`shows what takes the space`,
  }),
  links: (on: string): NextStep => ({
    command: "corosync-cfgtool -s",
    on,
    why: say`shows the cluster links; check the cable, switch or firewall of the broken one`,
  }),
  clock: (on: string): NextStep => ({
    command: "timedatectl status",
    on,
    why: say`shows whether the clock is synchronised`,
  }),
  ssh: (address: string): NextStep => ({
    command: `ssh ${address}`,
    on: undefined,
    why: say`should log in without a question`,
  }),
} as const;
