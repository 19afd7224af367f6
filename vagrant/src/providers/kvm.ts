import { closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { prepareMachine } from "../machine.ts";
import { cacheRoot } from "../paths.ts";
import { bootId } from "../process-id.ts";
import { say, step } from "../progress.ts";
import { attempt, run } from "../run.ts";

export const QEMU = "qemu-system-x86_64";
export const QEMU_NEEDS = [["qemu-system-x86", QEMU]] as const;

/** mov dx,0xf4; mov al,16; out dx,al; hlt: tells qemu's isa-debug-exit to leave with (16 << 1) | 1. */
const CODE = [0xba, 0xf4, 0x00, 0xb0, 0x10, 0xee, 0xf4, 0xeb, 0xfd];
const EXPECTED_EXIT = 33;
const PROBE_SECONDS = 5;

export function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from(CODE).copy(sector);
  sector.writeUInt16LE(0xaa55, 510); // what makes a sector bootable
  return sector;
}

/** Why KVM is of no use here, or undefined. Asked once per boot of this machine; `scratch` is for the probe. */
export async function kvmObstacle(scratch: string): Promise<string | undefined> {
  const file = join(cacheRoot(), "kvm-verdict.json");
  const known = existsSync(file)
    ? verdictSchema.safeParse(JSON.parse(readFileSync(file, "utf8"))).data
    : undefined;
  if (known?.boot === bootId()) return known.obstacle;
  const obstacle = await step("trying KVM", () => probe(scratch));
  if (obstacle !== undefined) say(`  no KVM: ${obstacle}`);
  mkdirSync(cacheRoot(), { recursive: true, mode: 0o700 });
  const fresh = join(scratch, "kvm-verdict.json");
  writeFileSync(fresh, JSON.stringify({ boot: bootId(), obstacle }));
  await run(["mv", fresh, file]); // whole or not at all, even across file systems
  return obstacle;
}

const verdictSchema = z.object({ boot: z.string(), obstacle: z.string().optional() });

/**
 * A device one can open is not proof: inside some virtual machines it takes a guest and never runs it. So a
 * guest of one sector has to boot and report.
 */
async function probe(scratch: string): Promise<string | undefined> {
  try {
    closeSync(openSync("/dev/kvm", constants.O_RDWR));
  } catch {
    return "/dev/kvm is missing or cannot be opened";
  }
  await prepareMachine(QEMU_NEEDS);
  const disk = join(scratch, "kvm-probe.img");
  writeFileSync(disk, bootSector());
  const guest = ["-accel", "kvm", "-m", "64", "-display", "none", "-nodefaults", "-boot", "a"];
  const drive = [
    "-drive",
    `file=${disk},format=raw,if=floppy`,
    "-device",
    "isa-debug-exit,iobase=0xf4,iosize=1",
  ];
  // timeout(1), not a timer of ours: the guest must not outlive this program.
  const ended = await attempt(["timeout", "-s", "KILL", String(PROBE_SECONDS), QEMU, ...guest, ...drive]);
  if (ended.code === EXPECTED_EXIT) return undefined;
  return `/dev/kvm is there, but a guest did not boot with it within ${PROBE_SECONDS} s`;
}
