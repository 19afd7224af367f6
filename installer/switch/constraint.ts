import type { Host } from "../../core/host.ts";
import { run } from "../../core/host.ts";

/** The temporary constraint that makes the services move. */
export interface MoveConstraint {
  readonly id: string;
  readonly xml: string;
  /** Time after which it has no effect any more, by the cluster's clock. */
  readonly until: string;
}

/** Longer than any move takes; short enough that one left behind by a power cut here harms nobody for long. */
const LIFETIME_SECONDS = 300;

/**
 * Forbids promotion on the host the services shall leave, for five minutes. A ban wins against stickiness INFINITY,
 * a preference does not. The role stands in the rule: where `crm_resource --ban --promoted --lifetime` puts it,
 * Pacemaker does not look, and stops DRBD on that host altogether (seen with 2.1.5 and 3.0.0). The id is the one
 * crm_resource uses, so `crm_resource --clear` and pcs know it.
 *
 * @param now seconds since the epoch by the clock of the cluster, not of the machine skyha runs on
 */
export function moveConstraint(clone: string, from: string, now: number): MoveConstraint {
  const id = `cli-ban-${clone}-on-${from}`;
  const until = `${new Date((now + LIFETIME_SECONDS) * 1000).toISOString().slice(0, 19).replace("T", " ")}Z`;
  const xml =
    `<rsc_location id="${id}" rsc="${clone}">` +
    `<rule id="${id}-rule" score="-INFINITY" role="Promoted" boolean-op="and">` +
    `<expression id="${id}-expr" attribute="#uname" operation="eq" value="${from}" type="string"/>` +
    `<date_expression id="${id}-lifetime" operation="lt" end="${until}"/>` +
    "</rule></rsc_location>";
  return { id, xml, until };
}

/** @throws CommandError, HostError */
export async function addConstraint(host: Host, { xml }: MoveConstraint): Promise<void> {
  await run(host, ["cibadmin", "--create", "--scope", "constraints", "--xml-pipe"], {
    stdin: xml,
    timeoutMs: 15_000,
  });
}

/** Removes that one constraint and no other. Removing it twice is no error. @throws CommandError, HostError */
export async function removeConstraint(host: Host, { id }: MoveConstraint): Promise<void> {
  await run(host, ["cibadmin", "--delete", "--xml-pipe"], {
    stdin: `<rsc_location id="${id}"/>`,
    timeoutMs: 15_000,
  });
}
