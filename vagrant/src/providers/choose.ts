import { LabError } from "../errors.ts";
import type { Ledger } from "../ledger.ts";
import type { Provider } from "./provider.ts";
import { uml } from "./uml.ts";

/** The provider asked for, or the first that can really be used here. */
export async function chooseProvider(_ledger: Ledger, wanted: "uml" | "qemu" | undefined): Promise<Provider> {
  const reason = await uml.usable();
  if (wanted === "qemu" || reason !== undefined) throw new LabError(`cannot run guests here: ${reason}`);
  return uml;
}
