import { child, findById, parseXml } from "../cib/xml.ts";

/** Names of the nodes that `crm_mon --output-as=xml` shows online and not unclean. */
export function onlineNodes(crmMonXml: string): string[] {
  const nodes = child(parseXml(crmMonXml), "nodes")?.children ?? [];
  return nodes
    .filter((node) => node.attributes["online"] === "true" && node.attributes["unclean"] !== "true")
    .filter((node) => node.attributes["pending"] !== "true")
    .flatMap((node) => node.attributes["name"] ?? []);
}

/** The node on which every member of the group is started; undefined while one is not. Needs `--inactive`. */
export function groupRunsOn(crmMonXml: string, id: string): string | undefined {
  const group = findById(parseXml(crmMonXml), id);
  const members = group?.children.filter((node) => node.name === "resource") ?? [];
  const started = members.every(
    (node) =>
      node.attributes["active"] === "true" &&
      node.attributes["failed"] !== "true" &&
      node.attributes["role"] === "Started",
  );
  const nodes = new Set(members.map((node) => child(node, "node")?.attributes["name"] ?? ""));
  const [only] = nodes;
  return members.length > 0 && started && nodes.size === 1 && only !== "" ? only : undefined;
}

/**
 * Why a member of the group will not start any more: its start failed on every online node. `undefined` while it
 * still may. A start failure gives the node a fail count of INFINITY (1000000) for that resource.
 */
export function hopelessStart(crmMonXml: string): string | undefined {
  const root = parseXml(crmMonXml);
  const online = onlineNodes(crmMonXml);
  const failedOn = new Map<string, Set<string>>();
  for (const node of child(root, "node_history")?.children ?? []) {
    for (const history of node.children.filter(
      (item) => Number(item.attributes["fail-count"]) >= 1_000_000,
    )) {
      const id = history.attributes["id"] ?? "";
      failedOn.set(id, (failedOn.get(id) ?? new Set()).add(node.attributes["name"] ?? ""));
    }
  }
  const hopeless = [...failedOn].find(
    ([, nodes]) => online.length > 0 && online.every((name) => nodes.has(name)),
  );
  if (hopeless === undefined) return undefined;
  const [id] = hopeless;
  const failure = child(root, "failures")?.children.find((item) =>
    item.attributes["op_key"]?.startsWith(`${id}_`),
  );
  return `${id} does not start on either host: ${failure?.attributes["exitreason"] || failure?.attributes["exitstatus"] || "no reason given"}`;
}
