import { realpathSync, statSync } from "node:fs";
import { type Mount, mountAt, readMounts } from "../host/mounts.ts";
import type { Context } from "../ocf/context.ts";
import { type FilesystemTable, wantsReadOnly } from "./parameters.ts";

/** The device and directory of a resource, as mountinfo would name them. */
export interface Volume {
  readonly directory: string;
  readonly device: string;
  /** "MAJOR:MINOR"; undefined while there is no such device. */
  readonly number: string | undefined;
}

export interface View {
  readonly volume: Volume;
  readonly mounts: readonly Mount[];
  /** What is visible at the directory. */
  readonly at: { readonly kind: "absent" } | { readonly kind: "ours" | "foreign"; readonly mount: Mount };
}

/** What this host shows of the resource; runs no program and reads nothing of the file system itself. */
export function look(context: Context<FilesystemTable>): View {
  const mounts = readMounts(context.system.procDir);
  const { parameters } = context;
  const volume: Volume = {
    directory: resolveDirectory(parameters.directory, mounts),
    device: resolve(parameters.device),
    number: deviceNumber(parameters.device),
  };
  const mount = mountAt(mounts, volume.directory);
  if (!mount) return { volume, mounts, at: { kind: "absent" } };
  return { volume, mounts, at: { kind: isOurs(volume, mount) ? "ours" : "foreign", mount } };
}

/** By number where the file system has its device's (names come and go), else by name. */
export function isOurs(volume: Volume, mount: Mount): boolean {
  if (volume.number !== undefined && !mount.number.startsWith("0:")) return mount.number === volume.number;
  if (mount.source === volume.device) return true;
  return mount.source.startsWith("/dev/") && resolve(mount.source) === volume.device;
}

/** Why a mounted file system cannot be written to though it should; undefined when it can. */
export function readOnlyProblem({ point, options, superOptions }: Mount, wanted: string): string | undefined {
  // Newer ext4 says these two instead of, or besides, "ro".
  if (superOptions.includes("shutdown")) return `${point} was shut down by the kernel after an error`;
  if (wantsReadOnly(wanted)) return undefined;
  if (superOptions.includes("ro") || superOptions.includes("emergency_ro")) {
    return `${point} is read-only after an error of its device or by hand; see the kernel's log`;
  }
  return options.includes("ro") ? `${point} was made read-only by hand` : undefined;
}

/**
 * A path that is a mount point as it stands is not touched: on a file system that was shut down even looking at its
 * root is an error.
 */
function resolveDirectory(directory: string, mounts: readonly Mount[]): string {
  const plain = directory.replace(/\/$/, "");
  return mountAt(mounts, plain) ? plain : resolve(plain);
}

function resolve(path: string): string {
  try {
    return path.startsWith("/") ? realpathSync(path) : path;
  } catch {
    return path;
  }
}

function deviceNumber(device: string): string | undefined {
  try {
    const { rdev } = statSync(device, { bigint: true });
    return rdev === 0n ? undefined : numberText(rdev);
  } catch {
    return undefined;
  }
}

/** Linux' encoding of a device number in 64 bits, as makedev(3) describes it. */
export function numberText(number: bigint): string {
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
