import type { Change } from "../../core/change.ts";
import { type Argv, run } from "../../core/host.ts";
import type { Config } from "../config/schema.ts";
import type { HostFacts } from "../facts/host.ts";
import { backingFile, PATHS } from "../names.ts";
import type { Step } from "../plan/plan.ts";
import { fileChange, fileOf } from "./tools.ts";

const STORAGE_UNIT = "skyha-storage.service";

/**
 * Where the volume goes: its mount point, and the backing file with its loop device, attached at boot before Pacemaker.
 * An LV or a disk needs no file.
 */
export const prepareStorage: Step = {
  id: "storage",
  title: "Backing storage",
  // util-linux has all it takes: no need to wait for packages, whose installation reads new units anyway.
  after: ["remember"],
  plan: (config, facts) =>
    facts.hosts.flatMap((host, index) => [
      ...planMountPoint(host),
      ...planOrder(config, host),
      ...(config.hosts[index]?.backing === undefined ? planLoop(config, host) : []),
    ]),
};

/** Also on a host that joins a pair whose volume is in use. */
function planMountPoint({ name, mountPoint }: HostFacts): Change[] {
  if (mountPoint) return [];
  return [
    {
      id: `storage/${name}/mount-point`,
      step: "storage",
      host: name,
      title: `make ${PATHS.mount}, where the volume will be mounted`,
      risk: "safe",
      preview: [`mkdir -p ${PATHS.mount}`],
      async apply(context) {
        await run(context.host(name), ["mkdir", "-p", PATHS.mount]);
      },
      async verify(context) {
        const { code } = await context.host(name).exec(["test", "-d", PATHS.mount]);
        return code === 0 ? undefined : `${PATHS.mount} is not there`;
      },
    },
  ];
}

/** pacemaker.service is ordered after this target: engine and storage are there before it, and stop after it. */
function planOrder(config: Config, host: HostFacts): Change[] {
  const engine = config.engine === "docker" ? "Wants=docker.service\nAfter=docker.service\n" : "";
  const after = `[Unit]\n${engine}Wants=${STORAGE_UNIT}\nAfter=${STORAGE_UNIT}\n`;
  const before = fileOf(host, PATHS.startOrder);
  const afterwards: Argv[] = [["systemctl", "daemon-reload"]];
  return fileChange({ step: "storage", host: host.name, path: PATHS.startOrder, before, after, afterwards });
}

function planLoop(config: Config, host: HostFacts): Change[] {
  const file = backingFile(config.data_dir);
  const device = config.drbd.loop_device;
  const unit = `[Unit]
Description=Backing device of the replicated volume
RequiresMountsFor=${config.data_dir}
ConditionPathExists=${file}
Before=drbd.service pacemaker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/sbin/losetup ${device} ${file}
ExecStop=/sbin/losetup -d ${device}

[Install]
WantedBy=multi-user.target
`;
  return [
    ...planFile(config, host, file),
    ...fileChange({
      step: "storage",
      host: host.name,
      path: PATHS.storageUnit,
      before: fileOf(host, PATHS.storageUnit),
      after: unit,
      afterwards: [["systemctl", "daemon-reload"]],
    }),
    ...planAttach(host, device, file),
  ];
}

/** A sparse file; created only where there is none, whatever the facts said a minute ago (`set -C`). */
function planFile(config: Config, host: HostFacts, file: string): Change[] {
  if (host.backing.exists) return [];
  const size = `${config.drbd.size_mb}M`;
  return [
    {
      id: `storage/${host.name}/file`,
      step: "storage",
      host: host.name,
      title: `create ${file}, ${config.drbd.size_mb} MB, sparse`,
      risk: "safe",
      preview: [`truncate -s ${size} ${file}`],
      async apply(context) {
        const program =
          'set -eCu; mkdir -p -- "$(dirname -- "$1")"; : > "$1"; truncate -s "$2" -- "$1"; chmod 600 "$1"';
        await run(context.host(host.name), ["sh", "-c", program, "create", file, size]);
      },
      async verify(context) {
        const bytes = await run(context.host(host.name), ["stat", "-c", "%s", file]);
        return Number(bytes) === config.drbd.size_mb * 1024 * 1024
          ? undefined
          : `${file} has ${bytes.trim()} bytes`;
      },
    },
  ];
}

function planAttach(host: HostFacts, device: string, file: string): Change[] {
  const unit = host.units.get(STORAGE_UNIT);
  if (host.loops.get(device) === file && unit?.file === "enabled" && unit.active === "active") return [];
  return [
    {
      id: `storage/${host.name}/attach`,
      step: "storage",
      host: host.name,
      title: `attach ${file} to ${device}, now and at boot`,
      risk: "safe",
      preview: [`systemctl enable --now ${STORAGE_UNIT}`],
      async apply(context) {
        const remote = context.host(host.name);
        if (host.loops.get(device) === file) await run(remote, ["systemctl", "enable", STORAGE_UNIT]);
        else await run(remote, ["systemctl", "enable", "--now", STORAGE_UNIT]);
      },
      async verify(context) {
        const shown = await run(context.host(host.name), ["losetup", "-n", "-O", "BACK-FILE", device]);
        return shown.trim() === file ? undefined : `${device} is backed by ${shown.trim() || "nothing"}`;
      },
    },
  ];
}
