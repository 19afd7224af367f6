import { defineParameters } from "../ocf/table.ts";

export const NAME = "fence_skyha_ipmi";

export const SHORT = "Switches a host off and on through its BMC (IPMI), with proof";

export const LONG = `Switches one host off and on through its baseboard management controller, by ipmitool. "off" succeeds only \
when the controller itself has said that the power is off; what cannot be understood counts as unknown, never as off. \
"reboot" is off with that proof and then on; when only the second half fails, the host is fenced all the same and the \
agent succeeds with a warning. The password is read from a file and never appears in the arguments of a program. One \
controller has one host, so plug, port and nodename are ignored: always set pcmk_host_list, or the cluster will believe \
that the device can fence every host.`;

export const ACTIONS = ["on", "off", "reboot", "status", "monitor", "metadata", "validate-all"] as const;

/** A value that starts with "-" would be an option of ipmitool; none of these characters is one of a shell's. */
const ADDRESS = /^[A-Za-z0-9:][A-Za-z0-9:._%-]{0,254}$/;

export const fenceParameters = defineParameters({
  action: {
    type: "string",
    required: true,
    oneOf: ACTIONS,
    short: "What to do",
    long: "Pacemaker always gives it. There is no default, so that a call by hand switches nothing off by accident.",
  },
  ip: {
    type: "string",
    required: true,
    pattern: ADDRESS,
    patternText: "an IP address or a host name",
    short: "Address of the BMC",
    long: "Address or name of the controller. An address is better: a name needs a name server in the worst moment.",
  },
  ipport: {
    type: "integer",
    default: 623,
    min: 1,
    max: 65535,
    short: "UDP port of the BMC",
    long: "UDP port on which the controller listens.",
  },
  username: {
    type: "string",
    required: true,
    pattern: /^[!-,.-~][!-~]{0,63}$/,
    patternText: 'a name without blanks that does not begin with "-"',
    short: "User of the BMC",
    long: "Name of a user of the controller that may switch the power.",
  },
  password_file: {
    type: "string",
    pattern: /^\/\P{Cc}*$/u,
    patternText: "an absolute path",
    short: "File with the user's password",
    long: "File on this host whose first line is the password. It should belong to root with mode 0600. Required unless password is given.",
  },
  password: {
    type: "string",
    short: "The user's password",
    long: "Taken from standard input only, and worse than password_file: the cluster's configuration, logs and support bundles would contain it.",
  },
  lanplus: {
    type: "boolean",
    default: true,
    short: "Use IPMI 2.0 (RMCP+)",
    long: "Without it the call is IPMI 1.5, which encrypts nothing.",
  },
  cipher: {
    type: "integer",
    min: 1,
    max: 17,
    short: "Cipher suite",
    long: "Cipher suite of IPMI 2.0: 3 or, where the controller has it, 17. Without it ipmitool asks the controller for its suites at each call, which some controllers answer slowly or not at all.",
  },
  privlvl: {
    type: "string",
    default: "administrator",
    oneOf: ["operator", "administrator"],
    short: "Privilege level",
    long: "Level that the session asks for. operator is enough to switch the power and is refused by some controllers.",
  },
  timeout: {
    type: "integer",
    unit: "s",
    default: 15,
    min: 1,
    max: 120,
    short: "Longest time of one call",
    long: "A call of ipmitool that takes longer is ended and counts as failed.",
  },
  power_timeout: {
    type: "integer",
    unit: "s",
    default: 30,
    min: 1,
    max: 600,
    short: "Time until the power has changed",
    long: "All of an action, failed calls that are tried again included. A reboot may take one timeout more, so that a host that was slow to go off is also asked to come on. It has to be shorter than pcmk_off_timeout and pcmk_reboot_timeout (60 s).",
  },
  delay: {
    type: "integer",
    unit: "s",
    default: 0,
    min: 0,
    max: 600,
    short: "Wait before fencing",
    long: "Wait before off and reboot, not counted in power_timeout. pcmk_delay_base and priority-fencing-delay do the same and Pacemaker knows of them.",
  },
  method: {
    type: "string",
    default: "onoff",
    oneOf: ["onoff"],
    short: "How to reboot",
    long: "A power cycle by the controller has no moment at which the host is known to be off.",
  },
});

export type FenceTable = typeof fenceParameters;
