import { booleanProperty } from "../../cluster/cib.ts";
import { say } from "../../texts/say.ts";
import type { PairFacts } from "../facts.ts";
import { commands, critical, type Finding, info, notKnown, warning } from "../finding.ts";
import { type ClusterView, clusterView, isMember, nodeOf } from "../view.ts";

/** How sure it is that a lost host can be powered off before the other one takes over. */
export interface FenceProof {
  readonly node: string;
  /**
   * `broken`: there is no device, or it does not run. `doubtful`: it failed the last time it was used or watched.
   * `untried`: it works as far as its monitor knows, but was never used.
   */
  readonly state: "proven" | "untried" | "doubtful" | "broken";
  readonly why: string;
  /** Resource that is the device; undefined: there is none. */
  readonly device: string | undefined;
}

/** undefined: unknown. */
export function fencingEnabled(view: ClusterView): boolean | undefined {
  const fromCib = view.cib.known
    ? booleanProperty(view.cib.value, "fencing-enabled", "stonith-enabled")
    : undefined;
  return view.status.options.fencingEnabled ?? fromCib;
}

/** One judgement per host of the pair; empty when the devices cannot be known. */
export function fenceProofs(facts: PairFacts, view: ClusterView): FenceProof[] {
  if (!view.cib.known) return [];
  const { fenceDevices } = view.cib.value;
  return facts.profile.hosts.map(({ name: node }) => {
    // A device without a list of targets asks the BMC itself; by its name it is known whose it is.
    const devices = fenceDevices
      .filter((item) => item.targets.includes(node) || (item.targets.length === 0 && item.id.endsWith(node)))
      .map((item) => item.id);
    return { node, device: devices[0], ...judge(facts, view, node, devices) };
  });
}

function judge(
  facts: PairFacts,
  { status }: ClusterView,
  node: string,
  devices: readonly string[],
): Pick<FenceProof, "state" | "why"> {
  if (devices.length === 0) return { state: "broken", why: say`no fence device can power ${node} off` };
  const running = status.resources.some((item) => devices.includes(item.id) && item.active && !item.failed);
  const failure = status.failures.find((item) => devices.includes(item.resource));
  const said = failure
    ? say`: ${failure.task} on ${failure.node} said ${failure.reason || failure.exitStatus}`
    : "";
  // The device runs on the other host; while that one is away it has nowhere to run, which is no fault of the device.
  const watcherAway = status.nodes.some((item) => item.name !== node && !isMember(item));
  if (!running && !(watcherAway && !failure)) {
    return { state: "broken", why: say`the fence device of ${node} does not run${said}` };
  }
  const events = status.fencing.filter((event) => event.target === node && event.status !== "pending");
  const [latest] = events;
  if (latest?.status === "failed") {
    return { state: "doubtful", why: say`the last attempt to fence ${node} failed (${latest.at ?? "?"})` };
  }
  if (failure) return { state: "doubtful", why: say`the fence device of ${node} failed not long ago${said}` };
  const success = events.find((event) => event.status === "success")?.at ?? testedAt(facts, node);
  return success === undefined
    ? { state: "untried", why: say`${node} has never been fenced, as far as anybody remembers` }
    : { state: "proven", why: say`${node} was fenced on ${success}` };
}

/** Pacemaker forgets its history with the last restart of its fencers; what was noted on the hosts stays. */
function testedAt(facts: PairFacts, node: string): string | undefined {
  const records = facts.hosts.flatMap((host) => (host.fenceProofs.known ? host.fenceProofs.value : []));
  return records.findLast((record) => record.node === node)?.at;
}

export function fencingFindings(facts: PairFacts): Finding[] {
  const view = clusterView(facts);
  const accepted = facts.profile.acceptSplitBrainRisk;
  if (!view.known) return accepted ? [acceptedRisk()] : [];
  const enabled = fencingEnabled(view.value);
  const on = view.value.from;
  if (enabled === false) {
    if (accepted) return [acceptedRisk()];
    return [
      critical(
        "fencing.disabled",
        say`fencing is OFF: when the hosts lose sight of each other, both will write`,
        {
          next: commands.fenceOn(on),
        },
      ),
    ];
  }
  return [
    ...(accepted ? [acceptedRisk()] : []),
    ...(enabled === undefined
      ? [notKnown("fencing.unknown", say`it is not known whether fencing is on`)]
      : []),
    ...devices(facts, view.value),
  ];
}

/** Said in every `show`, as long as the configuration says so. */
const acceptedRisk = (): Finding =>
  warning(
    "fencing.risk-accepted",
    say`SPLIT-BRAIN RISK ACCEPTED in the configuration: automatic failover without proof that the other host is off`,
    {
      next: commands.install(
        say`with a fence device per host and without accept_split_brain_risk: ends the risk`,
      ),
    },
  );

function devices(facts: PairFacts, view: ClusterView): Finding[] {
  if (!view.cib.known || facts.profile.fencing === "none") return [];
  return fenceProofs(facts, view).flatMap(({ node, state, why, device }) => {
    const gone = !isMember(nodeOf(view.status, node));
    if (state === "broken") {
      return [
        warning("fencing.broken", say`${why}: when ${node} is lost, nothing can take over`, {
          host: node,
          next:
            device === undefined
              ? commands.install(say`with a fence device for every host`)
              : commands.cleanup(device, view.from),
        }),
      ];
    }
    if (gone) return [];
    const extra = { host: node, next: commands.testFencing(node, view.from) };
    if (state === "doubtful")
      return [warning("fencing.doubtful", say`fencing of ${node} is unproven: ${why}`, extra)];
    // A warning that is there from the first day on teaches people not to read warnings.
    if (state === "untried")
      return [info("fencing.untried", say`fencing of ${node} is unproven: ${why}`, extra)];
    return [];
  });
}
