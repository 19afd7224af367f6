import type { Severity } from "./report.ts";
import { say } from "./texts/say.ts";

/** One text per code. `next` is what the operator should type or edit. */
interface Entry<P> {
  readonly severity: Severity;
  readonly text: (payload: P) => string;
  readonly next?: (payload: P) => string | undefined;
}

function entry<P>(severity: Severity, text: Entry<P>["text"], next?: Entry<P>["next"]): Entry<P> {
  return { severity, text, ...(next ? { next } : {}) };
}

const error = <P>(text: Entry<P>["text"], next?: Entry<P>["next"]) => entry("error", text, next);
const warning = <P>(text: Entry<P>["text"], next?: Entry<P>["next"]) => entry("warning", text, next);

export const catalog = {
  // --- input ---
  "config.no-file": error<{ path: string; why: string }>(
    (p) => say`cannot read ${p.path}: ${p.why}`,
    () => say`skyha init > skyha.yaml   writes one to start from`,
  ),
  "config.yaml": error<{ path: string; line: number; column: number; message: string }>(
    (p) => `${p.path}:${p.line}:${p.column}: ${p.message}`,
  ),
  "config.argument": error<{ key: string; message: string }>(
    (p) => `${p.key}: ${p.message}`,
    () => say`skyha install --help   lists the arguments`,
  ),
  "config.no-fencing": error<{ hosts: string[] }>(
    (p) =>
      say`no fence device for ${p.hosts.join(say` and `)}: without one a lost link makes both hosts write, so no automatic failover is built`,
    () =>
      say`give hosts[].fence (seed form: fence_master=ipmi://USER@ADDRESS fence_slave=… fence_password_file=FILE), or accept_split_brain_risk: yes`,
  ),
  "usage.no-such-host": error<{ name: string; hosts: string[] }>(
    (p) => say`the pair has no host ${p.name}; its hosts are ${p.hosts.join(say` and `)}`,
  ),
  "usage.unknown-argument": error<{ argument: string }>(
    (p) => say`${p.argument} is neither key=value nor an option`,
    () => "skyha --help",
  ),
  "usage.file-and-words": error<{ file: string }>((p) => say`give -f ${p.file} or key=value words, not both`),
  "usage.no-pair": error<Record<string, never>>(
    () => say`which pair? this machine is none of its hosts, and there is no skyha.yaml here`,
    () => say`give -f skyha.yaml or --host ADDRESS`,
  ),
  "host.no-pair": error<{ path: string }>((p) => say`no pair is installed there: ${p.path} does not exist`),
  "usage.no-program": error<{ path: string }>(
    (p) => say`there is no skyha executable at ${p.path} to copy to the hosts`,
    () => say`npm run build, or --program FILE`,
  ),
  // --- reaching hosts ---
  "host.unreachable": error<{ address: string; why: string }>(
    (p) => say`cannot reach ${p.address} by SSH: ${p.why}`,
    (p) => say`ssh ${p.address}   should log in without a question`,
  ),
  "host.auth": error<{ address: string; user: string; tried: string[] }>(
    (p) => say`${p.address} does not let ${p.user} in (tried: ${p.tried.join(", ") || say`no key found`})`,
    (p) => `ssh-copy-id ${p.user}@${p.address}`,
  ),
  "host.key-unknown": error<{ address: string; fingerprint: string }>(
    (p) => say`the host key of ${p.address} is not known yet: ${p.fingerprint}`,
    (p) => say`compare it on the console of that host, then add --accept-host-key ${p.fingerprint}`,
  ),
  "host.key-changed": error<{ address: string; fingerprint: string; file: string; line: number }>(
    (p) =>
      say`the host key of ${p.address} CHANGED to ${p.fingerprint} (known one: ${p.file}:${p.line}): another machine answers there, or it was reinstalled`,
    (p) => say`if it was reinstalled: ssh-keygen -R ${p.address} -f ${p.file}`,
  ),
  "host.not-root": error<{ user: string; why: string }>(
    (p) => say`${p.user} cannot become root without a password: ${p.why}`,
    (p) => say`echo '${p.user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/${p.user}   on that host, as root`,
  ),
  "host.unsupported-os": error<{ os: string }>(
    (p) => say`${p.os} is not supported: Debian 12 and 13, Ubuntu, and Enterprise Linux 8 and 9 are`,
  ),
  "host.lost": error<{ why: string }>(
    (p) => say`the host does not answer any more: ${p.why}`,
    () => say`run the same command again: it looks at the hosts first and continues`,
  ),
  // --- preflight ---
  "preflight.hostname": error<{ hostname: string; wanted: string }>(
    (p) => say`the host is called ${p.hostname}, the configuration says ${p.wanted}`,
    (p) => say`hostnamectl set-hostname ${p.wanted}   on that host, or correct the name`,
  ),
  "preflight.address": error<{ address: string; own: string[] }>(
    (p) => say`${p.address} is not an address of this host (it has ${p.own.join(", ")})`,
  ),
  "preflight.mtu": error<{ first: string; second: string; device: string; mtu: number }>(
    (p) => say`the ends of a link have different MTUs (${p.first}, ${p.second}): large packets get lost`,
    (p) =>
      say`ip link set dev ${p.device} mtu ${p.mtu}   on that host and in its network's configuration, or the smaller one on the other`,
  ),
  "preflight.vip-in-use": error<{ address: string; by: string }>(
    (p) => say`the VIP ${p.address} already answers (${p.by})`,
    () => say`give an address that nobody uses, or switch the other machine off`,
  ),
  "preflight.other-cluster": error<{ name: string; wanted: string }>(
    (p) => say`this host belongs to the cluster "${p.name}", not to "${p.wanted}"`,
    (p) => say`pcs cluster destroy   on that host, if ${p.name} is not needed any more`,
  ),
  "preflight.port": error<{ port: number; service: string }>(
    (p) => say`port ${p.port} (${p.service}) is already in use`,
    (p) => say`ss -tlnp 'sport = :${p.port}'   on that host names the program`,
  ),
  "preflight.space": error<{ path: string; freeMb: number; neededMb: number }>(
    (p) =>
      say`no space for the replicated volume: ${p.path} has ${p.freeMb} MB free, ${p.neededMb} MB are needed`,
    () => say`give another data_dir or a smaller drbd_size`,
  ),
  "preflight.volume-not-mounted": error<{ path: string; services: readonly string[] }>(
    (p) => say`${p.services.join(", ")} would get a directory on ${p.path}, which is mounted on neither host`,
    () => say`skyha show says what keeps it down; add services when the pair is serving`,
  ),
  "preflight.no-drbd": error<{ kernel: string }>(
    (p) => say`the running kernel ${p.kernel} has no module drbd`,
    () => say`on Debian: apt-get install linux-image-amd64 instead of a cloud kernel, and boot it`,
  ),
  "preflight.no-device": error<{ path: string }>((p) => say`there is no block device ${p.path}`),
  "preflight.data-found": error<{ path: string; signature: string; kind: "file" | "device" }>(
    (p) => say`${p.path} already holds data (${p.signature}); nothing of it is overwritten`,
    (p) => {
      const erase = p.kind === "file" ? `rm ${p.path}` : `wipefs --all ${p.path}`;
      return p.signature === "drbd"
        ? say`adopt: put back the /etc/drbd.d/skydata.res that belongs to it; keep: give another device or data_dir; erase, when it is certainly not needed: ${erase}`
        : say`keep: give another device or data_dir; erase, when it is certainly not needed: ${erase}`;
    },
  ),
  "preflight.firewall-blocks": error<{ ports: readonly string[]; command: string }>(
    (p) => say`the firewall of this host drops what a pair needs: ${p.ports.join(", ")}`,
    (p) => say`${p.command}   on that host, and so that it stays after a boot; then skyha doctor again`,
  ),
  "preflight.firewall-unclear": warning<{
    ports: readonly string[];
    why: string | undefined;
    command: string;
  }>(
    (p) =>
      p.why === undefined
        ? say`whether the firewall lets in ${p.ports.join(", ")} depends on who asks, or on rules that are not understood`
        : say`whether the firewall lets in ${p.ports.join(", ")} is not known: ${p.why}`,
    (p) => say`if it does not: ${p.command}   on that host`,
  ),
  "preflight.selinux": warning<Record<string, never>>(
    () => say`SELinux is enforcing, which was never tried with skyha: containers may be refused the volume`,
    () =>
      say`semanage fcontext -a -t container_file_t '/drbd(/.*)?' && restorecon -R /drbd   where the volume is mounted; ausearch -m avc shows what was refused`,
  ),
  "preflight.module-unsigned": error<Record<string, never>>(
    () => say`secure boot is on and the module drbd is not signed: the kernel will not load it`,
    () => say`install the distribution's own module, or sign it and enroll the key: mokutil --import KEY.der`,
  ),
  "preflight.module-signer": warning<{ signer: string }>(
    (p) =>
      say`secure boot is on and the module drbd is signed by "${p.signer}": whether the firmware trusts that key is not known`,
    () => say`mokutil --list-enrolled   on that host; modprobe drbd tries it`,
  ),
  "preflight.live-restore": warning<Record<string, never>>(
    () =>
      say`docker has live-restore: containers run on when its daemon has ended, so that a daemon that is down proves nothing, and a stop needs it to come back`,
    () =>
      say`take "live-restore" out of /etc/docker/daemon.json, then systemctl reload docker   on that host`,
  ),
  "preflight.restart-policy": error<{ container: string; policy: string; engine: string }>(
    (p) =>
      say`the container ${p.container} has the restart policy "${p.policy}": ${p.engine} would start it without the cluster, on both hosts at once`,
    (p) => `${p.engine} update --restart=no ${p.container}`,
  ),
  "preflight.no-watchdog": warning<Record<string, never>>(
    () => say`there is no fence device and no /dev/watchdog: nothing resets this host when it hangs`,
    () => say`give the host a fence device; modprobe softdog   at least`,
  ),
  "preflight.memory": warning<{ mb: number; leastMb: number }>(
    (p) => say`this host has ${p.mb} MB of memory; a pair with a database wants ${p.leastMb} MB at least`,
  ),
  "preflight.memory-differs": warning<{ mb: number; otherMb: number; other: string }>(
    (p) =>
      say`this host has ${p.mb} MB of memory and ${p.other} ${p.otherMb} MB: what fits there may not start here`,
  ),
  "preflight.not-known": warning<{ what: string; why: string }>((p) => say`not known: ${p.what} (${p.why})`),
  "preflight.mixed-pair": error<{ first: string; second: string }>(
    (p) => say`the hosts run different releases (${p.first}, ${p.second}): cluster versions would not match`,
  ),
  "preflight.clock": error<{ seconds: number }>(
    (p) => say`the hosts' clocks differ by ${p.seconds} s`,
    () => say`chronyc makestep   on both hosts, with chrony installed`,
  ),
  // --- plan and apply ---
  "plan.nothing": entry<Record<string, never>>("done", () => say`nothing to change`),
  "plan.changes": entry<{
    changes: number;
    safe: number;
    restarts: number;
    interrupts: number;
    destroys: number;
  }>(
    "info",
    (p) =>
      say`${p.changes} changes: ${p.safe} safe, ${p.restarts} restart something, ${p.interrupts} interrupt services, ${p.destroys} destroy data`,
  ),
  "apply.change-failed": error<{ title: string; why: string }>((p) => `${p.title}: ${p.why}`),
  "apply.change-unknown": error<{ title: string; why: string }>(
    (p) => say`${p.title}: outcome unknown, the host could not be asked afterwards (${p.why})`,
    () => say`run the same command again: it looks at the hosts first and continues`,
  ),
  "apply.not-reached": warning<{ count: number }>(
    (p) => say`${p.count} changes were not started`,
    () => say`run the same command again once the cause is removed: it continues where it stopped`,
  ),
  "install.done": entry<{ seconds: number; changes: number; vip: string }>(
    "done",
    (p) => say`the pair serves on ${p.vip} (${p.changes} changes, ${p.seconds} s)`,
    () => "skyha show",
  ),
  "install.not-serving": error<{ vip: string; services: string[] }>(
    (p) => say`installed, but from here ${p.vip} does not answer for ${p.services.join(", ")}`,
    () => "skyha show",
  ),
  "install.not-confirmed": warning<{ changes: string[] }>(
    (p) => say`nothing was done, because services that run would be interrupted: ${p.changes.join("; ")}`,
    () => say`skyha plan   shows everything; the same command with --yes does it`,
  ),
  "install.fencing-off": warning<Record<string, never>>(
    () =>
      say`NO FENCING (accept_split_brain_risk): two hosts may write at the same time and data will be lost`,
  ),
  "command.failed": error<{ what: string; why: string }>((p) => `${p.what}: ${p.why}`),
  // --- switch ---
  "switch.refused": error<{ checks: { name: string; why: string }[] }>(
    (p) =>
      say`not switched, nothing was changed: ${p.checks.map((item) => `${item.name}: ${item.why}`).join("; ")}`,
    () => say`skyha show   names what to do about each of these`,
  ),
  "switch.already-there": entry<{ to: string }>("done", (p) => say`the services are on ${p.to} already`),
  "switch.done": entry<{ from: string; to: string; seconds: number; outageSeconds: number }>(
    "done",
    (p) =>
      say`the services moved from ${p.from} to ${p.to} in ${p.seconds} s; clients could not connect for ${p.outageSeconds} s`,
  ),
  "switch.failed": error<{ to: string; why: string }>(
    (p) => say`the services did not arrive on ${p.to}: ${p.why}`,
    () => "skyha show",
  ),
  "switch.rolled-back": error<{
    from: string;
    to: string;
    why: string;
    seconds: number;
    outageSeconds: number;
  }>(
    (p) =>
      say`the services were not on ${p.to} in time (${p.why}) and are back on ${p.from} after ${p.seconds} s; clients could not connect for ${p.outageSeconds} s`,
    (p) => say`journalctl -u pacemaker   on ${p.to} says what took so long`,
  ),
  "switch.unknown": error<{ to: string; why: string }>(
    (p) => say`outcome unknown: whether the services are on ${p.to} could not be seen (${p.why})`,
    () => "skyha show",
  ),
  "switch.interrupted": warning<{ why: string }>(
    (p) => say`stopped waiting (${p.why}); the cluster finishes what it has begun`,
    () => "skyha show",
  ),
  "switch.constraint-left": warning<{ id: string; until: string; resource: string }>(
    (p) =>
      say`the constraint ${p.id} could not be removed, or that could not be seen; it ends by itself at ${p.until}`,
    (p) => say`crm_resource --clear --resource ${p.resource}   on either host`,
  ),
  "lock.held": error<{
    host: string;
    by: string;
    command: string;
    since: string;
    silentSeconds: number;
    stale: boolean;
  }>(
    (p) =>
      say`skyha ${p.command} of ${p.by} is at work on ${p.host} since ${p.since}, last sign of life ${p.silentSeconds} s ago`,
    (p) => (p.stale ? say`skyha unlock   when you are sure that it has ended` : say`wait until it has ended`),
  ),
  "lock.changed": error<Record<string, never>>(
    () => say`somebody has changed the pair while it was looked at; nothing was done`,
    () => say`run the same command again`,
  ),
  "lock.none": entry<Record<string, never>>("done", () => say`nobody holds the lock`),
  "lock.removed": entry<{ hosts: string[] }>(
    "done",
    (p) => say`the lock is gone from ${p.hosts.join(say` and `)}`,
  ),
  "lock.alive": error<{ by: string; command: string; silentSeconds: number }>(
    (p) =>
      say`skyha ${p.command} of ${p.by} lives: last sign of life ${p.silentSeconds} s ago; nothing was unlocked`,
    () => say`end it there; or, when it certainly does not run: skyha unlock --force`,
  ),
  "lock.unknown": error<{ host: string; why: string }>(
    (p) => say`whether ${p.host} is locked is not known: ${p.why}`,
    () => "skyha show",
  ),
  "ledger.not-written": warning<{ why: string }>((p) => say`lock or journal could not be written: ${p.why}`),
  "history.unread": warning<{ host: string; why: string }>(
    (p) => say`the journal of ${p.host} was not read: ${p.why}`,
  ),
  "history.log-unread": warning<{ host: string; why: string }>(
    (p) => say`what ${p.host} saw of promotions and failures is not known: ${p.why}`,
  ),
  "history.fencing-unread": warning<{ why: string }>(
    (p) => say`whom the cluster fenced is not known: ${p.why}`,
  ),
  "duty.unknown": error<{ why: string }>(
    (p) => say`nothing was done, the cluster could not be asked: ${p.why}`,
    () => "skyha show",
  ),
  "duty.failed": error<{ why: string }>(
    (p) => p.why,
    () => "skyha show",
  ),
  "duty.active": error<{ host: string; other: string }>(
    (p) => say`${p.host} has the services`,
    (p) => say`skyha switch --to ${p.other}   first`,
  ),
  "duty.active-unknown": error<{ host: string }>(
    (p) => say`nobody says which host has the services; ${p.host} may`,
    () => "skyha show",
  ),
  "duty.standby": entry<{ host: string; on: boolean }>(
    "done",
    (p) =>
      p.on ? say`${p.host} runs no services until it is told to` : say`${p.host} may run services again`,
    (p) => (p.on ? say`skyha unstandby ${p.host}   when the work is done` : "skyha show"),
  ),
  "duty.maintenance": entry<{ on: boolean; until?: string }>(
    "done",
    ({ on, until }) => {
      if (!on) return say`the cluster watches over everything again`;
      return until === undefined
        ? say`the cluster watches and repairs nothing: while this is on, nothing fails over`
        : say`the cluster watches and repairs nothing until ${until}: until then nothing fails over`;
    },
    (p) => (p.on ? say`skyha maintenance off   when the work is done` : "skyha show"),
  ),
  // --- drill ---
  "drill.no-such-fault": error<{ name: string; known: string[] }>(
    (p) => say`there is no fault ${p.name}; this pair can have ${p.known.join(", ")}`,
    () => "skyha drill --dry-run",
  ),
  "drill.no-directory": error<{ why: string }>((p) => say`the report cannot go there: ${p.why}`),
  "drill.refused": error<{ checks: { name: string; why: string }[] }>(
    (p) =>
      say`no drill, nothing was broken: ${p.checks.map(({ name, why }) => `${name}: ${why}`).join("; ")}`,
    () => say`skyha show   tells what is wrong and what to do`,
  ),
  "drill.not-confirmed": warning<{ cluster: string }>(
    () => say`nothing was broken`,
    (p) => say`skyha drill --confirm ${p.cluster}   without a terminal`,
  ),
  "drill.passed": entry<{ count: number; worstSeconds: number }>(
    "done",
    (p) => say`${p.count} faults survived, nothing lost, longest outage ${p.worstSeconds} s`,
  ),
  "drill.failed": error<{ why: string }>(
    (p) => say`the drill failed, and stopped: ${p.why}`,
    () => say`skyha show   tells what is wrong and what to do`,
  ),
  "drill.unknown": error<{ why: string }>(
    (p) =>
      p.why === ""
        ? say`not every fault could be injected and seen: the report has which`
        : say`the drill stopped: ${p.why}`,
    () => say`skyha show   tells what is wrong and what to do`,
  ),
  "drill.interrupted": warning<Record<string, never>>(
    () => say`the drill was interrupted; what it had broken was put right as far as nothing else is said`,
    () => "skyha show",
  ),
  "drill.left": error<{ what: string }>((p) => say`left behind: ${p.what}`),
  "drill.written": entry<{ files: string[] }>("info", (p) => p.files.join("  ")),
  "drill.not-written": error<{ why: string }>((p) => say`the report could not be written: ${p.why}`),
  "drill.not-remembered": warning<{ why: string }>(
    (p) => say`the host does not remember this drill: ${p.why}`,
  ),
  // --- brain ---
  "brain.split": warning<{ text: string }>(
    (p) => p.text,
    () => say`choose whose copy is kept; nothing chooses for you`,
  ),
  "brain.choice": entry<{ keep: string; giveUp: string }>(
    "info",
    (p) => say`to keep the copy of ${p.keep}, and save and then give up what only ${p.giveUp} has:`,
    (p) => `skyha brain --give-up ${p.giveUp}`,
  ),
  "brain.unreachable": error<{ hosts: string[] }>(
    (p) => say`nothing is given up without both hosts: ${p.hosts.join(say` and `)} cannot be reached`,
    () => "skyha show",
  ),
  "brain.not-diverged": error<{ descent: string }>(
    (p) =>
      p.descent === "unknown"
        ? say`nothing is given up: the generations of the two copies could not be read`
        : p.descent === "unrelated"
          ? say`nothing is given up: the two copies were never one, so one of them has to be made anew`
          : say`nothing has to be given up: one copy has all that the other one has, DRBD only has to connect them`,
    (p) => (p.descent === "unrelated" || p.descent === "unknown" ? "skyha show" : "skyha recover"),
  ),
  "brain.bad-copy": error<{ keep: string; disk: string }>(
    (p) => say`the copy of ${p.keep} cannot be kept: it is ${p.disk}, not UpToDate`,
  ),
  "brain.no-cluster": error<{ keep: string }>(
    (p) => say`Pacemaker does not run on ${p.keep}, which has to serve meanwhile`,
    () => "skyha recover",
  ),
  "brain.no-directory": error<{ giveUp: string; directory: string }>(
    (p) => say`there is no directory ${p.directory} on ${p.giveUp} for the copy that is given up`,
  ),
  "brain.no-space": error<{ giveUp: string; path: string; neededMb: number; freeMb: number }>(
    (p) => say`no space on ${p.giveUp} for ${p.path}: ${p.neededMb} MB needed, ${p.freeMb} MB free`,
    () => "skyha brain --give-up HOST --save-to DIRECTORY",
  ),
  "brain.space-unknown": error<{ giveUp: string; why: string }>(
    (p) => say`whether ${p.giveUp} has space for the copy that is given up is not known: ${p.why}`,
  ),
  "brain.not-confirmed": warning<{ giveUp: string }>(
    () => say`nothing was done`,
    (p) => say`skyha brain --give-up ${p.giveUp} --confirm ${p.giveUp}   without a terminal`,
  ),
  "brain.failed": error<{ why: string; giveUp: string; lost: boolean; copy?: string }>(
    (p) => brainFailed(p),

    () => say`skyha show   then skyha recover, which starts what was stopped`,
  ),
  "brain.done": entry<{ giveUp: string; keep: string; path: string; look: string }>(
    "done",
    (p) => say`both copies are that of ${p.keep}; what only ${p.giveUp} had is in ${p.path} on ${p.giveUp}`,
    (p) => say`${p.look}   on ${p.giveUp}, to look into it`,
  ),
  "brain.snapshot": warning<{ giveUp: string; path: string }>(
    (p) => say`the snapshot ${p.path} slows every write of ${p.giveUp} down while it exists`,
    (p) => say`lvremove ${p.path}   on ${p.giveUp}, when it is no longer needed`,
  ),
  "brain.left": warning<{ left: string[] }>(
    (p) => p.left.join("; "),
    () => "skyha show",
  ),
  "brain.none": entry<{ instead?: string }>("done", (p) =>
    p.instead === undefined ? say`no split brain` : say`no split brain; instead: ${p.instead}`,
  ),
  "brain.unknown": error<{ hosts: string[] }>(
    (p) =>
      say`whether this is a split brain cannot be seen: ${p.hosts.join(say` and `)} could not be asked about DRBD`,
    () => "skyha show",
  ),
  // --- reset ---
  "reset.scope": error<Record<string, never>>(
    () => say`say one of --cluster, --data and --host NAME; which pair it is: --ask ADDRESS`,
    () => "skyha reset --help",
  ),
  "reset.unreachable": error<{ hosts: string[]; why: string }>(
    (p) =>
      say`${p.hosts.join(say` and `)} cannot be asked: a host that is not looked at may serve, or hold the only copy; nothing was done (${p.why})`,
    () => "skyha show",
  ),
  "reset.not-seen": error<{ why: string }>(
    (p) => say`not everything could be looked at, so nothing was done: ${p.why}`,
    () => "skyha show",
  ),
  "reset.maintenance": error<Record<string, never>>(
    () => say`the cluster is in maintenance: it would not stop the services`,
    () => "skyha maintenance off",
  ),
  "reset.not-at-rest": error<{ why: string[] }>(
    (p) => say`the services cannot be stopped in order: ${p.why.join("; ")}`,
    () => "skyha recover",
  ),
  "reset.by-hand": error<{ what: string[] }>(
    (p) => say`no cluster runs there, and still in use: ${p.what.join(", ")}`,
    () => say`skyha recover   or stop it by hand`,
  ),
  "reset.foreign": error<{ resources: string[] }>(
    (p) => say`the cluster has resources that are not of this pair's making: ${p.resources.join(", ")}`,
    () => say`--with-foreign   when they may go with the cluster`,
  ),
  "reset.copies": error<{ why: string[] }>(
    (p) => say`the copies of the data are not the same, so nothing is given up: ${p.why.join("; ")}`,
    () => "skyha show",
  ),
  "reset.elsewhere": error<{ path: string }>(
    (p) =>
      say`the DRBD resource there is not on ${p.path}, as this configuration says: it is not this pair's`,
    () => say`without -f on one of the hosts, their own configuration is used`,
  ),
  "reset.active": error<{ host: string; other: string }>(
    (p) => say`${p.host} has the services`,
    (p) => say`skyha switch --to ${p.other}   first`,
  ),
  "reset.alone": error<{ host: string; other: string }>(
    (p) => say`${p.other} does not have all services, so it would not go on without ${p.host}`,
    () => say`skyha recover   or reset both: --cluster, --data`,
  ),
  "reset.only-copy": warning<{ host: string }>((p) => say`only ${p.host} has a copy of the data`),
  "reset.no-backup": warning<{ directory: string }>(
    (p) => say`no recovery copy is in ${p.directory} of either host`,
  ),
  "reset.backup": entry<{ newest: string }>("info", (p) => say`the newest recovery copy: ${p.newest}`),
  "reset.not-listed": warning<Record<string, never>>(
    () => say`the volume is mounted on neither host, so what is on it was not listed`,
  ),
  "reset.stays": entry<{ what: string[] }>("info", (p) => say`stays: ${p.what.join("; ")}`),
  "reset.nothing": entry<Record<string, never>>("done", () => say`nothing of it is there any more`),
  "reset.not-confirmed": warning<{ words: string; name: string }>(
    () => say`nothing was done`,
    (p) => say`skyha reset ${p.words} --confirm ${p.name}   without a terminal`,
  ),
  "reset.changed": error<Record<string, never>>(
    () => say`while you were asked something changed, so nothing was done`,
    () => say`skyha reset   again`,
  ),
  "reset.failed": error<{ why: string; words: string }>(
    (p) => p.why,
    (p) =>
      say`skyha reset ${p.words}   again goes on where it stopped; -f skyha.yaml where no host has the file`,
  ),
  "reset.done": entry<{ hosts: string[]; kept?: string }>(
    "done",
    (p) =>
      p.kept === undefined
        ? say`done on ${p.hosts.join(say` and `)}`
        : say`done on ${p.hosts.join(say` and `)}; the data is kept in ${p.kept}`,
    () => say`skyha install   builds a pair again`,
  ),
  "reset.one-left": warning<{ host: string; other: string }>(
    (p) =>
      say`${p.other} goes on alone: nothing takes over when it fails, and after a reboot it waits for ${p.host}`,
    (p) => say`skyha install -f skyha.yaml   with ${p.host}, or with a host that takes its place and name`,
  ),
  "report.nobody": error<{ hosts: string[] }>(
    (p) => say`there is nothing to report: ${p.hosts.join(say` and `)} cannot be reached`,
  ),
  "report.secrets-unknown": error<{ why: string }>(
    (p) => say`nothing was written: what has to stay secret could not be read (${p.why})`,
  ),
  "report.failed": error<{ directory: string; why: string }>(
    (p) => say`the report could not be written to ${p.directory}: ${p.why}`,
    () => "skyha report --out DIRECTORY",
  ),
  "report.written": entry<{
    path: string;
    files: number;
    megabytes: number;
    missing: string[];
    unreached: string[];
  }>(
    "done",
    (p) =>
      [
        say`${p.path} (${p.files} files, ${p.megabytes} MB), without passwords and keys`,
        ...(p.unreached.length === 0 ? [] : [say`; without ${p.unreached.join(", ")}, not reached`]),
        ...(p.missing.length === 0 ? [] : [say`; not to be had: ${p.missing.join(", ")}`]),
      ].join(""),
    () => say`look into it before you give it away: what containers write is theirs`,
  ),
  "recover.nothing": entry<Record<string, never>>("done", () => say`nothing to recover`),
  "recover.not-confirmed": warning<Record<string, never>>(
    () => say`nothing was done`,
    () => say`skyha recover --yes   does what undoes nobody's intention; --intended the rest too`,
  ),
  "recover.left": error<{ findings: string[] }>(
    (p) => say`only a person can decide this: ${p.findings.join("; ")}`,
    () => "skyha show",
  ),
  "recover.done": entry<{ serving: string; data: string; failuresLeft: number | string; left: string[] }>(
    "done",
    (p) =>
      say`serving: ${p.serving}, data safe: ${p.data}, failures left: ${p.failuresLeft}${p.left.length === 0 ? "" : say`; still: ${p.left.join("; ")}`}`,
  ),
  "recover.failed": error<{ serving: string; data: string; failuresLeft: number | string; why: string[] }>(
    (p) => say`serving: ${p.serving}, data safe: ${p.data}; still wrong: ${p.why.join("; ")}`,
    () => "skyha show",
  ),
  "recover.unknown": error<{ why: string }>(
    (p) => say`outcome unknown: ${p.why}`,
    () => "skyha show",
  ),
  // --- backup and restore ---
  "backup.no-service": error<{ name: string; services: string[] }>(
    (p) =>
      say`there is nothing to back up that is called ${p.name}; there is: ${p.services.join(", ") || "-"}`,
  ),
  "backup.no-cluster": error<{ why: string }>(
    (p) => say`what there is to back up is not known, the cluster could not be asked: ${p.why}`,
    () => "skyha show",
  ),
  "backup.nowhere": error<{ why: string }>(
    (p) => say`nothing was backed up, no host is known to have the services: ${p.why}`,
    () => "skyha show",
  ),
  "backup.busy": error<{ service: string }>(
    (p) => say`another backup of ${p.service} is at work; this one did nothing`,
  ),
  "backup.no-space": error<{ service: string; path: string; neededBytes: number; freeBytes: number }>(
    (p) =>
      say`no space in ${p.path} for ${p.service}: ${mega(p.neededBytes)} MB needed, with what the volume may still grow by; ${mega(p.freeBytes)} MB free`,
  ),
  "backup.failed": error<{ service: string; why: string }>(
    (p) => say`${p.service} was not backed up: ${p.why}`,
    () => "skyha show",
  ),
  "backup.done": entry<{ service: string; path: string; bytes: number; hosts: string[] }>(
    "done",
    (p) => say`${p.service}: ${p.path}, ${mega(p.bytes)} MB, on ${p.hosts.join(say` and `)}`,
  ),
  "backup.note": entry<{ service: string; note: string }>("info", (p) => `${p.service}: ${p.note}`),
  "backup.not-copied": warning<{ service: string; name: string; to: string; why: string }>(
    (p) => say`${p.name} is on one host alone: it could not be copied to ${p.to}: ${p.why}`,
  ),
  "backup.unread": warning<{ host: string; why: string }>(
    (p) => say`which backups ${p.host} has is not known: ${p.why}`,
  ),
  "backup.none": entry<Record<string, never>>(
    "info",
    () => say`there are no backups`,
    () => "skyha backup",
  ),
  "backup.verified": entry<{ name: string; path: string }>(
    "done",
    (p) => say`${p.name}: every file is as it was written`,
  ),
  "backup.broken": error<{ name: string; path: string; why: string }>(
    (p) => say`${p.name} cannot be relied on: ${p.why}`,
  ),
  "backup.timer": entry<{ on: boolean; at: string; hosts: string[] }>("done", (p) =>
    p.on
      ? say`every day at ${p.at}, by the clock of the host that has the services; timer on ${p.hosts.join(say` and `)}`
      : say`no backups by themselves any more`,
  ),
  "backup.timer-hosts": error<{ hosts: string[] }>(
    (p) =>
      say`nothing was changed: the timer belongs on both hosts, and ${p.hosts.join(say` and `)} cannot be reached`,
    () => "skyha show",
  ),
  "backup.timer-failed": error<{ why: string }>((p) => p.why),
  "restore.no-backup": error<{ service: string; wanted?: string }>(
    (p) =>
      p.wanted === undefined
        ? say`there is no backup of ${p.service} on a host that can be reached`
        : say`there is no backup ${p.wanted} of ${p.service} on a host that can be reached`,
    () => "skyha backup list",
  ),
  "restore.refused": error<{ service: string; why: string[] }>(
    (p) => say`nothing of ${p.service} was touched: ${p.why.join("; ")}`,
    () => "skyha show",
  ),
  "restore.content": entry<{ service: string; name: string; text: string }>(
    "info",
    (p) => `${p.service}: ${p.name}: ${p.text}`,
  ),
  "restore.tested": entry<{ service: string; name: string }>(
    "done",
    (p) => say`${p.name} can be restored: it was, to look into it, and that is gone again`,
  ),
  "restore.test-failed": error<{ service: string; name: string; why: string }>(
    (p) => say`${p.name} was not proven to be of use: ${p.why}`,
  ),
  "restore.not-confirmed": warning<{ service: string }>(
    () => say`nothing was done`,
    (p) => say`skyha restore ${p.service} --confirm ${p.service}   without a terminal`,
  ),
  "restore.done": entry<{ service: string; name: string; kept: string; host: string; stamp: string }>(
    "done",
    (p) => say`${p.service} serves what ${p.name} holds; the data of before are in ${p.kept} on ${p.host}`,
    (p) => say`skyha restore ${p.service} --undo ${p.stamp}   puts them back`,
  ),
  "restore.undone": entry<{ service: string; kept: string; host: string }>(
    "done",
    (p) => say`${p.service} serves what it had before; what it served until now is in ${p.kept} on ${p.host}`,
  ),
  "restore.beside": entry<{ service: string; path: string; host: string }>(
    "done",
    (p) => say`the files are in ${p.path} on ${p.host}; nothing else was touched`,
  ),
  "restore.failed": error<{ service: string; why: string; resting: boolean }>(
    (p) =>
      p.resting
        ? say`${p.why}. The data of ${p.service} are as they were, but the cluster keeps its hands off it`
        : say`${p.why}. Nothing has changed: ${p.service} has the data it had`,
    (p) => (p.resting ? say`skyha restore ${p.service} --resume   gives it back` : "skyha show"),
  ),
  "restore.failed-after": error<{ service: string; why: string; kept: string; stamp: string }>(
    (p) => say`${p.why}. The data of ${p.service} were exchanged; those of before are in ${p.kept}`,
    (p) => say`skyha restore ${p.service} --undo ${p.stamp}   puts them back`,
  ),
  "restore.resumed": entry<{ service: string }>(
    "done",
    (p) => say`the cluster watches over ${p.service} again`,
  ),
} as const;

const mega = (bytes: number): number => Math.ceil(bytes / 1024 / 1024);

function brainFailed({
  why,
  giveUp,
  lost,
  copy,
}: {
  why: string;
  giveUp: string;
  lost: boolean;
  copy?: string;
}): string {
  const saved = copy === undefined ? "" : say`; saved: ${copy}`;
  return lost
    ? say`${why}. The copy of ${giveUp} may be overwritten in part${saved}`
    : say`${why}. Nothing is lost: both copies are as they were${saved}`;
}

export type Code = keyof typeof catalog;
export type PayloadOf<C extends Code> = Parameters<(typeof catalog)[C]["text"]>[0];
