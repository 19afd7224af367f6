import { type Host, run } from "../../../core/host.ts";
import { messageOf } from "../../../core/message.ts";
import { say } from "../../../core/texts/say.ts";
import { listeners, type PairProfile } from "../../../core/verdict/facts.ts";
import { parseXml, type XmlNode } from "../../cib/xml.ts";
import type { Config } from "../../config/schema.ts";
import type { TcpProbe } from "../../facts/pair/outside.ts";
import { IDS } from "../../names.ts";
import { servicesOf } from "../../services/list.ts";
import { watchOutside } from "../../switch/outage.ts";
import { postgresStore } from "./postgres.ts";
import { redisStore } from "./redis.ts";
import { type RowStore, type RowsSeen, type RowWriter, startRows } from "./rows.ts";

/** What clients went through during one fault. */
export interface LoadSeen {
  readonly outages: readonly ServiceOutage[];
  readonly rows: readonly RowsSeen[];
}

export interface ServiceOutage {
  readonly service: string;
  /** `rows`: longest time without an acknowledged row. `connections`: … without an accepted TCP connection. */
  readonly by: "rows" | "connections";
  readonly seconds: number;
  readonly stillDown: boolean;
}

/** Clients of the pair, from where skyha runs. */
export interface Load {
  /** Names of services without an answer that was asked for after that time; see {@link Load.now}. */
  silentSince(time: number): readonly string[];
  now(): number;
  stop(): Promise<LoadSeen>;
}

/** Starts clients anew, for the fault of that number. @throws Error that names the service that takes no rows */
export type StartLoad = (number: number) => Promise<Load>;

/** Makes the store for one fault. */
export type StoreOf = (number: number) => RowStore;

export function loadOf(profile: PairProfile, stores: readonly StoreOf[], probe: TcpProbe): StartLoad {
  const clock = () => performance.now();
  return async (number) => {
    const started = await Promise.allSettled(stores.map((storeOf) => startNamed(storeOf(number), clock)));
    const writers = started.flatMap((item) => (item.status === "fulfilled" ? [item.value] : []));
    const failed = started.find((item) => item.status === "rejected");
    if (failed !== undefined) {
      await Promise.all(writers.map((writer) => writer.stop()));
      throw failed.reason;
    }
    const counted = new Set(writers.map(({ service }) => service));
    const others = { ...profile, services: profile.services.filter(({ name }) => !counted.has(name)) };
    const watch = watchOutside(others, probe, clock);
    return {
      now: clock,
      silentSince(time) {
        const answered = watch.answeredSince(time);
        const silent = listeners(others)
          .map(({ name }) => name)
          .filter((name) => !answered.includes(name));
        return [
          ...writers.filter((writer) => !writer.answeredSince(time)).map(({ service }) => service),
          ...silent,
        ];
      },
      async stop() {
        const [connections, rows] = await Promise.all([
          watch.stop(),
          Promise.all(writers.map((writer) => writer.stop())),
        ]);
        return {
          rows,
          outages: [
            ...rows.map(({ service, seconds, stillDown }) => ({
              service,
              by: "rows" as const,
              seconds,
              stillDown,
            })),
            ...connections.map((outage) => ({ ...outage, by: "connections" as const })),
          ],
        };
      },
    };
  };
}

async function startNamed(store: RowStore, clock: () => number): Promise<RowWriter> {
  try {
    return await startRows(store, { clock });
  } catch (error) {
    throw new Error(say`no row can be written into ${store.service}: ${messageOf(error)}`);
  }
}

/**
 * The services that rows can be counted in. Passwords come from the hosts' own files and stay in memory.
 * @throws Error, HostError when a password or a setting cannot be read
 */
export async function storesOf(config: Config, hosts: readonly Host[], stamp: string): Promise<StoreOf[]> {
  const host = config.vip.address;
  const wanted = servicesOf(config).filter(({ resource }) =>
    [IDS.postgres, IDS.redis, IDS.valkey].some((id) => id === resource.id),
  );
  return Promise.all(
    wanted.map(async ({ name, port = 0, secret, resource }): Promise<StoreOf> => {
      const password = await passwordFrom(hosts, secret?.path ?? "");
      const place = (number: number) => ({ host, port, password, stamp: `${stamp}_${number}` });
      if (resource.id === IDS.postgres) return (number) => postgresStore(name, place(number));
      const parameters = await parametersOf(hosts, resource.id);
      const mayLose = redisMayLose(parameters.get("appendonly"), parameters.get("appendfsync"));
      return (number) => redisStore(name, { ...place(number), mayLose });
    }),
  );
}

/** Why the server may forget what it has acknowledged; undefined: it may not. The agent's own default is `always`. */
export function redisMayLose(
  appendonly: string | undefined,
  appendfsync: string | undefined,
): string | undefined {
  if (appendonly !== undefined && /^(no|false|off|0)$/i.test(appendonly))
    return say`appendonly is off: what came after the last snapshot is lost with the host`;
  if (appendfsync === "everysec")
    return say`appendfsync is everysec: a host that loses its power may take the last second with it`;
  if (appendfsync === "no")
    return say`appendfsync is no: when a write reaches the disk is left to the kernel`;
  return undefined;
}

async function passwordFrom(hosts: readonly Host[], path: string): Promise<string> {
  let why = "no host could be asked";
  for (const host of hosts) {
    try {
      const text = (await host.read(path))?.replace(/\r?\n$/, "");
      if (text !== undefined && text !== "") return text;
      why = `${host.name}: ${path} is not there`;
    } catch (error) {
      why = messageOf(error);
    }
  }
  throw new Error(why);
}

/** What the cluster's configuration gives to a resource. @throws Error when no host says */
async function parametersOf(hosts: readonly Host[], id: string): Promise<ReadonlyMap<string, string>> {
  let why = "no host could be asked";
  for (const host of hosts) {
    try {
      const text = await run(host, ["cibadmin", "--query", "--scope", "resources"], { timeoutMs: 15_000 });
      const primitive = findElement(
        parseXml(text),
        ({ name, attributes }) => name === "primitive" && attributes["id"] === id,
      );
      if (primitive === undefined) throw new Error(`${host.name}: the cluster has no resource ${id}`);
      const pairs = primitive.children
        .filter(({ name }) => name === "instance_attributes")
        .flatMap(({ children }) => children);
      return new Map(pairs.map(({ attributes }) => [attributes["name"] ?? "", attributes["value"] ?? ""]));
    } catch (error) {
      why = messageOf(error);
    }
  }
  throw new Error(why);
}

function findElement(node: XmlNode, matches: (node: XmlNode) => boolean): XmlNode | undefined {
  if (matches(node)) return node;
  for (const child of node.children) {
    const found = findElement(child, matches);
    if (found !== undefined) return found;
  }
  return undefined;
}
