import { child, findById, type XmlNode } from "../cib/xml.ts";
import type { Config } from "../config/schema.ts";
import { IDS, PATHS, SERVICE_OWNER, serviceDirectory } from "../names.ts";
import { servicesOf } from "../services/list.ts";

/** How a service is copied while it runs. */
export type Kind = "postgres" | "mysql" | "redis" | "files";

/** What there is to copy of one service, as the cluster runs it. */
export interface Source {
  /** As in skyha.yaml and in `skyha show`. */
  readonly service: string;
  /** Id of the cluster's resource. */
  readonly resource: string;
  readonly kind: Kind;
  /** Its data on the replicated volume. */
  readonly directory: string;
  /** uid:gid of that directory. */
  readonly owner: string;
  /** undefined: no container, as for the NFS share. */
  readonly container: Container | undefined;
}

export interface Container {
  readonly engine: "docker" | "podman";
  readonly name: string;
  readonly image: string;
  /** Parameters of the resource in the CIB. */
  readonly parameters: Readonly<Record<string, string>>;
}

const KINDS: Readonly<Record<string, Kind>> = { postgres: "postgres", mysql: "mysql", redis: "redis" };

/** What can be copied, by the cluster's configuration; a service that the cluster does not know yet is left out. */
export function sourcesOf(config: Config, configuration: XmlNode): Source[] {
  const services = servicesOf(config).flatMap(({ name, owner, resource }): Source[] => {
    const primitive = findById(configuration, resource.id);
    if (primitive === undefined) return [];
    const parameters = parametersOf(primitive);
    const kind = KINDS[primitive.attributes["type"] ?? ""] ?? "files";
    const directory = parameters["data_directory"] ?? mountedDirectory(name, parameters["run_opts"]);
    if (directory === undefined) return [];
    const container: Container = {
      engine: parameters["engine"] === "podman" ? "podman" : config.engine,
      name: parameters["name"] ?? resource.id,
      image: parameters["image"] ?? "",
      parameters,
    };
    return [{ service: name, resource: resource.id, kind, directory, owner, container }];
  });
  if (findById(configuration, IDS.nfs) === undefined) return services;
  const share: Source = {
    service: "nfs",
    resource: IDS.nfs,
    kind: "files",
    directory: PATHS.exports,
    owner: SERVICE_OWNER,
    container: undefined,
  };
  return [...services, share];
}

function parametersOf(primitive: XmlNode): Record<string, string> {
  const pairs = child(primitive, "instance_attributes")?.children ?? [];
  return Object.fromEntries(
    pairs.map(({ attributes }) => [attributes["name"] ?? "", attributes["value"] ?? ""]),
  );
}

/** Only a container that was given its directory has anything on the volume. */
function mountedDirectory(name: string, options: string | undefined): string | undefined {
  const directory = serviceDirectory(name);
  return options?.includes(`-v ${directory}:`) ? directory : undefined;
}
