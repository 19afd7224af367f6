import { element, type XmlNode } from "./xml.ts";

/** Makers of CIB elements. Ids are derived from the resource's, so the same wish always gives the same XML. */

export type Values = Readonly<Record<string, string | number>>;

export interface Operation {
  readonly name: string;
  /** Seconds; 0 for anything that does not recur. */
  readonly interval?: number;
  readonly timeout: number;
  readonly role?: "Promoted" | "Unpromoted";
  readonly onFail?: "block" | "fence" | "restart";
}

export interface PrimitiveSpec {
  readonly id: string;
  /** `ocf:heartbeat:IPaddr2`, `stonith:fence_ipmilan` */
  readonly agent: string;
  readonly parameters: Values;
  readonly operations: readonly Operation[];
  readonly meta?: Values;
}

export function primitive(spec: PrimitiveSpec, roleNames: RoleNames): XmlNode {
  const [agentClass = "", second = "", third] = spec.agent.split(":");
  const agent =
    third === undefined
      ? { class: agentClass, type: second }
      : { class: agentClass, provider: second, type: third };
  return element("primitive", { id: spec.id, ...agent }, [
    attributes("instance_attributes", `${spec.id}-instance_attributes`, spec.parameters),
    ...(spec.meta === undefined
      ? []
      : [attributes("meta_attributes", `${spec.id}-meta_attributes`, spec.meta)]),
    element(
      "operations",
      {},
      spec.operations.map((operation) => op(spec.id, operation, roleNames)),
    ),
  ]);
}

/** Pacemaker before 2.1 knows only the old words. */
export type RoleNames = Readonly<Record<"Promoted" | "Unpromoted", string>>;

function op(resource: string, operation: Operation, roleNames: RoleNames): XmlNode {
  const interval = operation.interval ?? 0;
  return element("op", {
    id: `${resource}-${operation.name}-interval-${interval}s`,
    name: operation.name,
    interval: `${interval}s`,
    timeout: `${operation.timeout}s`,
    ...(operation.role === undefined ? {} : { role: roleNames[operation.role] }),
    ...(operation.onFail === undefined ? {} : { "on-fail": operation.onFail }),
  });
}

/** A set of name/value pairs: `instance_attributes`, `meta_attributes`, `cluster_property_set`. */
export function attributes(name: string, id: string, values: Values): XmlNode {
  const pairs = Object.entries(values).map(([key, value]) =>
    element("nvpair", { id: `${id}-${key}`, name: key, value: String(value) }),
  );
  return element(name, { id }, pairs);
}
