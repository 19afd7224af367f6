import { type Known, known, unknown } from "./known.ts";
import {
  type Ban,
  type ClusterNode,
  type ClusterOptions,
  type ClusterStatus,
  type FailedAction,
  type FenceEvent,
  INFINITY_SCORE,
  type NodeAttribute,
  type ResourceHistory,
} from "./model.ts";
import { parseResources } from "./resources.ts";
import { attributeOf, booleanOf, childOf, childrenOf, integerOf, parseXml, type XmlElement } from "./xml.ts";

/**
 * Reads `crm_mon -1 --output-as=xml` of Pacemaker 2.0.3 to 3.0 (schema pacemaker-result).
 * An answer that reports an error, has no status, or lacks the nodes is unknown, never an empty cluster.
 */
export function parseCrmMon(xml: string): Known<ClusterStatus> {
  const document = parseXml(xml);
  if (!document.known) return unknown(`crm_mon: ${document.why}`);
  const root = document.value;
  if (root.name !== "pacemaker-result" && root.name !== "crm_mon") {
    return unknown(`crm_mon: <${root.name}> is not its output`);
  }
  const error = errorOf(root);
  if (error !== undefined) return unknown(`crm_mon: ${error}`);
  const summary = childOf(root, "summary");
  const nodes = childOf(root, "nodes");
  const resources = childOf(root, "resources");
  // <resources> is left out when nothing is configured, <nodes> never is once the node has joined.
  if (!summary || !nodes) return unknown("crm_mon: its output has no summary or no nodes");
  const dc = childOf(summary, "current_dc");
  const present = booleanOf(dc, "present") ?? false;
  return known({
    version: present ? textOr(dc, "version") : undefined,
    dc: present ? textOr(dc, "name") : undefined,
    quorate: present ? booleanOf(dc, "with_quorum") : undefined,
    lastUpdate: textOr(childOf(summary, "last_update"), "time"),
    lastChange: textOr(childOf(summary, "last_change"), "time"),
    options: parseOptions(childOf(summary, "cluster_options")),
    nodes: childrenOf(nodes, "node").map(parseNode),
    resources: parseResources(resources),
    attributes: childrenOf(childOf(root, "node_attributes"), "node").flatMap(parseAttributes),
    histories: childrenOf(childOf(root, "node_history"), "node").flatMap(parseHistories),
    failures: childrenOf(childOf(root, "failures"), "failure").map(parseFailure).filter(isFailure),
    fencing: childrenOf(childOf(root, "fence_history"), "fence_event").map(parseFenceEvent),
    bans: childrenOf(childOf(root, "bans"), "ban").map(parseBan),
  });
}

function errorOf(root: XmlElement): string | undefined {
  const status = childOf(root, "status");
  if (!status) return "its output has no status: it was cut off";
  if (attributeOf(status, "code") === "0") return undefined;
  const errors = childrenOf(childOf(status, "errors"), "error").map((error) => error.text);
  const message = attributeOf(status, "message");
  return [message, ...errors.slice(-1)].filter((text) => text !== "").join(": ") || "it failed";
}

function parseOptions(element: XmlElement | undefined): ClusterOptions {
  return {
    fencingEnabled: booleanOf(element, "stonith-enabled") ?? booleanOf(element, "fencing-enabled"),
    maintenance: booleanOf(element, "maintenance-mode"),
    stopAll: booleanOf(element, "stop-all-resources"),
    noQuorumPolicy: textOr(element, "no-quorum-policy"),
  };
}

function parseNode(element: XmlElement): ClusterNode {
  return {
    name: attributeOf(element, "name"),
    online: booleanOf(element, "online") ?? false,
    standby: (booleanOf(element, "standby") ?? false) || (booleanOf(element, "standby_onfail") ?? false),
    maintenance: booleanOf(element, "maintenance") ?? false,
    pending: booleanOf(element, "pending") ?? false,
    unclean: booleanOf(element, "unclean") ?? false,
    shutdown: booleanOf(element, "shutdown") ?? false,
    expectedUp: booleanOf(element, "expected_up"),
    isDc: booleanOf(element, "is_dc") ?? false,
    resourcesRunning: integerOf(element, "resources_running"),
  };
}

function parseAttributes(node: XmlElement): NodeAttribute[] {
  return childrenOf(node, "attribute").map((element) => ({
    node: attributeOf(node, "name"),
    name: attributeOf(element, "name"),
    value: attributeOf(element, "value"),
  }));
}

function parseHistories(node: XmlElement): ResourceHistory[] {
  return childrenOf(node, "resource_history").map((element) => ({
    node: attributeOf(node, "name"),
    resource: attributeOf(element, "id"),
    failCount: failCount(attributeOf(element, "fail-count")),
    migrationThreshold: integerOf(element, "migration-threshold"),
    lastFailure: textOr(element, "last-failure"),
    operations: childrenOf(element, "operation_history").map((operation) => ({
      task: attributeOf(operation, "task"),
      intervalMs: milliseconds(attributeOf(operation, "interval")),
      rc: integerOf(operation, "rc"),
      rcText: attributeOf(operation, "rc_text"),
      at: textOr(operation, "last-rc-change"),
    })),
  }));
}

function parseFailure(element: XmlElement): FailedAction {
  const intervalMs = milliseconds(attributeOf(element, "interval"));
  const task = attributeOf(element, "task");
  // The key is RESOURCE_TASK_INTERVAL; resource names may hold underscores themselves.
  const key = attributeOf(element, "op_key") || attributeOf(element, "id");
  const suffix = `_${task}_${intervalMs}`;
  return {
    resource: key.endsWith(suffix) ? key.slice(0, -suffix.length) : key,
    task,
    intervalMs,
    node: attributeOf(element, "node"),
    exitCode: integerOf(element, "exitcode"),
    exitStatus: attributeOf(element, "exitstatus"),
    reason: attributeOf(element, "exitreason"),
    execution: attributeOf(element, "status"),
    at: textOr(element, "last-rc-change"),
  };
}

/**
 * "Degraded" (190, 191) means that it works; Pacemaker 2.1 and 3.0 list it among the failures all the same, also
 * long after it is over.
 */
function isFailure({ exitCode }: FailedAction): boolean {
  return exitCode !== 190 && exitCode !== 191;
}

function parseFenceEvent(element: XmlElement): FenceEvent {
  const status = attributeOf(element, "status");
  return {
    action: attributeOf(element, "action"),
    target: attributeOf(element, "target"),
    status: status === "success" || status === "failed" || status === "pending" ? status : "unknown",
    origin: attributeOf(element, "origin"),
    delegate: textOr(element, "delegate"),
    reason: textOr(element, "exit-reason"),
    at: textOr(element, "completed"),
  };
}

function parseBan(element: XmlElement): Ban {
  return {
    id: attributeOf(element, "id"),
    resource: attributeOf(element, "resource"),
    node: attributeOf(element, "node"),
    score: integerOf(element, "weight") ?? -INFINITY_SCORE,
  };
}

function textOr(element: XmlElement | undefined, name: string): string | undefined {
  const text = element?.attributes.get(name);
  return text === undefined || text === "" ? undefined : text;
}

function failCount(text: string): number {
  if (/^INFINITY$/i.test(text)) return INFINITY_SCORE;
  return /^\d+$/.test(text) ? Number(text) : 0;
}

/** `10000ms` in histories, `10000` in failures. */
function milliseconds(text: string): number {
  return Number(/^(\d+)/.exec(text)?.[1] ?? 0);
}
