import { LabError } from "../errors.ts";
import { say } from "../progress.ts";
import { kvmObstacle } from "./kvm.ts";
import type { Provider } from "./provider.ts";
import { qemu } from "./qemu.ts";
import { uml, umlObstacle } from "./uml.ts";

/** The provider asked for, or QEMU where KVM really boots a guest, or UML where it can make taps. */
export async function chooseProvider(scratch: string, wanted: "uml" | "qemu" | undefined): Promise<Provider> {
  if (wanted !== "uml") {
    const obstacle = await kvmObstacle(scratch);
    if (obstacle === undefined) return qemu(undefined);
    if (wanted === "qemu") {
      say("  without KVM the guests are emulated, about 12 times slower");
      return qemu(obstacle);
    }
  }
  const obstacle = umlObstacle();
  if (obstacle !== undefined) throw new LabError(`no guest can run here: ${obstacle}`);
  return uml;
}
